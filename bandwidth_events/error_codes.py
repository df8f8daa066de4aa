"""The catalogue of the error codes that a `MessageFailedEvent` may carry."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from pydantic import TypeAdapter

__all__ = ["CATALOGUE", "Cause", "ErrorCode", "lookup"]

Cause: TypeAlias = Literal[
    "message",
    "sender",
    "recipient",
    "unavailable",
    "opt-out",
    "registration",
    "blocked",
    "volume",
    "expired",
    "service",
    "unknown",
]
"""This library's own classification of error codes, by what the sender has to do.

- ``message``: build the message differently.
- ``sender``: use another number or account, or have this one set up: it may not send so.
- ``recipient``: stop sending to this recipient, which cannot receive the message.
- ``unavailable``: try later, because the recipient or its carrier cannot be reached now.
- ``opt-out``: stop, by law, because the recipient has opted out.
- ``registration``: register the campaign, the toll-free number or the short code.
- ``blocked``: change the content or the practice that a spam or content filter blocked.
- ``volume``: slow down.
- ``expired``: decide whether the message is still worth sending; it was not sent in time.
- ``service``: try again, because Bandwidth or a carrier had a fault.
- ``unknown``: look at the meaning, because the code alone does not say.
"""


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """What is known about an error code."""

    code: int
    """The number, as in `MessageFailedEvent.error_code`."""

    name: str | None
    """Bandwidth's name, ``None`` for an unlisted code. Names are neither unique
    nor stable, and some are misspelt at the source: never compare with one."""

    meaning: str
    """What went wrong, for a person to read, in this library's words."""

    side: Literal["client", "server", "ambiguous"]
    """Whose fault it is: the sender's, a server's, or either's."""

    reported_by: Literal["bandwidth", "carrier"]
    """Who refused the message."""

    retry: Literal["never", "once", "later", "yes", "unknown"]
    """Whether sending the same message again may help, as Bandwidth's table says:
    never, one more time, after a delay, yes; or it does not say."""

    cause: Cause
    """What the sender has to do about it."""

    billable: bool | None
    """Whether Bandwidth bills the message, as its documentation said in 2023, or
    ``None`` where that does not say."""

    @property
    def is_opt_out(self) -> bool:
        """Whether the recipient has opted out: to send again breaks the law in places."""
        return self.cause == "opt-out"


with files("bandwidth_events").joinpath("error_codes.csv").open(encoding="utf-8") as _table:
    _rows = TypeAdapter(list[ErrorCode]).validate_python(
        [row | {"billable": row["billable"] or None} for row in csv.DictReader(_table)]
    )

CATALOGUE: Final[Mapping[int, ErrorCode]] = MappingProxyType({row.code: row for row in _rows})
"""Every listed error code, by number, in ascending order. It cannot be changed."""


# What Bandwidth's documentation says of a code's first and second digit.
_SIDES: Final[Mapping[int, Literal["client", "server"]]] = {4: "client", 5: "server"}
_CARRIER: Final = (6, 7)


def lookup(code: int) -> ErrorCode:
    """Return the meaning of an error code.

    Bandwidth adds codes all the time, so an unlisted one is normal: the first
    two of its four digits still say whose fault it is and who reported it.

    Args:
        code: Any integer.

    Returns:
        The code's row in `CATALOGUE`, even where its digits disagree. For an
        unlisted code, an entry that its digits allow: its cause is ``service``
        for 5xxx and ``unknown`` for every other.
    """
    listed = CATALOGUE.get(code)
    if listed:
        return listed
    first, second = divmod(code // 100, 10)
    return ErrorCode(
        code=code,
        name=None,
        meaning="This code is not in the catalogue.",
        side=_SIDES.get(first, "ambiguous"),
        reported_by="carrier" if second in _CARRIER else "bandwidth",
        retry="unknown",
        cause="service" if _SIDES.get(first) == "server" else "unknown",
        billable=None,
    )

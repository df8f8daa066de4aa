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
- ``sender``: use another number or account, or have this one enabled for such messages.
- ``recipient``: stop sending to this recipient, which cannot receive the message.
- ``unavailable``: retry later, because the recipient or its carrier is unreachable now.
- ``opt-out``: stop sending, by law, because the recipient has opted out.
- ``registration``: register the campaign, the toll-free number or the short code.
- ``blocked``: change the content or the practice that a spam or content filter blocked.
- ``volume``: send more slowly.
- ``expired``: decide whether to send the message again; it was not sent in time.
- ``service``: retry, because Bandwidth or a carrier had a fault.
- ``unknown``: read `ErrorCode.meaning`, because the code does not determine the cause.
"""


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """The catalogue's entry for an error code."""

    code: int
    """The number, as in `MessageFailedEvent.error_code`."""

    name: str | None
    """Bandwidth's name, or ``None`` for an unlisted code. Never compare names: they are
    neither unique nor stable, and Bandwidth misspells some."""

    meaning: str
    """What went wrong, for people to read, in this library's words."""

    side: Literal["client", "server", "ambiguous"]
    """The side at fault: the sender, a server, or either."""

    reported_by: Literal["bandwidth", "carrier"]
    """Who rejected the message."""

    retry: Literal["never", "once", "later", "yes", "unknown"]
    """Whether to send the same message again, according to Bandwidth's table: never,
    once, after a delay, or yes; ``"unknown"`` if the table does not say."""

    cause: Cause
    """The classification by what the sender has to do."""

    billable: bool | None
    """Whether Bandwidth bills the message, according to its documentation of 2023;
    ``None`` if the documentation does not say."""

    @property
    def is_opt_out(self) -> bool:
        """Whether the recipient has opted out. Sending again is illegal in some places."""
        return self.cause == "opt-out"


with files("bandwidth_events").joinpath("error_codes.csv").open(encoding="utf-8") as _table:
    _rows = TypeAdapter(list[ErrorCode]).validate_python(
        [row | {"billable": row["billable"] or None} for row in csv.DictReader(_table)]
    )

CATALOGUE: Final[Mapping[int, ErrorCode]] = MappingProxyType({row.code: row for row in _rows})
"""Every listed error code, by number, in ascending order. The mapping is read-only."""


# The first and second digit of a code, according to Bandwidth's documentation.
_SIDES: Final[Mapping[int, Literal["client", "server"]]] = {4: "client", 5: "server"}
_CARRIER: Final = (6, 7)


def lookup(code: int) -> ErrorCode:
    """Look up an error code.

    Bandwidth keeps adding codes, so an unlisted code is normal. The first two of
    its four digits still encode which side is at fault and who reported the error.

    Args:
        code: Any integer.

    Returns:
        The code's entry in `CATALOGUE`, even if it contradicts the digits. For an
        unlisted code, an entry derived from its digits: the cause is ``service``
        for 5xxx and ``unknown`` for all others.
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

"""The catalogue of the error codes that a `MessageFailedEvent` may carry."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

from pydantic import TypeAdapter

__all__ = ["ErrorCode", "lookup"]

_OPT_OUT: Final = (4475, 4775)


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

    @property
    def is_opt_out(self) -> bool:
        """Whether the recipient has opted out: to send again breaks the law in places."""
        return self.code in _OPT_OUT


# What Bandwidth's documentation says of a code's first and second digit.
_SIDES: Final[Mapping[int, Literal["client", "server"]]] = {4: "client", 5: "server"}
_CARRIER: Final = (6, 7)


def lookup(code: int) -> ErrorCode:
    """Tell what an error code means.

    Bandwidth adds codes all the time, so an unlisted one is normal: the first
    two of its four digits still tell whose fault it is and who reported it.

    Args:
        code: Any integer.

    Returns:
        The code's row in the catalogue, also where its digits would say
        otherwise; for an unlisted code, what its digits say.
    """
    listed = _catalogue().get(code)
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
    )


@cache
def _catalogue() -> Mapping[int, ErrorCode]:
    # Imported here, because most processes that import the library never look a code up.
    import csv
    from importlib.resources import files

    with files("bandwidth_events").joinpath("error_codes.csv").open(encoding="utf-8") as table:
        rows = TypeAdapter(list[ErrorCode]).validate_python(list(csv.DictReader(table)))
    return {row.code: row for row in rows}

"""Alternatives to `parse_callback`, each from a body to events."""

from collections.abc import Callable, Mapping, Sequence
from pkgutil import resolve_name
from typing import Final, TypeAlias

Parser: TypeAlias = Callable[[bytes], Sequence[object]]

OURS: Final = "parse_callback"
BARE: Final = "bare TypeAdapter"
LOADS: Final = "loads + validate_python"
SDK: Final = "SDK Callback.from_dict"

# By name, so that a fresh process imports only the parser that it measures.
_PLACES: Final[Mapping[str, str]] = {
    OURS: "benchmarks.adapters:parse",
    BARE: "benchmarks.adapters:bare",
    "callable discriminator": "benchmarks.adapters:callable_discriminator",
    LOADS: "benchmarks.adapters:loads",
    SDK: "benchmarks.sdk:callback",
    "SDK direct model": "benchmarks.sdk:direct",
    "json + dataclasses": "benchmarks.handrolled:parse",
    "msgspec": "benchmarks.structs:parse",
}
NAMES: Final = tuple(_PLACES)


def load(name: str) -> Parser:
    """Import a parser."""
    parser: Parser = resolve_name(_PLACES[name])
    return parser


def outcome(parser: Parser, body: bytes) -> str:
    """Return the number of events that a parser returns, or the name of its error."""
    try:
        events = parser(body)
    except Exception as error:  # noqa: BLE001  # each parser has its own errors
        return type(error).__name__
    return f"{len(events)} events"

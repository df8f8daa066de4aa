"""The identity of values: in a set, and across redeliveries."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from math import isnan
from typing import Final, cast

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)


def canonical(value: object) -> object:  # noqa: PLR0911  # as many as there are types
    """Build a hashable value that is equal for equal values and different for different ones.

    Python randomises the hashes of strings, but not those of numbers. An attacker can choose
    numbers that share one hash, and a set of them would take quadratic time. Therefore every
    number becomes a string, in a tuple that differs from the tuple of any list.
    """
    if isinstance(value, str):
        return value
    # The values are JSON, but type checkers cannot infer that; hence each `cast`.
    if isinstance(value, Mapping):
        members = cast("Mapping[str, object]", value).items()
        return frozenset((key, canonical(member)) for key, member in members)
    if isinstance(value, (list, tuple)):
        return ("list", *map(canonical, cast("Sequence[object]", value)))
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # 1.0 equals 1; so does True
    if isinstance(value, int):
        return ("number", f"{value:x}")  # decimal digits would take quadratic time
    if isinstance(value, float) and not isnan(value):  # NaN is not equal to itself
        return ("number", repr(value))
    if isinstance(value, datetime) and value.tzinfo:
        return ("time", str(value - _EPOCH))  # equal in every time zone
    return value


def digest(*parts: str | None) -> str:
    """Compute the SHA-256 of the strings that are present, in lower-case hexadecimal.

    Each string is written as a netstring, ``<length in bytes>:<UTF-8>,``, so that different
    lists of strings never share an encoding.
    """
    encoded = [part.encode(errors="surrogatepass") for part in parts if part is not None]
    return hashlib.sha256(b"".join(b"%d:%b," % (len(each), each) for each in encoded)).hexdigest()

"""HTTP Basic authentication of callbacks (RFC 7617), the only scheme that messaging supports."""

import re
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Final, Literal, TypeAlias

from ._errors import BasicAuthError, without_trail

_MAX_HEADER_BYTES: Final = 8192

_BASIC: Final = rb"(?i)[ \t]*basic +([a-z0-9+/=]+)[ \t]*"


@dataclass(frozen=True, slots=True)
class BasicCredentials:
    """The user name and password that Bandwidth is configured to send.

    They are compared as UTF-8 bytes, without normalisation.

    Raises:
        ValueError: A value is empty (an unset setting must not disable authentication),
            or contains a control character or a lone surrogate; the user name
            contains a colon (RFC 7617 §2); or both together are too long for a header
            of 8 KiB.
        TypeError: A value is not a `str`, for example because an environment
            variable is not set.
    """

    username: str
    password: str = field(repr=False)

    def __post_init__(self) -> None:
        for name in ("username", "password"):
            # Not in a local variable: error trackers upload local variables.
            if not isinstance(getattr(self, name), str):
                raise TypeError(f"{name}: expected str, not {type(getattr(self, name)).__name__}")
            if not getattr(self, name):
                raise ValueError(f"{name}: empty")
            if re.search("[\0-\x1f\x7f-\x9f\ud800-\udfff]", getattr(self, name)):
                raise ValueError(f"{name}: contains a control character or a lone surrogate")
        if ":" in self.username:
            raise ValueError("username: contains a colon")
        if len(self.authorization) > _MAX_HEADER_BYTES:
            raise ValueError("username and password: too long for a header")

    @property
    def authorization(self) -> str:
        """The value of the ``Authorization`` header for these credentials."""
        return f"Basic {b64encode(f'{self.username}:{self.password}'.encode()).decode()}"


def verify_basic_auth(
    authorization: str | bytes | None,
    credentials: BasicCredentials | Iterable[BasicCredentials],
) -> None:
    """Check that a request carries accepted credentials, and raise if it does not.

    Call this function before you read the body. It compares the credentials in the
    header with every accepted pair, in a time that does not depend on where they differ.

    Args:
        authorization: The value of the request's ``Authorization`` header, or `None`
            if the request has no such header. The value is untrusted.
        credentials: The accepted credentials: one pair, or several for separate
            inbound and outbound callbacks or during a change of password.

    Raises:
        BasicAuthError: The header is missing, is malformed (or larger than 8 KiB),
            or does not contain accepted credentials.
        ValueError: `credentials` is empty.
        TypeError: An argument has the wrong type.
    """
    # Outside `try`, so that errors of the caller's iterator pass through unchanged.
    credentials = (
        (credentials,) if isinstance(credentials, BasicCredentials) else tuple(credentials)
    )
    try:
        refusal = _refusal(authorization, credentials)
    except (TypeError, ValueError) as error:
        raise without_trail(error) from None
    if refusal is not None:
        raise BasicAuthError(refusal)


_Refusal: TypeAlias = Literal["missing", "malformed", "rejected"]


def _refusal(
    authorization: str | bytes | None, accepted: tuple[BasicCredentials, ...]
) -> _Refusal | None:
    """Return why a request is refused, or `None` if it is accepted."""
    if not accepted:
        raise ValueError("credentials: expected at least one pair")
    for pair in accepted:
        if not isinstance(pair, BasicCredentials):
            raise TypeError(f"credentials: expected BasicCredentials, not {type(pair).__name__}")
    sent = _decode(authorization)
    if isinstance(sent, str):
        return sent
    username, password = sent
    matches = False
    for pair in accepted:
        # Compare bytes, because `compare_digest` raises on non-ASCII text. Use `&` and `|`, because
        # `and` and `or` would skip the remaining comparisons.
        matches |= compare_digest(username, pair.username.encode()) & compare_digest(
            password, pair.password.encode()
        )
    return None if matches else "rejected"


def _decode(authorization: str | bytes | None) -> tuple[bytes, bytes] | _Refusal:
    """Split the header's value into user name and password, or return the reason for refusal."""
    if authorization is None:
        return "missing"
    if isinstance(authorization, str):
        # Frameworks decode non-ASCII bytes in different ways, and the header must not contain
        # any. The replacement, "?", makes the header malformed.
        authorization = authorization.encode("ascii", "replace")
    if not isinstance(authorization, bytes):
        raise TypeError(
            f"authorization: expected str, bytes or None, not {type(authorization).__name__}"
        )
    if len(authorization) > _MAX_HEADER_BYTES:
        return "malformed"
    if not authorization.strip():
        return "missing"
    match = re.fullmatch(_BASIC, authorization)
    try:
        decoded = b64decode(match[1], validate=True) if match else b""
    except ValueError:
        decoded = b""
    username, colon, password = decoded.partition(b":")
    if not colon:
        return "malformed"
    return username, password

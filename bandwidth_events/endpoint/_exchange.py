"""A request, and its exchange with the endpoint."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from math import ceil
from typing import Literal, TypeAlias

Failure: TypeAlias = Literal["unreachable", "tls", "timeout", "dropped", "endless"]
"""Why there is no complete answer. ``"unreachable"``: no connection. ``"tls"``: the TLS handshake
failed. ``"timeout"``: the answer was too late. ``"dropped"``: the connection was dropped, or the
answer was not HTTP. ``"endless"``: the answer was larger than 1 MiB."""

Framing: TypeAlias = Literal["length", "chunked", "expect-continue"]
"""How a body is sent: with a ``Content-Length``; with ``Transfer-Encoding: chunked``; or with a
``Content-Length`` and ``Expect: 100-continue``, after the server's 100 Continue or one second."""

Redirect: TypeAlias = Literal["slash", "https", "elsewhere"]
"""The target of a redirect: the same path with or without a trailing slash, the same host over
HTTPS, or another URL."""

_REDIRECTS: dict[Redirect, str] = {
    "slash": "a redirect for a trailing slash",
    "https": "a redirect to https",
    "elsewhere": "a redirect",
}


@dataclass(frozen=True, slots=True)
class Request:
    """A POST request. `bandwidth_events.testing.callback_request` builds headers and body."""

    label: str
    """A short description of this request, for people to read."""

    headers: Mapping[str, str] = field(repr=False)
    """All headers except ``Host`` and the headers of the framing. Each character is sent as
    one byte."""

    body: bytes = field(default=b"", repr=False)

    framing: Framing = "length"

    private: tuple[str, ...] = field(default=(), repr=False)
    """Strings that no answer may contain."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and a summary of the answer, without the answer's text."""

    label: str
    """The label of the request."""

    status: int | None
    """The HTTP status of the answer; `None` if there was no answer."""

    seconds: float
    """The duration, from connecting to the end of the answer."""

    has_challenge: bool = False
    """Whether the answer has a header ``WWW-Authenticate: Basic …``."""

    failure: Failure | None = None
    """Why there is no complete answer; `None` if there is one."""

    detail: str = ""
    """A description of the failure, for people to read."""

    has_remapped_challenge: bool = False
    """Whether the answer has a header ``x-amzn-Remapped-WWW-Authenticate``, to which AWS renames
    a challenge."""

    redirect: Redirect | None = None
    """The target of a redirect; `None` if the answer is not a redirect."""

    has_authorization: bool = False
    """Whether the request had an ``Authorization`` header."""

    is_quoting: bool = False
    """Whether the answer contains a string of the request's `private`."""

    @property
    def is_challenge(self) -> bool:
        """Whether Bandwidth sends its second request, with credentials, after this answer."""
        return (
            self.failure is None and self.status == HTTPStatus.UNAUTHORIZED and self.has_challenge
        )

    @property
    def is_success(self) -> bool:
        """Whether Bandwidth treats the callback as delivered: a 2xx, in time."""
        return self.has_status(*range(200, 300))

    def has_status(self, *statuses: int) -> bool:
        """Check whether there is a complete answer with one of these statuses."""
        return self.failure is None and self.status in statuses

    def __str__(self) -> str:
        if self.failure is not None:
            return self.detail
        text = str(self.status)
        if self.redirect is not None:
            text += f", {_REDIRECTS[self.redirect]}, which is not followed"
        elif self.status == HTTPStatus.UNAUTHORIZED:
            text += " with a challenge" if self.has_challenge else " without a challenge"
            if self.has_remapped_challenge:
                text += ", but with x-amzn-Remapped-WWW-Authenticate"
        return text + ", quoting the request" * self.is_quoting


def quantile(exchanges: Collection[Exchange], share: float) -> float:
    """Return the quantile of the exchanges' durations, in seconds; `share` is 0 to 1."""
    seconds = sorted(exchange.seconds for exchange in exchanges)
    return seconds[max(0, ceil(share * len(seconds)) - 1)] if seconds else 0.0

"""One request, and what came back."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from math import ceil
from typing import Literal, TypeAlias

Failure: TypeAlias = Literal["unreachable", "tls", "timeout", "dropped", "endless"]
"""Why there is no whole answer: no connection, no encrypted one, none in time, one that
broke off or was not HTTP, or one larger than 1 MiB."""

Framing: TypeAlias = Literal["length", "chunked", "expect-continue"]
"""How a body is sent: with a ``Content-Length``; with ``Transfer-Encoding: chunked``; or with a
``Content-Length`` and ``Expect: 100-continue``, after the server's go-ahead or one second."""

Redirect: TypeAlias = Literal["slash", "https", "elsewhere"]
"""Where a redirect leads: to the same path with one slash more or less at its end, to the same
host over HTTPS, or to another place."""

_REDIRECTS: dict[Redirect, str] = {
    "slash": "a redirect for the slash at the end of the path",
    "https": "a redirect to https",
    "elsewhere": "a redirect",
}


@dataclass(frozen=True, slots=True)
class Request:
    """A POST to make. `bandwidth_events.testing.callback_request` builds headers and body."""

    label: str
    """The particular of this request, for a person to read."""

    headers: Mapping[str, str] = field(repr=False)
    """All headers, except ``Host`` and those of the framing. Each character is sent as one
    byte."""

    body: bytes = field(default=b"", repr=False)

    framing: Framing = "length"

    private: tuple[str, ...] = field(default=(), repr=False)
    """Strings that no answer may contain."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request, and what came back. Holds nothing of the answer's text."""

    label: str
    """What was sent."""

    status: int | None
    """The HTTP status of the answer; `None` if there was none."""

    seconds: float
    """How long it took, from connecting to the end of the answer."""

    has_challenge: bool = False
    """Whether the answer has a header ``WWW-Authenticate: Basic …``."""

    failure: Failure | None = None
    """Why there is no whole answer; `None`: there is one."""

    detail: str = ""
    """More about the failure, for a person to read."""

    has_remapped_challenge: bool = False
    """Whether the answer has a header ``x-amzn-Remapped-WWW-Authenticate``, which AWS puts in
    place of a challenge."""

    redirect: Redirect | None = None
    """Where the answer redirects to; `None`: it does not."""

    has_authorization: bool = False
    """Whether the request had a header ``Authorization``."""

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
        """Whether Bandwidth counts the callback as delivered: 2xx, in time."""
        return self.has_status(*range(200, 300))

    def has_status(self, *statuses: int) -> bool:
        """Return whether there is a whole answer with one of these statuses."""
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
        return text + ", with a quotation of the request" * self.is_quoting


def quantile(exchanges: Collection[Exchange], share: float) -> float:
    """Return the seconds within which a share of some exchanges, 0 to 1, was over."""
    seconds = sorted(exchange.seconds for exchange in exchanges)
    return seconds[max(0, ceil(share * len(seconds)) - 1)] if seconds else 0.0

"""One request, and what came back."""

import asyncio
import os
import re
import socket
import ssl
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import ceil
from time import perf_counter
from typing import Final, Literal

import httpx
from typing_extensions import Self

# What a callback's answer needs is nothing, and nobody reads more.
_MAX_BODY_BYTES: Final = 1_048_576

_BASIC_CHALLENGE: Final = re.compile(r"(?:^|,)\s*basic(?:\s|,|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Request:
    """A request to make: a POST, as Bandwidth would."""

    label: str
    """What is particular about it, for a person to read."""

    headers: Mapping[str, str] = field(repr=False)
    """All but those that HTTP itself needs. Each character is sent as one byte."""

    body: bytes = field(default=b"", repr=False)


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

    failure: Literal["unreachable", "tls", "timeout", "dropped", "endless"] | None = None
    """Why there is no whole answer: no connection, no encrypted one, none in time,
    one that broke off or was not HTTP, or one larger than 1 MiB."""

    detail: str = ""
    """More about the failure, for a person to read."""

    @property
    def is_challenge(self) -> bool:
        """Whether the answer is what brings Bandwidth's second request, with credentials."""
        return self.failure is None and self.status == 401 and self.has_challenge  # noqa: PLR2004  # HTTP's

    @property
    def is_success(self) -> bool:
        """Whether Bandwidth would be content: 2xx, in time."""
        return self.failure is None and self.status is not None and 200 <= self.status < 300  # noqa: PLR2004  # the classes of HTTP

    def __str__(self) -> str:
        if self.failure is not None:
            return self.detail
        if self.status in range(300, 400):
            return f"{self.status}, a redirect, which is not followed"
        if self.status == 401:  # noqa: PLR2004  # HTTP's
            return "401 with a challenge" if self.has_challenge else "401 without a challenge"
        return str(self.status)


def quantile(exchanges: Collection[Exchange], share: float) -> float:
    """Give the seconds within which a share of some exchanges, 0 to 1, was over."""
    seconds = sorted(exchange.seconds for exchange in exchanges)
    return seconds[max(0, ceil(share * len(seconds)) - 1)]


class Client:
    """Makes requests to one endpoint, each over a connection of its own.

    So none fails because a server closed a connection between two of them.
    """

    def __init__(self, url: httpx.URL, *, time_limit: float) -> None:
        self._url = url
        self.time_limit = time_limit
        context = httpx.create_ssl_context(trust_env=False)
        context.load_default_certs()  # those of this machine too, with which people test
        # The transport alone: no redirects, cookies, proxies or credentials from elsewhere.
        self._transport = httpx.AsyncHTTPTransport(
            verify=context,
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._transport.aclose()

    async def send(self, request: Request) -> Exchange:
        """Make a request; whatever happens is in the result, within the time limit."""
        talk = _Talk()
        start = perf_counter()
        failure: Literal["unreachable", "tls", "timeout", "dropped", "endless"] | None = None
        detail = ""
        try:
            await asyncio.wait_for(talk.run(self._transport, self._url, request), self.time_limit)
        except asyncio.TimeoutError:
            if not talk.connected:
                failure, detail = "unreachable", f"no connection within {self.time_limit:g} s"
            elif talk.status is None:
                failure, detail = "timeout", f"no answer within {self.time_limit:g} s"
            else:
                failure = "timeout"
                detail = f"{talk.status}, but no end of it within {self.time_limit:g} s"
        except httpx.ConnectError as error:
            failure, detail = _why(error)
        except (httpx.NetworkError, httpx.RemoteProtocolError):
            # Without its text, which may quote what came back.
            failure, detail = "dropped", "the connection broke off, or what came was not HTTP"
        else:
            if talk.size > _MAX_BODY_BYTES:
                failure, detail = "endless", f"{talk.status} with more than 1 MiB of text"
        return Exchange(
            request.label,
            talk.status,
            perf_counter() - start,
            talk.has_challenge,
            failure,
            detail,
        )

    async def send_all(self, requests: Iterable[Request]) -> list[Exchange]:
        """Make requests at the same time."""
        return await asyncio.gather(*map(self.send, requests))


class _Talk:
    """What is known of an exchange, even if it is cut short."""

    def __init__(self) -> None:
        self.connected = False
        self.status: int | None = None
        self.has_challenge = False
        self.size = 0

    async def run(
        self, transport: httpx.AsyncHTTPTransport, url: httpx.URL, request: Request
    ) -> None:
        response = await transport.handle_async_request(
            httpx.Request(
                "POST",
                url,
                headers=[
                    (name.encode(), value.encode("latin-1"))
                    for name, value in request.headers.items()
                ],
                content=request.body,
                extensions={"trace": self._trace},
            )
        )
        try:
            self.status = response.status_code
            self.has_challenge = any(
                _BASIC_CHALLENGE.search(value)
                for value in response.headers.get_list("WWW-Authenticate")
            )
            async for chunk in response.aiter_raw():  # Raw, so that nothing small unpacks to much.
                self.size += len(chunk)
                if self.size > _MAX_BODY_BYTES:
                    break
        finally:
            await response.aclose()

    async def _trace(self, event: str, _: object) -> None:
        self.connected |= event == "connection.connect_tcp.complete"


def _why(error: httpx.ConnectError) -> tuple[Literal["unreachable", "tls"], str]:
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLError):
            reason = getattr(cause, "verify_message", "") or getattr(cause, "reason", "") or "TLS"
            return "tls", f"no encrypted connection: {reason}"
        if isinstance(cause, socket.gaierror):
            return "unreachable", f"the host's name was not found: {cause.strerror}"
        if isinstance(cause, OSError) and cause.errno is not None:
            # The error's own text differs between event loops.
            return "unreachable", f"no connection: {os.strerror(cause.errno)}"
    return "unreachable", "no connection"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Give what led to an error: the HTTP client wraps it, and it may have tried addresses."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        for member in getattr(cause, "exceptions", ()):
            yield from _causes(member)
        cause = cause.__cause__ or cause.__context__

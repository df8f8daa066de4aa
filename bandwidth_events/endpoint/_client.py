"""The HTTP client: one request after another, each within the time limit."""

import asyncio
import os
import re
import socket
import ssl
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from time import perf_counter
from typing import Any, Final

import httpx
from typing_extensions import Self

from ._exchange import Exchange, Failure, Request

# Nobody needs a text in the answer to a callback, so whoever sends more does not stop.
_MAX_BODY_BYTES: Final = 1_048_576

_DROPPED: Final = "the connection broke off, or what came was not HTTP"

_BASIC_CHALLENGE: Final = re.compile(r"(?:^|,)\s*basic(?:\s|,|$)", re.IGNORECASE)


class Client:
    """Makes requests to one endpoint, each over a connection of its own.

    So none fails because a server closed a connection between two of them.
    """

    def __init__(self, url: httpx.URL, *, time_limit: float, workers: int = 256) -> None:
        self.time_limit = time_limit
        self._url = url
        self._context = httpx.create_ssl_context(trust_env=False)
        self._context.load_default_certs()  # those of this machine too, with which people test
        # Threads, because asynchronous connections are set up by cancelling tasks, behind which
        # Python 3.11 measures no coverage (python/cpython#106749).
        self._pool = ThreadPoolExecutor(workers)
        self._talks = set[_Talk]()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for talk in self._talks:
            talk.abort()  # if interrupted from the keyboard
        self._pool.shutdown(cancel_futures=True)

    async def send(self, request: Request) -> Exchange:
        """Make a request; whatever happens is in the result, within the time limit."""
        talk = _Talk(self._context, self._url, request, self.time_limit)
        start = perf_counter()
        self._talks.add(talk)
        running = asyncio.get_running_loop().run_in_executor(self._pool, talk.run)
        done, late = await asyncio.wait({running}, timeout=self.time_limit)
        failure, detail = talk.outcome(is_late=bool(late))
        exchange = Exchange(
            request.label,
            talk.status,
            perf_counter() - start,
            talk.has_challenge,
            failure,
            detail,
        )
        if late:
            talk.abort()
        self._talks.discard(talk)
        for finished in done:
            finished.result()  # raises what is our own fault
        return exchange

    async def send_all(self, requests: Iterable[Request]) -> list[Exchange]:
        """Make requests at the same time."""
        return await asyncio.gather(*map(self.send, requests))


class _Talk:
    """What is known of an exchange, even while a thread is at it."""

    def __init__(
        self,
        context: ssl.SSLContext,
        url: httpx.URL,
        request: Request,
        time_limit: float,
    ) -> None:
        self.status: int | None = None
        self.has_challenge = False
        self._context = context
        self._request = httpx.Request(
            "POST",
            url,
            headers=[
                (name.encode(), value.encode("latin-1")) for name, value in request.headers.items()
            ],
            content=request.body,
            extensions={"trace": self._trace, "timeout": {"connect": time_limit}},
        )
        self._time_limit = time_limit
        self._connection: socket.socket | None = None
        self._is_aborted = False
        self._size = 0
        self._error: httpx.TransportError | None = None

    def run(self) -> None:
        try:
            # The transport alone: no redirects, cookies, proxies or credentials from elsewhere. And
            # a new one, since one for all would now and then use a connection again.
            with httpx.HTTPTransport(verify=self._context, trust_env=False) as transport:
                self._read(transport.handle_request(self._request))
        except (httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError) as error:
            self._error = error

    def _read(self, response: httpx.Response) -> None:
        self.status = response.status_code
        self.has_challenge = any(
            _BASIC_CHALLENGE.search(value)
            for value in response.headers.get_list("WWW-Authenticate")
        )
        for chunk in response.iter_raw():  # Raw, so that nothing small unpacks to much.
            self._size += len(chunk)
            if self._size > _MAX_BODY_BYTES:
                break

    def abort(self) -> None:
        """Make the thread end, if it is still at it, or at once if it comes to it."""
        self._is_aborted = True
        if self._connection is not None:
            with suppress(OSError):  # It is closed.
                # Not the method of an encrypted socket, which a thread that reads would trip over.
                socket.socket.shutdown(self._connection, socket.SHUT_RDWR)

    def outcome(self, *, is_late: bool) -> tuple[Failure | None, str]:
        """Tell what went wrong, if anything did. Holds nothing of what came back."""
        if is_late or isinstance(self._error, httpx.TimeoutException):
            within = f"within {self._time_limit:g} s"
            if self._connection is None:
                return "unreachable", f"no connection {within}"
            what = "answer" if self.status is None else f"end of the answer {self.status}"
            return "timeout", f"no {what} {within}"
        if isinstance(self._error, httpx.ConnectError):
            return _why(self._error)
        if self._error is not None:
            return "dropped", _DROPPED
        if self._size > _MAX_BODY_BYTES:
            return "endless", f"{self.status} with more than 1 MiB of text"
        return None, ""

    def _trace(self, event: str, info: Mapping[str, Any]) -> None:
        if event in {"connection.connect_tcp.complete", "connection.start_tls.complete"}:
            self._connection = info["return_value"].get_extra_info("socket")
            if self._is_aborted:
                self.abort()


def _why(error: httpx.ConnectError) -> tuple[Failure, str]:
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLError):
            # Which attributes it has depends on who made it.
            reason = getattr(cause, "verify_message", None) or getattr(cause, "reason", None)
            return "tls", f"no encrypted connection: {reason or 'not possible'}"
        if isinstance(cause, socket.gaierror):
            return "unreachable", f"the host's name was not found: {cause.strerror}"
        if isinstance(cause, BrokenPipeError | ConnectionResetError):
            return "dropped", _DROPPED  # so early that it counts as not connected
    # Not the error's own text, which depends on who made it.
    numbers = [cause.errno for cause in causes if isinstance(cause, OSError) and cause.errno]
    return "unreachable", ": ".join(["no connection", *map(os.strerror, numbers)])


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Give what led to an error: the HTTP client wraps it."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__

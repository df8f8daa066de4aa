"""An HTTP client with plain sockets and one deadline for each exchange."""

import math
import os
import re
import socket
import ssl
from collections.abc import Callable, Iterable
from concurrent.futures import Future, InvalidStateError, ThreadPoolExecutor, wait
from contextlib import closing, suppress
from http import HTTPStatus
from threading import Thread
from time import monotonic, perf_counter, sleep
from typing import Any, Final, TypeVar

import h11
import httpx
from typing_extensions import Self

from ._exchange import Exchange, Failure, Redirect, Request

# Answers to callbacks need no body, so a server that sends more than this probably never stops.
_MAX_BODY_BYTES: Final = 1_048_576
_MAX_HEAD_BYTES: Final = 102_400
_READ_BYTES: Final = 65_536

# The time that curl waits; RFC 9110 §10.1.1 does not specify one.
_WAIT_FOR_CONTINUE: Final = 1.0

_PORTS: Final = {"http": 80, "https": 443}

_BASIC_CHALLENGE: Final = re.compile(rb"(?:^|,)\s*basic(?:\s|,|$)", re.IGNORECASE)

_DROPPED: Final = "the connection was dropped, or the answer was not HTTP"

_CHALLENGE: Final = b"www-authenticate"
_REMAPPED_CHALLENGE: Final = b"x-amzn-remapped-www-authenticate"

_ResultT = TypeVar("_ResultT")
_Address = tuple[Any, ...]  # an entry of `socket.getaddrinfo`


TURN: Final = 0.5
"""The seconds of each wait for threads. A signal that arrives just before a wait does not end the
wait, so a longer one would delay the reaction to an interrupt from the keyboard."""


class Client:
    """Makes requests to one endpoint, each over a new connection.

    So no request fails because the server closed an idle connection.
    """

    def __init__(self, url: httpx.URL, *, time_limit: float, workers: int = 256) -> None:
        self.url = url
        self.time_limit = time_limit
        self.context: ssl.SSLContext | None = None
        if url.scheme == "https":
            self.context = httpx.create_ssl_context(trust_env=False)
            self.context.load_default_certs()  # also trust this machine's own certificates
        self._addresses = Future[list[_Address]]()
        self._pool = ThreadPoolExecutor(workers)
        self._talks = set[_Talk]()
        self._is_closed = False

    def __enter__(self) -> Self:
        # A daemon thread, because a DNS lookup cannot be cancelled.
        Thread(target=self._look_up, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_closed = True
        _settle(self._addresses, [])
        self._pool.shutdown(wait=False, cancel_futures=True)
        while self._talks:  # after an interrupt from the keyboard
            for talk in self._talks.copy():
                talk.abort()
            sleep(0.01)  # then retry, in case a thread was between two sockets
        self._pool.shutdown()

    def send(self, request: Request) -> Exchange:
        """Make a request in this thread. The result reports every failure, within the deadline."""
        start = perf_counter()
        talk = _Talk(self, request)
        self._talks.add(talk)
        if self._is_closed:
            talk.abort()
        try:
            failure, detail = talk.run()
        finally:
            self._talks.remove(talk)
        return Exchange(
            request.label,
            talk.status,
            perf_counter() - start,
            talk.has_challenge,
            failure,
            detail,
            has_remapped_challenge=talk.has_remapped_challenge,
            redirect=talk.redirect,
            has_authorization="authorization" in map(str.lower, request.headers),
            is_quoting=talk.is_quoting,
        )

    def send_all(self, requests: Iterable[Request]) -> list[Exchange]:
        """Make requests simultaneously."""
        running = [self._pool.submit(self.send, request) for request in requests]
        while wait(running, TURN).not_done:
            pass
        return [exchange.result() for exchange in running]

    def submit(self, work: Callable[[], _ResultT]) -> Future[_ResultT]:
        """Run a function in one of the client's threads."""
        return self._pool.submit(work)

    def addresses(self, seconds: float) -> list[_Address]:
        """Return the host's addresses. All requests share one lookup.

        Raises:
            OSError: The lookup failed or took too long.
        """
        if not wait([self._addresses], timeout=seconds).done:
            raise TimeoutError
        return self._addresses.result()

    def _look_up(self) -> None:
        host = self.url.raw_host.decode()
        port = self.url.port or _PORTS[self.url.scheme]
        try:
            _settle(self._addresses, socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except OSError as error:
            _settle(self._addresses, error)


def _settle(future: Future[list[_Address]], outcome: list[_Address] | OSError) -> None:
    """Set a future's outcome, unless it already has one."""
    with suppress(InvalidStateError):
        if isinstance(outcome, OSError):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)


class _HandshakeError(Exception):
    """The TLS handshake failed. The message is the reason."""


class _Talk:
    """One exchange, and the answer as far as it has arrived."""

    def __init__(self, client: Client, request: Request) -> None:
        self.status: int | None = None
        self.has_challenge = False
        self.has_remapped_challenge = False
        self.redirect: Redirect | None = None
        self.is_quoting = False
        self._client = client
        self._request = request
        self._deadline = monotonic() + client.time_limit
        self._link: socket.socket | None = None
        self._is_aborted = False
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MAX_HEAD_BYTES)
        self._text = bytearray()

    def run(self) -> tuple[Failure | None, str]:  # noqa: PLR0911  # one for each failure
        """Run the exchange; return the failure, if any, and its detail without response data."""
        within = f"within {self._client.time_limit:g} s"
        head, body = self._compose()
        try:
            link = self._connect()
        except TimeoutError:
            return "unreachable", f"no connection {within}"
        except ConnectionResetError:  # so early that the system still counts it as connecting
            return "dropped", _DROPPED
        except OSError as error:
            return "unreachable", _why(error)
        try:
            with closing(link), closing(self._wrap(link)) as wrapped:
                self._shake_hands(wrapped)
                self._exchange(wrapped, head, body)
        except _HandshakeError as error:
            return "tls", f"TLS handshake failed: {error}"
        except TimeoutError:
            if self.status is None:
                return "timeout", f"no answer {within}"
            return "timeout", f"the answer {self.status} did not end {within}"
        except (OSError, h11.RemoteProtocolError):
            return "dropped", _DROPPED
        if len(self._text) > _MAX_BODY_BYTES:
            return "endless", f"{self.status} with a body of more than 1 MiB"
        return None, ""

    def abort(self) -> None:
        """End the exchange, or prevent it from starting."""
        self._is_aborted = True
        if self._link is not None:
            with suppress(OSError):  # the socket is closed, or not yet connected
                # Not the method of `SSLSocket`, which would break a thread that is reading.
                socket.socket.shutdown(self._link, socket.SHUT_RDWR)

    def _remaining(self, until: float = math.inf) -> float:
        """Return the seconds until a time or the deadline, whichever is earlier.

        Raises:
            TimeoutError: The time is over.
        """
        seconds = min(until, self._deadline) - monotonic()
        if seconds <= 0:
            raise TimeoutError
        return seconds

    def _connect(self) -> socket.socket:
        failure: OSError = ConnectionAbortedError()
        for family, kind, protocol, _, address in self._client.addresses(self._remaining()):
            link = self._link = socket.socket(family, kind, protocol)
            try:
                if self._is_aborted:
                    raise failure  # from here on, `abort` finds the socket
                link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                link.settimeout(self._remaining())
                link.connect(address)
            except OSError as error:
                link.close()
                failure = error
            else:
                return link
        raise failure

    def _wrap(self, link: socket.socket) -> socket.socket:
        if self._client.context is not None:
            link = self._link = self._client.context.wrap_socket(
                link,
                server_hostname=self._client.url.raw_host.decode(),
                do_handshake_on_connect=False,  # `abort` could not end the handshake
            )
        return link

    def _shake_hands(self, link: socket.socket) -> None:
        if isinstance(link, ssl.SSLSocket):
            link.settimeout(self._remaining())  # for the whole handshake
            try:
                link.do_handshake()
            except ssl.SSLError as error:
                # The attributes depend on where the error was raised.
                reason = getattr(error, "verify_message", None) or error.reason or "unknown reason"
                raise _HandshakeError(reason) from None

    def _compose(self) -> tuple[bytes, bytes]:
        """Write the head and the body of the request.

        Raises:
            h11.LocalProtocolError: The request is not valid HTTP; its author has to fix it.
        """
        url, request = self._client.url, self._request
        headers = [(b"Host", url.netloc)]
        headers += [
            (name.encode(), value.encode("latin-1")) for name, value in request.headers.items()
        ]
        if request.framing == "chunked":
            headers.append((b"Transfer-Encoding", b"chunked"))
        else:
            headers.append((b"Content-Length", b"%d" % len(request.body)))
        if request.framing == "expect-continue":
            headers.append((b"Expect", b"100-continue"))
        half = len(request.body) // 2  # two chunks, or two pieces of one body
        head = self._write(h11.Request(method=b"POST", target=url.raw_path, headers=headers))
        body = self._write(
            h11.Data(request.body[:half]), h11.Data(request.body[half:]), h11.EndOfMessage()
        )
        return head, body

    def _exchange(self, link: socket.socket, head: bytes, body: bytes) -> None:
        if self._request.framing != "expect-continue":
            self._send(link, head + body)
            self._read(link)
            return
        self._send(link, head)
        try:
            if self._read(link, monotonic() + _WAIT_FOR_CONTINUE):
                return
        except TimeoutError:
            self._remaining()  # raises if the deadline is over
        if self.status is None:
            self._send(link, body)
        self._read(link)

    def _write(self, *events: h11.Event) -> bytes:
        return b"".join(self._http.send(event) or b"" for event in events)

    def _send(self, link: socket.socket, data: bytes) -> None:
        rest = memoryview(data)
        # The server can answer before the end of the request and close the connection.
        with suppress(BrokenPipeError, ConnectionResetError):
            while rest:
                link.settimeout(self._remaining())
                rest = rest[link.send(rest) :]

    def _read(self, link: socket.socket, until: float | None = None) -> bool:
        """Read the answer; with `until`, only until that time or until 100 Continue arrives.

        Returns:
            Whether the answer is complete.
        """
        while True:
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                link.settimeout(self._remaining(until or math.inf))
                self._http.receive_data(link.recv(_READ_BYTES))
            elif isinstance(event, h11.Response):
                self._read_head(event)
            elif isinstance(event, h11.Data):
                self._text += event.data
                if len(self._text) > _MAX_BODY_BYTES:
                    break
            elif not isinstance(event, h11.InformationalResponse):
                break
            elif until is not None and event.status_code == HTTPStatus.CONTINUE:
                return False
        self.is_quoting = self.is_quoting or self._quotes(self._text)
        return True

    def _read_head(self, response: h11.Response) -> None:
        self.status = response.status_code
        self.has_challenge = any(map(_BASIC_CHALLENGE.search, _values(response, _CHALLENGE)))
        self.has_remapped_challenge = bool(_values(response, _REMAPPED_CHALLENGE))
        if self.status in range(300, 400):
            self.redirect = _redirect(self._client.url, _values(response, b"location"))
        self.is_quoting = any(self._quotes(value) for _, value in response.headers)

    def _quotes(self, text: bytes | bytearray) -> bool:
        return any(private.encode() in text for private in self._request.private)


def _values(response: h11.Response, name: bytes) -> list[bytes]:
    return [value for other, value in response.headers if other == name]


def _redirect(url: httpx.URL, locations: list[bytes]) -> Redirect:
    try:
        target = url.join(b"".join(locations).decode("latin-1"))
    except httpx.InvalidURL:
        return "elsewhere"
    if target.host == url.host and target.path.rstrip("/") == url.path.rstrip("/"):
        if target.path != url.path:
            return "slash"
        if target.scheme == "https" != url.scheme:
            return "https"
    return "elsewhere"


def _why(error: OSError) -> str:
    if isinstance(error, socket.gaierror):
        return f"host name not found: {error.strerror}"
    # Not the error's own text, which varies between platforms.
    return f"no connection: {os.strerror(error.errno)}" if error.errno else "no connection"

"""Servers on loopback."""

import re
import socket
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from socketserver import BaseRequestHandler, BaseServer, ThreadingTCPServer
from threading import Event, Thread
from typing import Any

from handlers.correct import Handler


class Server(ThreadingHTTPServer):
    """An HTTP server that tolerates clients that disconnect before the answer."""

    request_queue_size = 128  # more than any scenario opens simultaneously

    def finish_request(
        self,
        request: socket.socket | tuple[bytes, socket.socket],
        client_address: Any,  # noqa: ANN401  # as in the base class
    ) -> None:
        with suppress(ConnectionError):
            super().finish_request(request, client_address)


def never(_: bytes) -> bool:
    return False


@contextmanager
def serve(
    handler_class: type[Handler], is_slow: Callable[[bytes], bool] = never
) -> Generator[str, None, None]:
    """Serve a handler, and yield its URL.

    The handler runs in `handler.threads` threads, usually one. If the handler raises, the answer
    is 500. A slow request gets no answer until the end.
    """
    the_end = Event()

    class Route(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:  # named by the base class
            if handler.goes_by_length:
                body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            else:
                body = read_body(self.headers, self.rfile)
            if is_slow(body):
                the_end.wait()
                return
            request = worker.submit(handler.request, self.headers["Authorization"], body)
            if request.exception() is None:
                status, headers = request.result()
            else:
                status, headers = 500, dict[str, str]()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def handle_expect_100(self) -> bool:  # named by the base class
            return handler.lets_go_on and super().handle_expect_100()

        def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002  # as in the base class

    with (
        ThreadPoolExecutor(handler_class.threads) as worker,
        Server(("127.0.0.1", 0), Route) as server,
    ):
        handler = worker.submit(handler_class).result()
        with running(server):
            yield f"http://127.0.0.1:{server.server_port}/callbacks"
            the_end.set()
        worker.submit(handler.store.close).result()


def read_body(headers: Message, file: BufferedIOBase) -> bytes:
    """Read the body of a request, which may be chunked, without extensions or trailers."""
    if headers["Transfer-Encoding"] is None:
        return file.read(int(headers["Content-Length"] or 0))
    sizes = iter(lambda: int(file.readline(), 16), 0)
    body = b"".join(file.read(size + 2)[:-2] for size in sizes)
    file.readline()
    return body


@contextmanager
def running(server: BaseServer) -> Generator[None, None, None]:
    thread = Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()


@contextmanager
def serve_raw(behave: Callable[[socket.socket], None]) -> Generator[str, None, None]:
    """Serve raw bytes on each connection until the client disconnects, and yield the URL."""

    class Connection(BaseRequestHandler):
        def handle(self) -> None:
            with suppress(ConnectionError):  # the client has disconnected
                behave(self.request)

    with ThreadingTCPServer(("127.0.0.1", 0), Connection) as server, running(server):
        yield f"http://127.0.0.1:{server.server_address[1]}/callbacks"


def read_request(connection: socket.socket) -> tuple[bytes, bytes]:
    """Read a request, and return its head and body."""
    with connection.makefile("rb") as file:
        head = b"".join(iter(file.readline, b"\r\n"))
        length = re.search(rb"^content-length: (\d+)", head, re.IGNORECASE | re.MULTILINE)
        assert length
        return head, file.read(int(length[1]))


def answer(
    *answers: bytes, requests: list[tuple[bytes, bytes]] | None = None
) -> Callable[[socket.socket], None]:
    """Send these answers, one per connection; repeat the last one."""
    rest = iter(answers)

    def behave(connection: socket.socket) -> None:
        request = read_request(connection)
        if requests is not None:
            requests.append(request)
        connection.sendall(next(rest, answers[-1]))

    return behave

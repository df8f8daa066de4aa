"""Servers on loopback, for handlers of callbacks."""

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from handlers.correct import Handler


@contextmanager
def serve(handler_class: type[Handler]) -> Generator[str, None, None]:
    """Serve a handler, and give its URL.

    The handler runs in one thread, in which its database is too. If it raises, the answer is 500.
    """

    class Route(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:  # named by the base class
            body = self.rfile.read(int(self.headers["Content-Length"]))
            request = worker.submit(handler.request, self.headers["Authorization"], body)
            try:
                status, headers = request.result()
            except Exception:  # noqa: BLE001  # as every framework does
                status, headers = 500, {}
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    class Server(ThreadingHTTPServer):
        request_queue_size = 128  # more than any scenario opens at a time

    with ThreadPoolExecutor(1) as worker, Server(("127.0.0.1", 0), Route) as server:
        handler = worker.submit(handler_class).result()
        thread = Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/callbacks"
        finally:
            server.shutdown()
            thread.join()
            worker.submit(handler.store.close).result()

"""Translate HTTP requests to calls of serverless functions, and the results to HTTP responses."""

import json
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from queue import SimpleQueue
from threading import Thread
from typing import Any
from uuid import uuid4

from servers import Server, read_body

from bandwidth_events.endpoint import LAMBDA_FRONT_ENDS, LambdaFrontEnd, lambda_event


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    headers: list[tuple[str, str]]
    body: bytes


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    headers: Mapping[str, str]
    body: bytes


class Gateway(Server):
    """An HTTP server on loopback that calls a function for each request."""

    def __init__(self, answer: Callable[[Request], Response]) -> None:
        class Route(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # one packet per answer: a second one would wait

            def do_POST(self) -> None:  # named by the base class
                body = read_body(self.headers, self.rfile)
                headers = [(name, str(value)) for name, value in self.headers.items()]
                response = answer(Request(self.command, self.path, headers, body))
                self.send_response(response.status)
                for name, value in response.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(response.body)))
                self.end_headers()
                self.wfile.write(response.body)

            def do_GET(self) -> None:
                self.do_POST()

            def log_message(self, *_: object, **__: object) -> None: ...

        super().__init__(("127.0.0.1", 0), Route)


@contextmanager
def serve(answer: Callable[[Request], Response]) -> Generator[str]:
    """Serve a function in threads, and yield the host and port."""
    with Gateway(answer) as server:
        thread = Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


# The runtime is partly written in C++ and crashes without these.
_INVOCATION = {
    "Content-Type": "application/json",
    "Lambda-Runtime-Deadline-Ms": "4102444800000",
    "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-west-1:123456789012:function:texts",
    "Lambda-Runtime-Trace-Id": "Root=1-00000000-000000000000000000000000;Sampled=0",
}


class Lambda:
    """Invokes an AWS Lambda function that runs in another process.

    The process requests invocations and posts results through AWS' "Lambda runtime API".
    """

    def __init__(self) -> None:
        self._pending: SimpleQueue[tuple[str, bytes]] = SimpleQueue()
        self._results: dict[str, Future[dict[str, Any]]] = {}

    def invoke(self, event: Mapping[str, object]) -> dict[str, Any]:
        """Call the function with an event, and return its result or its error."""
        invocation = str(uuid4())
        result = self._results[invocation] = Future[dict[str, Any]]()
        self._pending.put((invocation, json.dumps(event).encode()))
        return result.result(timeout=60)  # only a hanging function takes this long

    def answer(self, request: Request) -> Response:
        """Answer a request to the runtime API."""
        *_, invocation, kind = request.path.split("/")
        if kind == "next":
            invocation, event = self._pending.get()
            return Response(
                200, {**_INVOCATION, "Lambda-Runtime-Aws-Request-Id": invocation}, event
            )
        self._results.pop(invocation).set_result(json.loads(request.body))
        return Response(202, {}, b"")

    def close(self) -> None:
        """Answer a process that is waiting for an invocation, so that it can end."""
        self._pending.put(("", b""))


FRONT_ENDS: Mapping[str, tuple[LambdaFrontEnd, bool]] = {
    **{front_end: (front_end, False) for front_end in LAMBDA_FRONT_ENDS},
    "http-api-1.0-binary": ("http-api-1.0", True),
    "alb-binary": ("alb", True),
}
"""The front end of the function, and whether it treats bodies as binary data."""


def to_lambda(request: Request, name: str) -> Mapping[str, object]:
    """Build the event with which a front end calls a function."""
    front_end, is_binary = FRONT_ENDS[name]
    sent = dict(request.headers), request.body
    return lambda_event(sent, front_end, path=request.path, is_binary=is_binary)


def from_lambda(result: Mapping[str, Any], name: str) -> Response:
    """Convert a function's result or error to a response, as a front end does."""
    headers: Mapping[str, str] = result.get("headers", {})
    if name == "alb-multi-value":
        several: Mapping[str, list[str]] = result.get("multiValueHeaders", {})
        headers = {header: values[-1] for header, values in several.items()}
    if name == "function-url":
        headers = {
            f"x-amzn-Remapped-{header}" if header == "WWW-Authenticate" else header: value
            for header, value in headers.items()
        }
    return Response(result.get("statusCode", 502), headers, result.get("body", "").encode())

"""`serve` with ASGI and WSGI applications."""

import socket
import sys
import threading
from collections.abc import Awaitable, Callable, Iterable
from contextlib import ExitStack
from functools import partial
from threading import Event
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from handlers.correct import CREDENTIALS
from recipes import recipe_module

from bandwidth_events.endpoint import check, serve

Send = Callable[[dict[str, Any]], Awaitable[None]]


def wsgi(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("200 OK", [])
    return [environ["wsgi.input"].read()]


class Wsgi:
    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        return wsgi(environ, start_response)


async def asgi(scope: dict[str, Any], receive: Callable[..., Any], send: Send) -> None:
    if scope["type"] != "http":
        raise NotImplementedError  # required by ASGI if there is no lifespan
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message["body"], message["more_body"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


class Asgi:
    async def __call__(
        self, scope: dict[str, Any], receive: Callable[..., Any], send: Send
    ) -> None:
        await asgi(scope, receive, send)


APPS = [wsgi, Wsgi(), Wsgi().__call__, partial(wsgi), asgi, Asgi(), Asgi().__call__, partial(asgi)]


@pytest.mark.parametrize("app", APPS)
def test_an_application_is_served_until_the_block_ends(app: Callable[..., Any]) -> None:
    before = threading.enumerate()
    with serve(app) as root:
        parts = urlsplit(root)
        assert httpx.post(root, content=b"hello", trust_env=False).content == b"hello"
        started = set(threading.enumerate()) - {*before}
    assert (parts.scheme, parts.hostname, parts.path) == ("http", "127.0.0.1", "")
    for thread in started:
        thread.join(timeout=10)
        assert not thread.is_alive()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", parts.port or 0))


@pytest.mark.parametrize("recipe", ["fastapi_app", "flask_app"])
def test_a_served_recipe_passes_every_scenario(
    recipe: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve(recipe_module(recipe, monkeypatch).app) as root:
        results = check(f"{root}/callbacks", CREDENTIALS)
    assert [str(result) for result in results if not result.passed] == []


def test_an_application_that_does_not_start_raises() -> None:
    async def broken(scope: dict[str, Any], receive: Callable[..., Any], send: Send) -> None:
        await receive()
        await send({"type": f"{scope['type']}.startup.failed", "message": "no database"})

    with ExitStack() as stack, pytest.raises(RuntimeError, match="did not start; see the log"):
        stack.enter_context(serve(broken))


@pytest.mark.parametrize("app", [wsgi, asgi])
def test_an_error_in_the_block_propagates(app: Callable[..., Any]) -> None:
    with pytest.raises(KeyError, match="mine"), serve(app):
        raise KeyError("mine")


def test_requests_are_answered_concurrently() -> None:
    second = Event()

    def waits(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/second":
            second.set()
        assert second.wait(timeout=10)
        return wsgi(environ, start_response)

    with serve(waits) as root:
        first = threading.Thread(target=httpx.post, args=[root], kwargs={"trust_env": False})
        first.start()
        assert httpx.post(f"{root}/second", trust_env=False).is_success
        first.join()


@pytest.mark.parametrize(
    ("app", "reason"),
    [
        (wsgi, "serving a WSGI application needs waitress: pip install waitress"),
        (asgi, "serving an ASGI application needs uvicorn: pip install uvicorn"),
    ],
)
def test_a_missing_server_is_named_in_the_error(
    app: Callable[..., Any], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, _, server = reason.rpartition(" ")
    monkeypatch.setitem(sys.modules, server, None)  # makes the import fail
    with ExitStack() as stack, pytest.raises(ImportError, match=f"^{reason}$"):
        stack.enter_context(serve(app))

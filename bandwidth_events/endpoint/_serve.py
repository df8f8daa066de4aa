"""Serve a web application in a test."""

import socket
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from importlib import import_module
from inspect import iscoroutinefunction
from typing import Any, Final

_THREADS: Final = 8  # for a WSGI application
_PATIENCE: Final = 5  # seconds for pending requests at the end


@contextmanager
def serve(app: Callable[..., Any]) -> Generator[str, None, None]:
    """Serve a web application on a free port of 127.0.0.1 until the block ends.

    An ASGI application runs under uvicorn and a WSGI application under waitress, in
    threads of this process. Install the server yourself; no extra includes it.

    Args:
        app: An ASGI or a WSGI application. A coroutine function, or an object with an
            asynchronous ``__call__``, is an ASGI application.

    Yields:
        The application's root URL, without a trailing slash.

    Raises:
        ImportError: The server is not installed.
        RuntimeError: The application's startup failed.
    """
    is_asgi = iscoroutinefunction(app) or iscoroutinefunction(type(app).__call__)
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        ThreadPoolExecutor(1) as thread,
        (_asgi if is_asgi else _wsgi)(app, listener, thread),
    ):
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@contextmanager
def _asgi(
    app: Callable[..., Any], listener: socket.socket, thread: ThreadPoolExecutor
) -> Generator[None, None, None]:
    uvicorn = _server("uvicorn", "an ASGI")
    config = uvicorn.Config(
        app,
        interface="asgi3",  # uvicorn's detection mistakes some applications for ASGI 2
        log_config=None,
        access_log=False,
        ws="none",
        timeout_graceful_shutdown=_PATIENCE,
    )
    server = uvicorn.Server(config)
    running = thread.submit(server.run, [listener])
    while not server.started:
        if running.done():
            raise RuntimeError("the application did not start; see the log of uvicorn")
        time.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True


@contextmanager
def _wsgi(
    app: Callable[..., Any], listener: socket.socket, thread: ThreadPoolExecutor
) -> Generator[None, None, None]:
    waitress = _server("waitress", "a WSGI")
    connections: dict[int, Any] = {}
    server = waitress.create_server(app, connections, sockets=[listener], threads=_THREADS)
    thread.submit(server.run)
    try:
        yield
    finally:
        # Close the connections in the server's thread, which ends when none is left. The thread may
        # have closed the trigger already; pulling it then raises.
        with suppress(OSError):
            server.trigger.pull_trigger(lambda: server.asyncore.close_all(connections))
        server.task_dispatcher.shutdown(timeout=_PATIENCE)


def _server(name: str, kind: str) -> Any:  # noqa: ANN401  # a module, and waitress has no types
    try:
        return import_module(name)
    except ModuleNotFoundError:
        raise ImportError(f"serving {kind} application needs {name}: pip install {name}") from None

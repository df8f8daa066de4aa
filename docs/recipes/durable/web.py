"""The web server: ``uvicorn --factory durable.web:create_app --host 127.0.0.1 --port 8000``."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bandwidth_events import BasicAuthError, BasicCredentials, verify_basic_auth

from .database import connect, describe
from .inbox import put
from .meters import NOT_STORED, STORED, TOO_LARGE, count_request, flush
from .settings import WebSettings

_LOG = logging.getLogger(__name__)


class Intake:
    """Hands bodies to a store, and waits for it at most until the deadline."""

    def __init__(self, put: Callable[[bytes], Awaitable[None]], deadline: float) -> None:
        self._put = put
        self._deadline = deadline

    async def store(self, body: bytes) -> bool:
        """Store a body, and return whether the store has committed it."""
        storing = asyncio.ensure_future(self._put(body))
        # Not `wait_for`, which cancels and then still waits for the thread. If a hanging thread
        # stores the body later, the retry is a duplicate, and the events take effect once.
        done, _ = await asyncio.wait([storing], timeout=self._deadline)
        if not done:
            storing.cancel()  # has an effect only if no thread has started yet
            storing.add_done_callback(_late)
            _LOG.error("the store does not answer in time")
            return False
        # A client whose connection is lost may cancel what waits for it.
        error = asyncio.CancelledError() if storing.cancelled() else storing.exception()
        if error is not None:
            _LOG.error("storing a body failed: %s", describe(error))
        return error is None


def _late(storing: "asyncio.Future[None]") -> None:
    """Retrieve the error of an abandoned thread, so that asyncio does not report it."""
    if not storing.cancelled():
        storing.exception()


async def _read(request: Request, limit: int) -> bytes | None:
    """Return the body of a request; `None` if it is larger than the limit."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            return None
    return bytes(body)


def application(
    settings: WebSettings,
    put: Callable[[bytes], Awaitable[None]],
    close: Callable[[], Awaitable[None]],
) -> Starlette:
    """Build an application that answers 204 for a body once `put` has stored it."""
    credentials = BasicCredentials(settings.username, settings.password.get_secret_value())
    intake = Intake(put, settings.deadline)

    async def callback(request: Request) -> Response:
        try:
            verify_basic_auth(request.headers.get("Authorization"), credentials)
        except BasicAuthError as error:
            count_request(error.reason)
            return Response(status_code=error.status_code, headers=error.headers)
        body = await _read(request, settings.max_body_bytes)
        if body is None:
            count_request(TOO_LARGE)
            return Response(status_code=413)
        is_stored = await intake.store(body)
        count_request(STORED if is_stored else NOT_STORED)
        return Response(status_code=204 if is_stored else 503)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None, None]:
        yield
        await close()
        flush()

    return Starlette(routes=[Route("/callbacks", callback, methods=["POST"])], lifespan=lifespan)


class Threads:
    """Calls a function that blocks, in threads."""

    def __init__(self, put: Callable[[bytes], None], number: int) -> None:
        self._put = put
        self._threads = ThreadPoolExecutor(number)

    def put(self, body: bytes) -> "asyncio.Future[None]":
        return asyncio.get_running_loop().run_in_executor(self._threads, self._put, body)

    async def close(self) -> None:
        """Stop, without waiting for hanging threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def create_app() -> Starlette:
    """Build the application. Uvicorn calls this once in each process."""
    settings = WebSettings.load()
    engine = connect(settings.database_url, threads=settings.connections)
    threads = Threads(partial(put, engine), settings.connections)
    app = application(settings, threads.put, threads.close)
    if settings.telemetry:
        from . import telemetry  # noqa: PLC0415  # nobody else needs its packages

        telemetry.start(engine)
        # Here too, because the age of the inbox matters most if no worker runs.
        telemetry.watch(connect(settings.database_url))
        telemetry.trace_requests(app)
    return app

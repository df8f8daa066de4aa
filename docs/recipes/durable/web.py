"""The web server: ``uvicorn --factory durable.web:create_app --host 127.0.0.1 --port 8000``."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from sqlalchemy import Engine
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
    """Stores bodies in threads, and waits for a thread at most until the deadline."""

    def __init__(self, engine: Engine, settings: WebSettings) -> None:
        self._engine = engine
        self._deadline = settings.deadline
        self._threads = ThreadPoolExecutor(settings.connections)

    async def store(self, body: bytes) -> bool:
        """Store a body, and return whether the database has committed it."""
        storing = asyncio.get_running_loop().run_in_executor(self._threads, put, self._engine, body)
        # Not `wait_for`, which cancels and then still waits for the thread. If a hanging thread
        # stores the body later, the retry is a duplicate, and the events take effect once.
        done, _ = await asyncio.wait([storing], timeout=self._deadline)
        if not done:
            storing.cancel()  # has an effect only if no thread has started yet
            storing.add_done_callback(_late)
            _LOG.error("the database does not answer in time")
            return False
        error = storing.exception()
        if error is not None:
            _LOG.error("storing a body failed: %s", describe(error))
        return error is None

    def close(self) -> None:
        """Close the connections without waiting for hanging threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._engine.dispose()


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


def create_app() -> Starlette:
    """Build the application. Uvicorn calls this once in each process."""
    settings = WebSettings.load()
    credentials = BasicCredentials(settings.username, settings.password.get_secret_value())
    engine = connect(settings.database_url, threads=settings.connections)
    intake = Intake(engine, settings)

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
        intake.close()
        flush()

    routes = [Route("/callbacks", callback, methods=["POST"])]
    app = Starlette(routes=routes, lifespan=lifespan)
    if settings.telemetry:
        from . import telemetry  # noqa: PLC0415  # nobody else needs its packages

        telemetry.start(engine)
        telemetry.trace_requests(app)
    return app

"""The recipe's processes, profiled: ``python -m scale.profiled``, ``scale.profiled:create_app``.

The environment variable ``SCALE_PROFILE`` names the file for the result.
"""

import os
import sys
from pathlib import Path
from typing import Final

import durable.__main__
import durable.effects
import durable.web
import durable.worker
import h11
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from .timers import COMMIT, DRIVER, HTTP, LIBRARY, ROWS, SQLALCHEMY, save, start, watch

_FILE: Final = Path(os.environ["SCALE_PROFILE"])


def create_app() -> ASGIApp:
    """Return the recipe's application, profiled from its start to its end."""
    app = durable.web.create_app()

    async def profiled(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await app(scope, receive, send)
            return
        start()
        await app(scope, receive, send)
        save(_FILE)  # here, because uvicorn ends by a signal

    return profiled


for dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):
    for name in ("do_execute", "do_executemany", "do_ping", "do_begin"):
        watch(dialect, name, DRIVER)
    for name in ("do_commit", "do_rollback"):
        watch(dialect, name, COMMIT)
watch(durable.web, "verify_basic_auth", LIBRARY)
watch(durable.web, "put", SQLALCHEMY)
watch(H11Protocol, "data_received", HTTP)
watch(h11.Connection, "send", HTTP)
watch(durable.worker, "parse_callback", LIBRARY)
watch(durable.effects, "encode_callback", LIBRARY)
watch(durable.worker, "claim", ROWS)
watch(durable.worker, "apply", ROWS)
watch(durable.worker, "work_batch", SQLALCHEMY)
watch(Connection, "execute", SQLALCHEMY)

if __name__ == "__main__":
    start()
    code = durable.__main__.main()
    save(_FILE)
    sys.exit(code)

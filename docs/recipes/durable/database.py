"""Connect to the database, and classify its errors."""

from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any

from pydantic import SecretStr
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    NotSupportedError,
    ProgrammingError,
    TimeoutError,  # noqa: A004  # SQLAlchemy's
)

INSERT: Mapping[str, Callable[..., postgresql.Insert | sqlite.Insert]] = {
    "postgresql": postgresql.insert,
    "sqlite": sqlite.insert,
}
"""The inserts that accept `ON CONFLICT`, by the name of the dialect."""

_LOCK_SECONDS = 3  # for which SQLite waits for another process
_POSTGRESQL: dict[str, object] = {
    "connect_timeout": 3,
    # Detect a host that vanished.
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 2,
    "tcp_user_timeout": 10_000,
    # Set `synchronous_commit` regardless of the server's default: without it, a power failure loses
    # commits. The timeout ends the transaction of a hanging process, so that others can go on.
    "options": "-c synchronous_commit=on -c idle_in_transaction_session_timeout=30s",
}


def connect(url: str | SecretStr, *, threads: int = 1) -> Engine:
    """Return an engine with one connection for each thread."""
    try:
        parsed = make_url(url.get_secret_value() if isinstance(url, SecretStr) else url)
    except ArgumentError:  # which quotes the URL in some versions, and the URL has a password
        raise ValueError("database_url: not a URL that SQLAlchemy can read") from None
    arguments: dict[str, object] = {"timeout": _LOCK_SECONDS, "check_same_thread": False}
    if parsed.get_backend_name() == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
        arguments = _POSTGRESQL
    engine = create_engine(
        parsed,
        connect_args=arguments,
        pool_size=threads,
        max_overflow=0,
        pool_pre_ping=True,  # after a restart of the database, the old connections are dead
        pool_timeout=_LOCK_SECONDS,
        hide_parameters=True,  # errors must not quote private data
    )
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _configure)
        event.listen(engine, "begin", _begin)
    return engine


def _configure(connection: Any, _: object) -> None:  # noqa: ANN401  # the driver's
    connection.isolation_level = None  # otherwise, the driver begins and commits by itself
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")  # NORMAL loses commits if the power fails


def _begin(connection: Connection) -> None:
    # A writer takes the write lock immediately: two readers that both write later would deadlock.
    is_reading = connection.get_execution_options().get("is_reading", False)
    connection.exec_driver_sql("BEGIN" if is_reading else "BEGIN IMMEDIATE")


def reading(engine: Engine) -> Engine:
    """Return the engine for read-only transactions, which do not block writers."""
    return engine.execution_options(is_reading=True)


def aware(time: datetime) -> datetime:
    """Add the time zone, which SQLite leaves out: times are stored in UTC."""
    return time if time.tzinfo else time.replace(tzinfo=timezone.utc)


# PostgreSQL's codes of errors that data or a wrong statement causes: data exceptions, integrity
# violations, syntax errors and unknown names, and exceeded limits, such as an index entry's size.
_LASTING_CLASSES = {"22", "23", "42", "54"}
_UNDEFINED_TABLE = "42P01"
# These last until somebody acts, but for every body alike, so the bodies wait: a missing table, a
# missing permission, and a prepared statement that a pooler has mixed up.
_PASSING = {_UNDEFINED_TABLE, "42501", "42P05"}
_LASTING = (DataError, IntegrityError, InterfaceError, NotSupportedError, ProgrammingError)


def is_passing(error: Exception) -> bool:
    """Check whether the same statement may succeed later, because the data did not cause the error.

    Any other error is the fault of a body, or of our code for such a body.
    """
    if not isinstance(error, DBAPIError):
        return isinstance(error, TimeoutError)  # no connection of the pool was free
    state = sqlstate(error)
    if state is not None:
        return state in _PASSING or state[:2] not in _LASTING_CLASSES
    # An error without a code comes from SQLite, or from the driver before it sends anything.
    if error.connection_invalidated or _is_table_missing(error):
        return True
    # SQLITE_ERROR is every fault of a statement. Before Python 3.11, errors have no names.
    return not isinstance(error, _LASTING) and _name(error) != "SQLITE_ERROR"


def sqlstate(error: BaseException) -> str | None:
    """Return PostgreSQL's code for an error."""
    cause = error.orig if isinstance(error, DBAPIError) else None
    return getattr(cause, "sqlstate", None)


def _name(error: BaseException) -> str | None:
    """Return SQLite's name for an error."""
    cause = error.orig if isinstance(error, DBAPIError) else None
    return getattr(cause, "sqlite_errorname", None)


def _is_table_missing(error: BaseException) -> bool:
    # SQLite has the same code for any fault of a statement, so only the message is left.
    cause = error.orig if isinstance(error, DBAPIError) else None
    return sqlstate(error) == _UNDEFINED_TABLE or str(cause).startswith("no such table")


def describe(error: BaseException) -> str:
    """Describe an error without its message, which can quote private data."""
    hint = "(a table is missing: run `python -m durable migrate`)"
    parts = [type(error).__name__, sqlstate(error), _name(error)]
    return " ".join(filter(None, [*parts, hint if _is_table_missing(error) else None]))

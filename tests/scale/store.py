"""A database for a proof: the recipe's tables, and a witness of each claim."""

from typing import Final

from durable.database import connect, reading
from durable.schema import compare, migrate
from durable.tables import Base, Inbox
from sqlalchemy import Engine, func, select, text

from bandwidth_events import BasicCredentials

CREDENTIALS: Final = BasicCredentials("bandwidth", "correct horse battery staple")

_WITNESSES: Final = {
    "sqlite": [
        "CREATE TABLE witness (dedupe_key TEXT)",
        """CREATE TRIGGER watch AFTER INSERT ON events
           BEGIN INSERT INTO witness VALUES (NEW.dedupe_key); END""",
    ],
    "postgresql": [
        "CREATE TABLE witness (dedupe_key TEXT)",
        """CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS
           $$BEGIN INSERT INTO witness VALUES (NEW.dedupe_key); RETURN NEW; END$$""",
        "CREATE TRIGGER watch AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION watch()",
    ],
}
_LOOSE: Final = [
    "ALTER TABLE events RENAME TO strict_events",
    "CREATE TABLE events AS SELECT * FROM strict_events",
    "DROP TABLE strict_events",
]


def prepare(url: str, *, bug: str | None = None) -> None:
    """Create the tables, and a table without a unique key, in which a second claim would show."""
    engine = connect(url)
    migrate(engine)
    compare(engine)
    with engine.begin() as connection:
        loose = _LOOSE if bug == "no unique key" else []
        for statement in [*loose, *_WITNESSES[engine.dialect.name]]:
            connection.execute(text(statement))
    engine.dispose()


def clear(engine: Engine) -> None:
    """Remove all rows."""
    with engine.begin() as connection:
        for table in ["witness", *Base.metadata.tables]:
            connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608  # names of ours


def waiting(engine: Engine) -> int:
    """Return how many bodies are in the inbox."""
    with reading(engine).connect() as connection:
        return connection.execute(select(func.count()).select_from(Inbox)).scalar_one()


def environment(url: str) -> dict[str, str]:
    """Return the settings of the recipe's processes."""
    return {
        "BANDWIDTH_EVENTS_DATABASE_URL": url,
        "BANDWIDTH_EVENTS_USERNAME": CREDENTIALS.username,
        "BANDWIDTH_EVENTS_PASSWORD": CREDENTIALS.password,
    }

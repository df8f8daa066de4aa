"""Bring the tables up to date, or compare them with the code."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine


def migrate(engine: Engine) -> None:
    """Run the migrations that the database has not seen; once for each deployment."""
    command.upgrade(_config(engine), "head")


def compare(engine: Engine) -> None:
    """Raise if the tables are not those of the code."""
    command.check(_config(engine))


def _config(engine: Engine) -> Config:
    config = Config(Path(__file__).with_name("alembic.ini"))
    config.attributes["engine"] = engine
    return config

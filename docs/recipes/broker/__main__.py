"""The commands: ``python -m broker --help``.

The tables are those of `durable`: ``python -m durable migrate`` creates them, and
``python -m durable dead-letters`` lists the bodies that could not be handled.
"""

import argparse
import asyncio
import json
import logging
import sys
from collections.abc import Awaitable, Callable

from durable.database import connect, is_passing
from durable.figures import figures
from sqlalchemy.exc import SQLAlchemyError

from .consumer import work
from .dead_letters import replay
from .figures import depths
from .queues import BROKER_ERRORS, declare, describe
from .settings import BrokerSettings

_LOG = logging.getLogger(__name__)


async def _declare(settings: BrokerSettings) -> None:
    await declare(settings.broker_url)


async def _replay(settings: BrokerSettings, *, is_celery: bool = False) -> None:
    engine = connect(settings.database_url)
    number = await replay(engine, settings.broker_url, is_celery=is_celery)
    print(f"{number} dead letters are in the queue again.")


async def _replay_to_celery(settings: BrokerSettings) -> None:
    await _replay(settings, is_celery=True)


async def _status(settings: BrokerSettings) -> None:
    waiting = await depths(settings.broker_url)
    try:
        stored = figures(connect(settings.database_url))._asdict()
    except SQLAlchemyError as error:  # an outage, for which the queues are there
        _LOG.warning("the database does not answer: %s", describe(error))
        stored = None
    print(json.dumps({"queues": waiting, "database": stored}))


_COMMANDS: dict[str, tuple[str, Callable[[BrokerSettings], Awaitable[None]]]] = {
    "declare": ("declare the queues", _declare),
    "work": ("handle bodies until the process is told to stop", work),
    "replay": ("publish all dead letters again", _replay),
    "replay-to-celery": ("the same, for the workers of celery_tasks", _replay_to_celery),
    "status": ("print the metrics for alerts, as JSON", _status),
}


def main() -> int:
    """Run a command."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    parser = argparse.ArgumentParser(prog="python -m broker")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, (text, _) in _COMMANDS.items():
        commands.add_parser(name, help=text)
    _, command = _COMMANDS[parser.parse_args().command]
    try:
        asyncio.run(_run(command))
    except (SQLAlchemyError, *BROKER_ERRORS) as error:
        if isinstance(error, SQLAlchemyError) and not is_passing(error):
            raise
        _LOG.error("the command failed: %s", describe(error))
        return 1
    return 0


async def _run(command: Callable[[BrokerSettings], Awaitable[None]]) -> None:
    await command(BrokerSettings.load())


if __name__ == "__main__":
    sys.exit(main())

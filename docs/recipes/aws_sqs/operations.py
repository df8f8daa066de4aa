"""The commands of `durable`, on AWS: ``python -m awslambdaric aws_sqs.operations.run``.

The payload of an invocation is the name of a command, such as ``"replay"``.
"""

from collections.abc import Callable, Mapping

from durable.database import connect
from durable.dead_letters import letters, replay
from durable.figures import figures
from durable.retention import prune
from durable.schema import migrate
from durable.settings import Settings
from durable.worker import work_batch
from sqlalchemy import Engine

_SETTINGS = Settings.load()
_ENGINE = connect(_SETTINGS.database_url)


def _list(engine: Engine) -> list[dict[str, object]]:
    return [
        {
            "received": f"{letter.received:%Y-%m-%d %H:%M:%S}",
            "size": letter.size,
            "reasons": [reason._asdict() for reason in letter.reasons],
        }
        for letter in letters(engine)
    ]


def _replay(engine: Engine) -> str:
    """Handle the dead letters again, here: on AWS, nobody else takes bodies off the inbox."""
    number = replay(engine)
    while work_batch(engine, _SETTINGS.batch):
        pass
    return f"{number} dead letters were handled again."


_COMMANDS: Mapping[str, Callable[[Engine], object]] = {
    "dead-letters": _list,
    "migrate": migrate,
    "prune": prune,
    "replay": _replay,
    "status": lambda engine: figures(engine)._asdict(),
}


def run(command: str, _context: object) -> object:
    """Run a command, and return what it has to say, without private data."""
    return _COMMANDS[command](_ENGINE)

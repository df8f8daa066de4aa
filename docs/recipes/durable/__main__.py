"""The commands: ``python -m durable --help``."""

import argparse
import json
import logging
import signal
import sys
import time
from collections.abc import Callable

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from .database import connect, describe, is_passing
from .dead_letters import letters, replay, set_aside
from .figures import figures
from .retention import prune
from .schema import migrate
from .settings import Settings, WebSettings
from .worker import work

_LOG = logging.getLogger(__name__)


def _list(engine: Engine) -> None:
    for letter in letters(engine):
        print(f"{letter.id}  received {letter.received:%Y-%m-%d %H:%M:%S}  {letter.size} bytes")
        for reason in letter.reasons:
            print(f"    {reason.code}: {reason.text}")


def _replay(engine: Engine) -> None:
    print(f"{replay(engine)} dead letters were moved back to the inbox.")


def _set_aside(engine: Engine) -> None:
    print(f"{set_aside(engine)} bodies were moved to the dead letters.")


def _prune(engine: Engine) -> None:
    print(f"{prune(engine)} events that are no longer needed were deleted.")


def _status(engine: Engine) -> None:
    print(json.dumps(figures(engine)._asdict()))


def _run(engine: Engine, port: int) -> None:
    from rich.live import Live  # noqa: PLC0415  # only this command needs it

    from .machine import Board, running  # noqa: PLC0415

    WebSettings.load()  # raises here, and not in each process, if a variable is missing
    migrate(engine)
    with running(port) as machine, Live(auto_refresh=False) as live:
        board = Board(engine, live, machine.url)
        while True:
            machine.tend()
            board.show()
            time.sleep(1)


_COMMANDS: dict[str, tuple[str, Callable[[Engine], None]]] = {
    "migrate": ("create or upgrade the tables", migrate),
    "dead-letters": ("list the dead letters, without private data", _list),
    "replay": ("move all dead letters back to the inbox", _replay),
    "set-aside": ("move the oldest body to the dead letters unhandled", _set_aside),
    "prune": ("delete the events that are no longer needed against duplicates", _prune),
    "status": ("print the metrics for alerts, as JSON", _status),
}


def main() -> int:
    """Run a command."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    parser = argparse.ArgumentParser(prog="python -m durable")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("work", help="handle bodies until the process is told to stop")
    for name, (text, _) in _COMMANDS.items():
        commands.add_parser(name, help=text)
    run = commands.add_parser("run", help="run the web server and workers, and show a table")
    run.add_argument("--port", type=int, default=8000)
    demo = commands.add_parser("demo", help="run everything with a sender of test callbacks")
    demo.add_argument("--callbacks", type=int, default=500)
    arguments = parser.parse_args()
    if arguments.command in {"run", "demo"}:  # otherwise, their processes would outlive them
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    if arguments.command == "demo":
        from .demo import demo as show  # noqa: PLC0415  # only this command needs it

        return show(arguments.callbacks)
    settings = Settings.load()
    if arguments.command == "work":
        work(settings)
        return 0
    engine = connect(settings.database_url)
    try:
        if arguments.command == "run":
            _run(engine, arguments.port)
        else:
            _COMMANDS[arguments.command][1](engine)
    except KeyboardInterrupt:
        return 130
    except SQLAlchemyError as error:
        if not is_passing(error):
            raise
        _LOG.error("the command failed: %s", describe(error))
        return 1
    finally:
        engine.dispose()
    return 0


if __name__ == "__main__":
    sys.exit(main())

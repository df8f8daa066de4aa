"""Run everything on this machine, with a temporary database and a sender of test callbacks."""

import os
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import psutil
from rich.console import Console
from rich.live import Live

from bandwidth_events import BasicCredentials, Event, encode_callback
from bandwidth_events.endpoint import Delivery, simulate
from bandwidth_events.testing import (
    inbound_message,
    message_delivered,
    message_failed,
    message_sent,
    unknown_event,
)

from .database import connect
from .figures import figures
from .machine import Board, running
from .schema import migrate

_CREDENTIALS = BasicCredentials("bandwidth", "correct horse battery staple")
_WORDS = ["Is the blue kayak still for rent?", "STOP", "Thanks!", "START", "Who is this?"]


def _callbacks(number: int, random: Random) -> list[Event | bytes]:
    """Build callbacks, about one in fifty malformed."""
    callbacks: list[Event | bytes] = []
    for count in range(number):
        person, name = f"+1555555{random.randrange(1000, 2000)}", f"message-{count // 2}"
        happenings: list[Event] = [
            inbound_message(id=f"in-{count}", from_=person, text=random.choice(_WORDS)),
            message_sent(id=name, to=person),
            message_delivered(id=name, to=person),
            message_failed(id=name, to=person, error_code=random.choice([4720, 4775, 9902])),
            unknown_event(raw_type="message-translated", to=person),
        ]
        event = random.choice(happenings)
        body = encode_callback([event])
        callbacks.append(body[: len(body) // 2] if count % 50 == 49 else event)  # noqa: PLR2004
    return callbacks


def _survivors(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Return the processes that still run after a moment."""
    survivors: list[psutil.Process] = []
    for each in psutil.wait_procs(processes, timeout=1)[1]:
        with suppress(psutil.NoSuchProcess):
            if each.status() != psutil.STATUS_ZOMBIE:  # has ended, but not been waited for
                survivors.append(each)
    return survivors


def demo(number: int) -> int:
    """Show how the application handles some callbacks, and return the exit code."""
    with TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
        free.close()
        os.environ |= {
            "BANDWIDTH_EVENTS_DATABASE_URL": f"sqlite:///{folder}/durable.db",
            "BANDWIDTH_EVENTS_USERNAME": _CREDENTIALS.username,
            "BANDWIDTH_EVENTS_PASSWORD": _CREDENTIALS.password,
        }
        return _demo(number, port, Path(folder))


def _demo(number: int, port: int, folder: Path) -> int:
    engine = connect(os.environ["BANDWIDTH_EVENTS_DATABASE_URL"])
    migrate(engine)
    arrived: list[Delivery] = []
    callbacks = _callbacks(number, Random(number))  # noqa: S311  # no secret
    with (
        running(port, log=folder / "log") as machine,
        ThreadPoolExecutor(1) as sender,
        Live(console=Console(), auto_refresh=False) as live,
    ):
        board = Board(engine, live, machine.url)
        sending = sender.submit(
            simulate,
            machine.url,
            callbacks,
            credentials=_CREDENTIALS,
            concurrency=8,
            duplicates=0.1,
            on_delivery=arrived.append,
        )
        while not sending.done() or figures(engine).inbox:
            machine.tend()
            board.show(("callbacks answered", f"{len(arrived)}, some of them twice"))
            time.sleep(0.5)
        board.show(("callbacks answered", f"{len(arrived)}, some of them twice"))
        processes = psutil.Process().children(recursive=True)
    survivors = _survivors(processes)
    keys = {each.dedupe_key for each in callbacks if not isinstance(each, bytes)}
    lost = len(sending.result().lost)
    handled = figures(engine).events
    engine.dispose()
    print(f"{number} callbacks were sent, {lost} were lost.")
    print(f"{len(keys)} different events were sent, {handled} took effect, once each.")
    print(f"{len(processes)} processes were started, {len(survivors)} still run.")
    if survivors or lost or handled != len(keys):
        print((folder / "log").read_text(), file=sys.stderr)
        return 1
    return 0

"""Run the web server and the workers on one machine, and show a live table."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from rich.live import Live
from rich.table import Table
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from .figures import figures

_PATIENCE = 10  # seconds for pending requests and batches at the end
_START = 30  # seconds for the start of the web server
_ENDS = 3  # of processes, before the web server listens
_TAIL = 2000  # characters of the log
_FOLDER = f"{Path(__file__).parents[1]}"  # where Python finds this package
_APP = ["-m", "uvicorn", "--factory", "durable.web:create_app", "--no-access-log"]


class Machine:
    """Processes that are restarted when they end.

    In production, systemd or a container platform restarts them.
    """

    def __init__(self, port: int, *, web: int, workers: int, log: Path) -> None:
        server = [*_APP, "--host", "127.0.0.1", "--port", f"{port}", "--workers", f"{web}"]
        self.url = f"http://127.0.0.1:{port}/callbacks"
        # Otherwise, the server of somebody else would pass for this one.
        socket.create_server(("127.0.0.1", port)).close()
        self._port = port
        self._commands = [server, *[["-m", "durable", "work"]] * workers]
        self._path = log
        self._log = log.open("ab")
        self._processes = [self._start(command) for command in self._commands]

    def _start(self, command: list[str]) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(  # noqa: S603  # the commands are above
            [sys.executable, *command],
            # The directory stays, because the path of an SQLite database may be relative to it.
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(
                    filter(None, [_FOLDER, os.environ.get("PYTHONPATH")])
                ),
            },
            stdout=self._log,
            stderr=self._log,
        )

    def tend(self) -> int:
        """Restart processes that have ended, and return their number."""
        number = 0
        for place, command in enumerate(self._commands):
            if self._processes[place].poll() is not None:
                self._processes[place] = self._start(command)
                number += 1
        return number

    def wait(self) -> None:
        """Wait until the web server listens.

        Raises:
            RuntimeError: The web server does not start, or processes end repeatedly.
        """
        ends, deadline = 0, time.monotonic() + _START
        while ends < _ENDS and time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self._port), timeout=1).close()
            except OSError:
                ends += self.tend()
                time.sleep(0.1)
            else:
                return
        tail = self._path.read_text(errors="replace")[-_TAIL:]
        raise RuntimeError(f"the web server does not start; the end of {self._path}:\n{tail}")

    def stop(self) -> None:
        """Stop every process. Pending requests and batches are finished first."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            try:
                process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._log.close()


@contextmanager
def running(
    port: int, *, web: int = 2, workers: int = 2, log: Path = Path("durable.log")
) -> Generator[Machine, None, None]:
    """Run the web server and the workers until the block ends."""
    machine = Machine(port, web=web, workers=workers, log=log)
    try:
        machine.wait()
        yield machine
    finally:
        machine.stop()


class Board:
    """A live table of the database's numbers."""

    def __init__(self, engine: Engine, live: Live, title: str) -> None:
        self._engine = engine
        self._live = live
        self._title = title
        self._before = (time.monotonic(), 0)

    def show(self, *rows: tuple[str, str]) -> None:
        """Refresh the table, and add rows at its top."""
        table = Table("what", "how much", title=self._title, min_width=60)
        for row in rows:
            table.add_row(*row)
        try:
            now = figures(self._engine)
        except SQLAlchemyError:
            table.add_row("the database", "does not answer")
        else:
            clock, before = self._before
            self._before = (time.monotonic(), now.events)
            rate = (now.events - before) / max(self._before[0] - clock, 0.001)
            table.add_row("bodies in the inbox", f"{now.inbox} (oldest: {now.oldest_seconds} s)")
            table.add_row("events in effect", f"{now.events} ({rate:.0f} a second)")
            table.add_row("texts", f"{now.texts}")
            table.add_row("people who opted out or in", f"{now.opt_outs}")
            for stage, number in now.stages.items():
                table.add_row(f"messages {stage}", f"{number}")
            for code, number in now.dead_letters.items():
                table.add_row(f"dead letters, {code}", f"{number}")
        self._live.update(table, refresh=True)

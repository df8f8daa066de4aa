"""The recipe's processes, which can be killed, frozen, and started again."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Final
from uuid import uuid4

import psutil

_PATIENCE: Final = 30  # seconds for a start or an end
_WEB: Final = 2
_MOMENT: Final = 5  # seconds for an orphan to notice that its parent has ended
MARK: Final = {"SCALE_TOKEN": uuid4().hex}
"""In the environment of everything that is started, so that it can be found at the end."""


def left(folder: Path) -> list[psutil.Process]:
    """Return the processes that should have ended, by their mark, or because they are in a folder.

    PostgreSQL's backends show their titles in the place of their environment, so they have no mark.
    """
    found = [each for each in psutil.process_iter() if _is_ours(each, folder.resolve())]
    _, alive = psutil.wait_procs(found, timeout=_MOMENT)
    return alive


def _is_ours(process: psutil.Process, folder: Path) -> bool:
    with suppress(psutil.Error):
        return process.environ().items() >= MARK.items() or Path(process.cwd()).is_relative_to(
            folder
        )
    return False


def wait_until(is_met: Callable[[], bool], what: str, patience: float = _PATIENCE) -> None:
    """Wait for a condition, and raise an error if it is not met in time."""
    deadline = time.monotonic() + patience
    while not is_met():
        if time.monotonic() > deadline:
            raise RuntimeError(f"{what}: not within {patience:g} s")
        time.sleep(0.02)


def free_port(random: Random) -> int:
    """Return a port that is free, below those that the system gives to clients."""
    while True:
        port = random.randrange(20_000, 30_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def is_open(port: int) -> bool:
    with suppress(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    return False


class Family:
    """A process, with all that it starts."""

    _main: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        return self._main is not None and self._main.poll() is None

    @property
    def processes(self) -> list[psutil.Process]:
        """The process, and those that it started."""
        if self._main is None or not self.is_running:
            return []
        main = psutil.Process(self._main.pid)
        return [main, *main.children(recursive=True)]


class Server(Family):
    """A server that can be killed and frozen.

    Its processes can be in several process groups, so each process gets the signal.
    """

    port: int

    def kill(self) -> None:
        """End it with SIGKILL, and all of its processes."""
        assert self._main
        processes = self.processes
        self._signal(signal.SIGKILL)
        self._main.wait()
        psutil.wait_procs(processes)
        wait_until(lambda: not is_open(self.port), "a server that was killed closes its port")

    def freeze(self) -> None:
        """Let it hang: the system accepts connections, and nothing is answered."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        for process in self.processes:
            with suppress(psutil.NoSuchProcess):  # it may just have ended
                process.send_signal(number)

    def _end(self, number: signal.Signals, patience: float) -> None:
        """Stop it in order with a signal."""
        self.thaw()
        if self._main is not None and self.is_running:
            self._main.send_signal(number)
            try:
                self._main.wait(patience)
            except subprocess.TimeoutExpired:
                self.kill()
                raise


class Service(Family):
    """A command of the recipe, with all that it starts."""

    def __init__(
        self, name: str, words: list[str], environment: Mapping[str, str], log: Path
    ) -> None:
        self.name = name
        self._words = words
        self._environment = {**os.environ, **MARK, **environment, "PGAPPNAME": name}
        self._log = log

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._main = subprocess.Popen(
                [sys.executable, "-m", *self._words],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        assert self._main
        return self._main.pid

    def end(self, number: signal.Signals) -> None:
        """End the process, and with SIGKILL all that it started, the youngest too.

        Raises:
            TimeoutExpired: The process did not end in time, and has been killed.
        """
        if self._main is None or not self.is_running:
            return
        family = self.processes
        if number is signal.SIGKILL:
            self._signal(number)
        else:
            self._main.send_signal(number)
        try:
            self._main.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)
            raise
        finally:
            psutil.wait_procs(family, timeout=_PATIENCE)

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self._main is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._main.pid, number)


@contextmanager
def running(services: Iterable[Service]) -> Generator[None]:
    """Start services, and end them, whatever happens."""
    with ExitStack() as stack:
        for service in services:
            stack.callback(service.end, signal.SIGTERM)
            stack.callback(service.thaw)
            service.start()
        yield


class Web(Service):
    """The web server: a parent, and processes that serve."""

    def __init__(
        self,
        app: str,
        port: int,
        environment: Mapping[str, str],
        log: Path,
        processes: int = _WEB,
    ) -> None:
        words = ["uvicorn", "--factory", app, "--no-access-log"]
        words += ["--host", "127.0.0.1", "--port", f"{port}", "--workers", f"{processes}"]
        super().__init__("web", words, environment, log)
        self.port = port
        self.url = f"http://127.0.0.1:{port}/callbacks"

    def start(self) -> None:
        self._wait(is_listening=False)  # just after a kill, the port is open for a moment
        super().start()
        self._wait(is_listening=True)

    def _wait(self, *, is_listening: bool) -> None:
        deadline = time.monotonic() + _PATIENCE
        while is_open(self.port) != is_listening:
            if time.monotonic() > deadline:
                raise RuntimeError(f"the web server does not start:\n{self._log.read_text()}")
            time.sleep(0.05)

    @property
    def serving(self) -> list[psutil.Process]:
        """The processes that answer requests."""
        return [each for each in self.processes if each.pid != self.pid and _is_serving(each)]


def _is_serving(process: psutil.Process) -> bool:
    """Return whether a process is neither a zombie nor a helper of Python's."""
    with suppress(psutil.Error):
        return "resource_tracker" not in " ".join(process.cmdline())
    return False


def requests_at(process: psutil.Process, port: int) -> int:
    """Return how many connections of clients a process has open."""
    return sum(own == port for own, _ in _connections(process))


def connections_to(port: int, process: psutil.Process) -> int:
    """Return how many connections a process has to a server."""
    return sum(other == port for _, other in _connections(process))


def _connections(process: psutil.Process) -> list[tuple[int, int]]:
    """Return the ports of this side, and of the other side."""
    with suppress(psutil.Error):
        return [
            (each.laddr.port, each.raddr.port)
            for each in process.net_connections("tcp4")
            if each.status == psutil.CONN_ESTABLISHED
        ]
    return []

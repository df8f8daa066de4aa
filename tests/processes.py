"""Servers as processes of their own, on ports of loopback that the system chooses."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True, slots=True)
class Process:
    """A process, and all that it started."""

    main: subprocess.Popen[bytes]
    log: Path

    @property
    def output(self) -> str:
        """What it has printed so far."""
        return self.log.read_text(errors="replace")

    @property
    def family(self) -> list[psutil.Process]:
        """What runs of it; nothing, if the process itself has ended."""
        try:
            main = psutil.Process(self.main.pid)
            return [main, *main.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def root(self) -> str:
        """Wait until something of it listens, and give the URL, without a slash at the end.

        Raises:
            RuntimeError: It ended before.
        """
        while self.main.poll() is None:
            ports = [port for process in self.family for port in _ports(process)]
            if ports:
                return f"http://127.0.0.1:{ports[0]}"
            time.sleep(0.02)
        raise RuntimeError(f"it ended:\n{self.output}")


def _ports(process: psutil.Process) -> list[int]:
    """Give the ports on which a process listens."""
    ports: list[int] = []
    with suppress(psutil.Error):  # it may just have ended
        connections = process.net_connections("tcp4")
        ports += [each.laddr.port for each in connections if each.status == psutil.CONN_LISTEN]
    return ports


@contextmanager
def running(
    *command: str, directory: Path, environment: Mapping[str, str], patience: float = 20
) -> Generator[Process]:
    """Run a command until the block ends; then nothing that it started runs any more.

    Args:
        command: Its words. The program is looked for beside this Python first.
        directory: Where it runs.
        environment: What it finds in its environment beside what this process does.
        patience: How many seconds it may take to end when asked to, before it is made to.
    """
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "output")
        with log.open("wb") as output:
            main = subprocess.Popen(
                command,
                cwd=directory,
                env={
                    **os.environ,
                    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
                    "PYTHONUNBUFFERED": "1",
                    **environment,
                },
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        process = Process(main, log)
        try:
            yield process
        finally:
            family = process.family
            main.terminate()
            psutil.wait_procs(family, timeout=patience)
            with suppress(ProcessLookupError):
                os.killpg(main.pid, signal.SIGKILL)
            main.wait()
            psutil.wait_procs(family)

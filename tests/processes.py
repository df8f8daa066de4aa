"""Run servers as separate processes, on loopback ports that the system chooses."""

import os
import signal
import socket
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
    """A process and its descendants."""

    main: subprocess.Popen[bytes]
    log: Path

    @property
    def output(self) -> str:
        """The output of the process so far."""
        return self.log.read_text(errors="replace")

    @property
    def family(self) -> list[psutil.Process]:
        """The process and its running descendants; empty if the process itself has ended."""
        try:
            main = psutil.Process(self.main.pid)
            return [main, *main.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def root(self) -> str:
        """Wait until the process listens, and return the URL without a trailing slash.

        Raises:
            RuntimeError: The process ended before it listened.
        """
        while self.main.poll() is None:
            ports = [port for process in self.family for port in _ports(process)]
            if ports:
                return f"http://127.0.0.1:{ports[0]}"
            time.sleep(0.02)
        raise RuntimeError(f"the process ended:\n{self.output}")


def _ports(process: psutil.Process) -> list[int]:
    """Return the ports on which a process listens."""
    ports: list[int] = []
    with suppress(psutil.Error):  # the process may have just ended
        connections = process.net_connections("tcp4")
        ports += [each.laddr.port for each in connections if each.status == psutil.CONN_LISTEN]
    return ports


def free_port() -> int:
    """Return a port that is free now, for a program that cannot let the system choose."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


@contextmanager
def running(
    *command: str, directory: Path, environment: Mapping[str, str], patience: float = 20
) -> Generator[Process]:
    """Run a command until the block ends, then stop the command and its descendants.

    Args:
        command: The words of the command. The program is searched for beside this Python first.
        directory: The working directory.
        environment: Environment variables in addition to those of this process.
        patience: The seconds between the request to end and the kill.
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

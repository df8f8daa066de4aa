"""The databases: SQLite in a folder, and PostgreSQL as a private instance that can be killed."""

import os
import shutil
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from random import Random
from typing import Final

import psutil
import psycopg
from typing_extensions import LiteralString

from .packages import install
from .processes import MARK, Server, Service, free_port, wait_until

_OBSERVER: Final = "observer"
_PATIENCE: Final = 60  # seconds for a start, with a recovery


class Database(ABC):
    """A database that can be disturbed."""

    url: str

    @abstractmethod
    def start(self) -> None:
        """Start it."""

    @abstractmethod
    def stop(self) -> None:
        """Stop it in order."""

    @property
    @abstractmethod
    def processes(self) -> list[psutil.Process]:
        """Everything that runs of it."""

    @abstractmethod
    def is_used_by(self, name: str, pid: int) -> bool:
        """Return whether a process is connected."""

    @abstractmethod
    def is_working_for(self, name: str, pid: int) -> bool:
        """Return whether a process has a transaction open."""

    @abstractmethod
    def is_written_by(self, name: str, pid: int) -> bool:
        """Return whether a process has a transaction open that has changed something."""

    def wait_for(self, services: Iterable[Service]) -> None:
        """Wait until each of some processes has started, and is connected."""
        for each in services:
            wait_until(partial(self.is_used_by, each.name, each.pid), f"{each.name} connects")


class SQLite(Database):
    """A file: there is nothing to start or to kill but its users."""

    def __init__(self, folder: Path) -> None:
        self._file = folder.resolve() / "durable.db"
        self.url = f"sqlite:///{self._file}"

    def start(self) -> None: ...

    def stop(self) -> None: ...

    @property
    def processes(self) -> list[psutil.Process]:
        return []

    def is_used_by(self, name: str, pid: int) -> bool:
        del name
        return any(each.path == f"{self._file}" for each in psutil.Process(pid).open_files())

    def is_working_for(self, name: str, pid: int) -> bool:
        return self.is_written_by(name, pid)

    def is_written_by(self, name: str, pid: int) -> bool:
        """Look for the lock of a writer, which the system lists with its process."""
        del name
        inode = Path(f"{self._file}-shm").stat().st_ino
        for line in Path("/proc/locks").read_text().splitlines():
            # 1: POSIX ADVISORY WRITE 1234 fe:00:5678 120 120, where 120 is the lock to write.
            words = line.split()
            if words[3:5] == ["WRITE", f"{pid}"] and words[5].endswith(f":{inode}"):
                return words[6] == "120"
        return False


class PostgreSQL(Server, Database):
    """An instance on loopback with its data in a folder, run by a user without privileges."""

    def __init__(self, folder: Path, random: Random) -> None:
        self._programs = _programs()
        self._folder = folder / "postgresql"
        self._log = folder / "postgresql.log"
        self._user = "postgres" if os.geteuid() == 0 else None
        self.port = free_port(random)
        self.url = f"postgresql://durable@127.0.0.1:{self.port}/postgres"
        self._observer: psycopg.Connection | None = None
        self._folder.mkdir()
        if self._user:
            shutil.chown(self._folder, self._user)
            folder.chmod(0o755)
        subprocess.run(
            [
                self._programs / "initdb",
                *("--pgdata", self._folder, "--username", "durable", "--auth", "trust"),
                *("--encoding", "UTF8", "--no-locale", "--no-sync"),
            ],
            user=self._user,
            check=True,
            stdout=subprocess.DEVNULL,
        )

    @staticmethod
    def version() -> str:
        """Return the name and the number."""
        command = [f"{_programs()}/postgres", "--version"]
        words = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        return f"PostgreSQL {words.split()[2]}"

    def start(self) -> None:
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            # Just after a kill, the start can fail: shared memory is still there, or a backend.
            if not self.is_running:
                self._main = self._run()
            with suppress(psycopg.OperationalError):
                psycopg.connect(self.url, connect_timeout=2).close()
                return
            time.sleep(0.1)
        raise RuntimeError(f"PostgreSQL did not start:\n{self._log.read_text()}")

    def _run(self) -> "subprocess.Popen[bytes]":
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [
                    self._programs / "postgres",
                    *("-D", self._folder, "-p", f"{self.port}"),
                    *("-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="),
                ],
                env={**os.environ, **MARK},
                user=self._user,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self) -> None:
        """End it with SIGKILL, and all of its processes."""
        self._let_go()
        super().kill()

    def stop(self) -> None:
        self._let_go()
        self._end(signal.SIGINT, _PATIENCE)  # which ends sessions, and stops in order

    def _let_go(self) -> None:
        if self._observer is not None:
            self._observer.close()

    def is_used_by(self, name: str, pid: int) -> bool:
        del pid
        return self._count("true", [name]) > 0

    def is_working_for(self, name: str, pid: int) -> bool:
        del pid
        return self._count("state <> 'idle'", [name]) > 0

    def is_written_by(self, name: str, pid: int) -> bool:
        del pid
        return self.sessions_that_write([name]) > 0

    def sessions_that_write(self, names: Sequence[str]) -> int:
        """Return how many sessions of some processes have changed something, and not committed.

        A worker that finds nothing in the inbox changes nothing, so it has no transaction id.
        """
        return self._count("backend_xid IS NOT NULL", names)

    def _count(self, condition: LiteralString, names: Sequence[str]) -> int:
        if self._observer is None or self._observer.closed:
            self._observer = psycopg.connect(self.url, autocommit=True, application_name=_OBSERVER)
        query: LiteralString = (
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = ANY(%s) AND "
        )
        row = self._observer.execute(query + condition, [list(names)]).fetchone()
        return row[0] if row else 0


def _programs() -> Path:
    """Return the folder of PostgreSQL's programs; install the distribution's package if needed."""
    install("postgresql", is_there=_installed)
    return _installed()[-1]


def _installed() -> list[Path]:
    names = [
        *map(str, Path("/usr/lib/postgresql").glob("*/bin/postgres")),
        shutil.which("postgres"),
    ]
    return sorted(Path(name).parent for name in names if name)

"""What uses the processors: groups of processes, and other programs of the machine."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Final, Protocol

import psutil

_CALM: Final = 0.2  # processors that others may use while figures are recorded
_LOOK: Final = 2.0  # seconds


class BusyMachineError(Exception):
    """Other programs used the processors, so that figures would be too low."""

    def __init__(self, foreign: float) -> None:
        super().__init__(f"other programs use {foreign:.1f} processors, and {_CALM:g} are allowed")


class Runs(Protocol):
    """Something that consists of processes."""

    @property
    def processes(self) -> list[psutil.Process]: ...


def is_calm(foreign: float) -> bool:
    """Return whether others used so few processors that a figure may be recorded."""
    return foreign <= _CALM


def require_calm() -> None:
    """Look at the machine for a moment, and raise an error if it is busy."""
    meter = Meter.of([])
    time.sleep(_LOOK)
    meter.require_calm()


def _seconds(process: psutil.Process) -> float | None:
    """Return what a process has used; `None` if it has just ended, as some of PostgreSQL's do."""
    with suppress(psutil.NoSuchProcess):
        times = process.cpu_times()
        return times.user + times.system
    return None


class Meter:
    """Reads the processor time of groups of processes, and of the machine."""

    def __init__(self, groups: Mapping[str, Callable[[], Iterable[psutil.Process]]]) -> None:
        self._groups = groups
        self._began = (self._times(), self._machine(), time.monotonic())

    @classmethod
    def of(cls, parts: Sequence[Runs]) -> "Meter":
        """Read the time of this process and of some parts together."""
        return cls(
            {"": lambda: [psutil.Process(), *(one for each in parts for one in each.processes)]}
        )

    def _times(self) -> dict[str, dict[int, float]]:
        """Return the seconds of each process; what starts later begins with none."""
        return {
            name: {each.pid: seconds for each in group() if (seconds := _seconds(each)) is not None}
            for name, group in self._groups.items()
        }

    @staticmethod
    def _machine() -> float:
        times = psutil.cpu_times()
        return times.user + times.nice + times.system

    def require_calm(self) -> float:
        """Return the seconds since the beginning; raise an error if others used the processors."""
        seconds = time.monotonic() - self._began[2]
        _, foreign = self.read()
        if not is_calm(foreign):
            raise BusyMachineError(foreign)
        return seconds

    def read(self) -> tuple[dict[str, float], float]:
        """Return the seconds that each group used, and the processors that others used."""
        before, machine, clock = self._began
        used = {
            name: sum(now.values()) - sum(before[name].get(pid, 0) for pid in now)
            for name, now in self._times().items()
        }
        foreign = self._machine() - machine - sum(used.values())
        return used, max(0.0, foreign / (time.monotonic() - clock))

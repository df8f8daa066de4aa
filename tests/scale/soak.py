"""The soak: deliver callbacks, kill everything meanwhile, and compare what is stored."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from multiprocessing import get_context
from multiprocessing.pool import AsyncResult, Pool
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Final

from bandwidth_events.endpoint import Simulation

from .faults import FAULTS, Fault
from .history import bodies
from .hits import MissedError, finds_idle_work
from .kinds import Kind, build
from .outcome import expected
from .trial import Trial, send

_WORST_ANSWER: Final = 6.0  # seconds
_WORST_503: Final = 5.0  # seconds
_WORST_CHALLENGE: Final = 2.0  # seconds: a 401 waits for no store, only for a busy machine
_SENDER_PATIENCE: Final = 240  # seconds for one part
_TRIES: Final = 3
_MANY: Final = 10_000  # callbacks deserve a dozen of faults
_DOZEN: Final = 12
_ENOUGH: Final = 7  # faults, for a bug to show
_UNAUTHORIZED: Final = 401
_UNAVAILABLE: Final = 503


@dataclass(frozen=True)
class Figures:
    """What a soak measured."""

    callbacks: int
    seconds: float
    median: float
    p99: float
    worst: float
    worst_fault: str
    """Which fault the worst answer came during."""

    worst_503: float
    worst_challenge: float
    redeliveries: int
    faults: int

    def __str__(self) -> str:
        return (
            f"{self.callbacks:,} callbacks and {self.faults} faults in {self.seconds:.0f} s:"
            f" {self.callbacks / self.seconds:.0f} a second, {self.redeliveries:,} redeliveries."
            f" Answers: half within {self.median * 1000:.0f} ms, 99 % within"
            f" {self.p99 * 1000:.0f} ms, the worst after {self.worst:.1f} s,"
            f" the worst 401 after {self.worst_challenge:.1f} s."
        )


@dataclass(frozen=True)
class Result:
    """What came of a soak."""

    figures: Figures | None
    damage: str | None
    """What was lost, or is in the database and should not be."""

    trouble: str | None
    """Anything else that is not as it should be."""

    @property
    def differences(self) -> list[str]:
        return [each for each in (self.damage, self.trouble) if each is not None]


class Sending:
    """Delivers bodies in another process, which ends if this one has to."""

    def __init__(self, sender: Pool, url: str, bodies: Sequence[bytes]) -> None:
        self._sender = sender
        self._arguments = (url, bodies)
        self._result: AsyncResult[Simulation] | None = None

    def start(self) -> None:
        self._result = self._sender.apply_async(send, self._arguments)

    def result(self) -> Simulation:
        if self._result is None:
            self.start()
        assert self._result
        return self._result.get(_SENDER_PATIENCE)


def soak(kind: Kind, number: int, seed: int, *, bug: str | None = None) -> Result:
    """Deliver callbacks from a seed and disturb everything; one part for each fault."""
    random = Random(seed)
    sent = bodies(number, seed)
    rounds = 1 if number < _MANY or len(FAULTS[kind]) >= _DOZEN else 2
    chosen = FAULTS[kind] * rounds if bug is None else FAULTS[kind][:_ENOUGH]
    faults: list[Fault | None] = [None, *chosen]
    size = ceil(len(sent) / len(faults))
    parts = [sent[start : start + size] for start in range(0, len(sent), size)]
    simulations: list[tuple[str, Simulation]] = []
    began = monotonic()
    with _trial(kind, random, bug) as trial:
        if finds_idle_work(trial):
            return Result(None, None, "workers that wait for bodies count as work in progress")
        with get_context("spawn").Pool(1) as sender:  # its own processor time
            for part, fault in zip(parts, faults, strict=True):
                has_hit = _disturb(trial, sender, part, fault, simulations)
                # With a bug that answers too early, no request may be in progress for long.
                if not has_hit and bug is None:
                    return Result(None, None, f"{_name(fault)}: it never hit work in progress")
        seconds = monotonic() - began
        outcome = trial.settle()
        gone, buried = trial.gone, trial.buried()
        left = trial.stop()
        log = trial.log
    figures = _figures(simulations, seconds, len(faults) - 1)
    lost = sum(len(each.lost) for _, each in simulations)
    damage = outcome.difference(expected(sent))
    if lost:
        damage = f"the sender lost {lost} callbacks"
    trouble: str | None = None
    if buried:
        trouble = f"{buried} bodies came back from consumers too often"
    elif left:
        trouble = f"{left} processes were left"
    elif gone:
        trouble = f"{', '.join(gone)} ended without being told to:\n{_reason(log)}"
    elif trial.unhandled:
        trouble = f"{trial.unhandled} bodies are still waiting for a worker"
    elif figures.worst > _WORST_ANSWER:
        trouble = f"an answer came after {figures.worst:.1f} s, during: {figures.worst_fault}"
    elif figures.worst_503 > _WORST_503:
        trouble = f"a 503 came after {figures.worst_503:.1f} s"
    elif figures.worst_challenge > _WORST_CHALLENGE:
        trouble = f"a 401 came after {figures.worst_challenge:.1f} s"
    return Result(figures, damage, trouble)


def _reason(log: str) -> str:
    """Return the last thing that a process said before it ended, as far as one can tell."""
    return log[max(log.rfind("Traceback"), 0) :][:3000]


def _disturb(
    trial: Trial,
    sender: Pool,
    part: Sequence[bytes],
    fault: Fault | None,
    simulations: list[tuple[str, Simulation]],
) -> bool:
    """Deliver bodies, and let a fault hit meanwhile; return whether it hit work in progress.

    If the sender was faster than the fault, it delivers the same bodies again: duplicates.
    """
    for _ in range(_TRIES):
        sending = Sending(sender, trial.web.url, part)
        has_hit = True
        try:
            if fault is None:
                sending.start()
            else:
                print(f"  {_name(fault)}: {fault(trial, sending.start)}", flush=True)
        except MissedError:
            trial.thaw()
            has_hit = False
        simulations.append((_name(fault), sending.result()))
        if has_hit:
            return True
    return False


@contextmanager
def _trial(kind: Kind, random: Random, bug: str | None) -> Generator[Trial]:
    with TemporaryDirectory() as name:
        folder = Path(name)
        trial = Trial(kind, build(kind, folder, random), folder, random, bug)
        try:
            trial.start()
            yield trial
        finally:
            trial.stop()


def _figures(simulations: Sequence[tuple[str, Simulation]], seconds: float, faults: int) -> Figures:
    deliveries = [delivery for _, each in simulations for delivery in each.deliveries]
    exchanges = [exchange for _, each in simulations for exchange in each.exchanges]
    worst, worst_fault = max(
        (exchange.seconds, name) for name, each in simulations for exchange in each.exchanges
    )
    answers = sorted(each.seconds for each in exchanges if each.is_success)
    challenges = [each.seconds for each in exchanges if each.has_status(_UNAUTHORIZED)]
    return Figures(
        len(deliveries),
        seconds,
        answers[len(answers) // 2],
        answers[len(answers) * 99 // 100],
        worst,
        worst_fault,
        max([0.0, *(each.seconds for each in exchanges if each.has_status(_UNAVAILABLE))]),
        max(challenges),
        sum(len(delivery.attempts) - 1 for delivery in deliveries),
        faults,
    )


def _name(fault: Fault | None) -> str:
    return getattr(fault, "__name__", "no fault").replace("_", " ")

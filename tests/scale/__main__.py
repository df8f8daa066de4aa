"""Prove that the recipes `durable` and `broker` lose nothing: ``python -m scale --help``."""

import argparse
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from random import Random, SystemRandom
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Final

from typing_extensions import ParamSpec

from .aws_crashes import AWS_BUGS
from .broker_bugs import BROKER_BUGS
from .bugs import BUGS
from .celery_crashes import CELERY_BUGS
from .kinds import BROKER, DURABLE, KINDS, Kind, build
from .meter import BusyMachineError
from .page import PAGE
from .poison import poison
from .record import COMMANDS, record
from .refusals import refusals
from .soak import soak

P = ParamSpec("P")
_DIFFERENCE: Final = "missing or other"
_RUNS: Final = 3  # within which a soak has to notice a planted bug
_FEW: Final = 700  # callbacks, with every kind of fault
_SOME: Final = 1_000  # more, because consumers hold some of them in advance
_PROCESSORS: Final = 2  # enumerations at once
_PLANTED: Final[tuple[Kind, ...]] = (*DURABLE, "rabbitmq")  # where soaks can plant bugs
_MANY: Final = 10_000  # from this number, brokers are tried as well


def main() -> int:
    """Run all proofs, or the soaks that the arguments ask for."""
    parser = argparse.ArgumentParser(prog="python -m scale")
    parser.add_argument("callbacks", type=int, nargs="?", default=2_000)
    parser.add_argument("--seed", type=int, help="of a soak that is to be repeated")
    parser.add_argument("--kind", choices=KINDS, action="append")
    parser.add_argument("--bug", choices=[*BUGS, *BROKER_BUGS], help="plant it, and soak")
    parser.add_argument("--bugs", action="store_true", help="plant each, and soak")
    parser.add_argument("--record", action="store_true", help="write figures to docs/scaling.md")
    arguments = parser.parse_args()
    began = monotonic()
    number: int = arguments.callbacks
    kinds: list[Kind] = arguments.kind or [*DURABLE, *(BROKER if number >= _MANY else ())]
    if arguments.bugs and not {*kinds}.issubset(_PLANTED):
        parser.error(f"--bugs: the kinds are {', '.join(_PLANTED)}")
    if arguments.record and (number, tuple(kinds)) not in COMMANDS:
        parser.error(f"--record: the commands are {', '.join(COMMANDS.values())}")
    if arguments.record:
        is_well = _is_recorded(number, kinds)
    elif arguments.bugs:
        is_well = _are_noticed(arguments.kind or ["sqlite", "rabbitmq"])
    elif arguments.bug or arguments.seed is not None:
        is_well = _soak(kinds, number, arguments.seed, arguments.bug)
    else:
        is_well = (
            _timed("The enumeration", _enumerate, kinds)
            and _timed("The planted bugs", _are_enumerated, kinds)
            and ("rabbitmq" not in kinds or _timed("The deadly body", _kills_alone))
            and _timed("The soaks", _soak, kinds, number, None, None)
        )
    print(f"{'All is well' if is_well else 'Something is wrong'}, {monotonic() - began:.0f} s.")
    return 0 if is_well else 1


def _timed(name: str, prove: Callable[P, bool], *arguments: P.args, **options: P.kwargs) -> bool:
    """Prove something, and print how long it takes."""
    began = monotonic()
    is_well = prove(*arguments, **options)
    print(f"{name} took {monotonic() - began:.0f} s.", flush=True)
    return is_well


def _is_recorded(number: int, kinds: list[Kind]) -> bool:
    """Write the figures into the page, unless other programs would spoil them."""
    try:
        return record(PAGE, number, tuple(kinds))
    except BusyMachineError as error:
        print(f"Nothing is recorded: {error}")
        return False


def _are_noticed(kinds: list[Kind]) -> bool:
    """Plant each bug where it can be planted."""
    noticed = [
        _is_noticed(kind, bug)
        for kind in kinds
        for bug in (BUGS if kind in DURABLE else BROKER_BUGS)
    ]
    return all(noticed)


def _enumerate(kinds: list[Kind]) -> bool:
    """End the process at every step of each application."""
    with ExitStack() as stack, ThreadPoolExecutor(_PROCESSORS) as threads:
        commands: dict[str, list[str]] = {}
        if "sqlite" in kinds:
            commands["SQLite"] = ["crashes"]
            commands["AWS"] = ["aws_crashes"]
        if "postgresql" in kinds:
            folder = Path(stack.enter_context(TemporaryDirectory()))
            database = build("postgresql", folder, Random())
            stack.callback(database.stop)
            database.start()
            commands["PostgreSQL"] = ["crashes", "--url", database.url, "--way", "exit"]
        if "celery" in kinds:
            commands["Celery"] = ["celery_crashes"]
        if "rabbitmq" in kinds:
            commands["aio-pika"] = ["broker_crashes"]
            commands["RabbitMQ"] = ["broker_crashes", "--broker", "--way", "exit"]
        for name, done in zip(commands, threads.map(_crashes, commands.values()), strict=True):
            print(f"The process ends, or a step fails, at every step ({name}):")
            print(done.stdout, end="", flush=True)
            if done.returncode:
                return False
    return True


def _are_enumerated(kinds: list[Kind]) -> bool:
    """Plant each bug, and let the enumeration find it."""
    planted: list[tuple[str, str]] = []
    if not {*DURABLE}.isdisjoint(kinds):
        planted += [("crashes", bug) for bug in BUGS]
        planted += [("aws_crashes", bug) for bug in AWS_BUGS]
    if "rabbitmq" in kinds:
        # Only the broker's own end shows that nobody waits for its confirmation.
        bugs = [bug for bug in BROKER_BUGS if bug != "no confirmation"]
        planted += [("broker_crashes", bug) for bug in bugs]
    if "celery" in kinds:
        planted += [("celery_crashes", bug) for bug in CELERY_BUGS]
    with ThreadPoolExecutor(_PROCESSORS) as threads:
        return all(list(threads.map(_is_enumerated, planted)))


def _is_enumerated(planted: tuple[str, str]) -> bool:
    module, bug = planted
    done = _crashes([module, "--bug", bug, "--way", "error", "--way", "exit"])
    is_noticed = done.returncode == 1 and _DIFFERENCE in done.stdout
    print(f"Planted: {bug}: {'noticed' if is_noticed else 'NOT NOTICED'}", flush=True)
    return is_noticed


def _crashes(words: list[str]) -> "subprocess.CompletedProcess[str]":
    module, *arguments = words
    command = [sys.executable, "-m", f"scale.{module}", *arguments]
    return subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)


def _kills_alone() -> bool:
    """Let a body kill its consumers, and its neighbours take effect; let brokers refuse."""
    difference = poison() or refusals()
    if difference is not None:
        print(f"  DIFFERENCE: {difference}")
    return difference is None


def _is_noticed(kind: Kind, bug: str) -> bool:
    """Plant a bug, and soak until it is noticed."""
    for run in range(1, _RUNS + 1):
        print(f"Planted: {bug}", flush=True)
        result = soak(kind, _FEW if kind in DURABLE else _SOME, run, bug=bug)
        if result.damage is not None:
            print(f"  noticed in run {run}: {result.damage}", flush=True)
            return True
        print(
            f"  nothing lost or double in run {run}: {result.trouble or 'all is well'}", flush=True
        )
    print("  NOT NOTICED", flush=True)
    return False


def _soak(kinds: list[Kind], number: int, seed: int | None, bug: str | None) -> bool:
    """Kill everything meanwhile; say what differed, with the seed of the bodies and the faults."""
    if seed is None:
        seed = SystemRandom().randrange(10**6)
    for kind in kinds:
        print(f"Everything is killed while callbacks come ({kind}, seed {seed}):", flush=True)
        result = soak(kind, number, seed, bug=bug)
        if result.figures is not None:
            print(f"  {result.figures}")
        if result.differences:
            words = f"{number} --kind {kind} --seed {seed}" + (f' --bug "{bug}"' if bug else "")
            for difference in result.differences:
                print(f"  DIFFERENCE: {difference}")
            print(f"  To repeat it: make scale SCALE='{words}'")
            return False
        print("  Every effect is there once, and every dead letter with its reason.", flush=True)
    return True


if __name__ == "__main__":
    sys.exit(main())

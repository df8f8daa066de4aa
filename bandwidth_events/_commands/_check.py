"""The command ``check``."""

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from ._command import Command, CommandError
from ._endpoint import configure_endpoint, progress, read_credentials, read_url
from ._junit import junit
from ._terminal import printable

if TYPE_CHECKING:
    from bandwidth_events.endpoint import Scenario, ScenarioResult


def _configure(parser: ArgumentParser) -> None:
    configure_endpoint(parser)
    parser.add_argument(
        "--scenario",
        action="append",
        metavar="NAME",
        dest="names",
        help="run only this scenario; can be given several times",
    )
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    parser.add_argument(
        "--junit", type=Path, metavar="FILE", help="also write the results as JUnit XML"
    )


def _run(options: Namespace) -> int:
    from bandwidth_events.endpoint import UnreachableError, check

    scenarios = _choose(options.names)
    url = read_url(options)
    credentials = read_credentials()
    with ExitStack() as stack:
        path: Path | None = options.junit
        is_new = path is not None and not path.exists()
        # Open the file first: a file that cannot be written must not cost the results.
        file = None if path is None else stack.enter_context(_open(path))
        try:
            with progress(len(scenarios), "scenarios") as advance:
                results = check(
                    url,
                    credentials,
                    scenarios=scenarios,
                    time_limit=options.time_limit,
                    allow_remote=options.allow_remote,
                    on_result=lambda _: advance(),
                )
        except UnreachableError as error:
            if path is not None and is_new:
                path.unlink()
            raise CommandError(str(error)) from None
        problem = None if file is None else _replace(file, junit(results))
    if options.json:
        json.dump([asdict(result) for result in results], sys.stdout, indent=2)
        print()
    else:
        print(_table(results), end="")
    if problem is not None:
        raise CommandError(f"--junit: {problem}")
    return 0 if all(result.passed for result in results) else 1


def _open(path: Path) -> BinaryIO:
    """Open a file for replacement. Its content stays until there are results."""
    try:
        return path.open("ab", buffering=0)
    except OSError as error:
        raise CommandError(f"--junit: {path}: {error.strerror}") from None
    except ValueError:
        raise CommandError(f"--junit: {path}: invalid file name") from None


def _replace(file: BinaryIO, content: bytes) -> str | None:
    """Replace a file's content; return the reason if that fails."""
    try:
        with suppress(OSError):  # pipes and devices cannot be truncated
            file.truncate(0)
        file.write(content)
    except OSError as error:
        return error.strerror
    return None


def _choose(names: list[str] | None) -> Sequence["Scenario"]:
    from bandwidth_events.endpoint import SCENARIOS

    if names is None:
        return SCENARIOS
    known = {scenario.name: scenario for scenario in SCENARIOS}
    if not set(names) <= known.keys():
        raise CommandError(f"unknown scenario; choose from {', '.join(known)}")
    return [scenario for name, scenario in known.items() if name in names]


def _table(results: Sequence["ScenarioResult"]) -> str:
    """Format the results for people: shared causes, a table of all, and each failure in full."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    table = Table("scenario", "", "came back", box=None, pad_edge=False, header_style="bold")
    for result in results:
        verdict = Text("passed", "green") if result.passed else Text("FAILED", "bold red")
        came_back = result.came_back if result.cause is None else "the cause above"
        table.add_row(Text(printable(result.name)), verdict, Text(printable(came_back)))
    causes = dict.fromkeys(result.cause for result in results if result.cause is not None)
    # Capture the output, because rich handles a closed pipe in its own way.
    with console.capture() as capture:
        for cause in causes:
            console.print(Text(printable(cause), "bold red"), soft_wrap=True)
            console.print()
        console.print(table)
        failed = [result for result in results if not result.passed]
        for result in failed:
            if result.cause is not None:
                continue  # the shared cause above explains it
            console.print()
            for line in str(result).split("\n"):
                console.print(Text(printable(line)), soft_wrap=True)
        console.print()
        console.print(f"{len(results) - len(failed)} of {len(results)} scenarios passed.")
    return capture.get()


CHECK: Final = Command(
    "check",
    help="check how an endpoint handles Bandwidth's callbacks and attacks",
    description="Send an endpoint the requests that Bandwidth and attackers send, and report what"
    " each failure costs in production. The exit code is 0 if every scenario passed, 1 if one"
    " failed, and 2 if nothing at the URL can answer a callback or the results cannot be written. A"
    " check ends within 70 seconds, or seven time limits if that is longer, even if the endpoint"
    " hangs.",
    configure=_configure,
    run=_run,
)

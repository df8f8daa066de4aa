"""The program that `make demo` runs: it prints every step, and fails if a step fails."""

import subprocess
import sys
from collections.abc import Iterator

import demo
import pytest
from bodies import ROOT
from handlers.correct import Handler
from handlers.endpoints import BodyFirst, NoChallenge
from servers import serve

LINES = ["a line\n"] * 11


def test_the_demo_prints_every_step() -> None:
    command = [sys.executable, str(ROOT / "tests/demo.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = [line.strip() for line in done.stdout.splitlines()]
    for line in [
        "message-received         401 with a challenge, then 204",
        "message-received again   401 with a challenge, then 204",
        "message-translated       401 with a challenge, then 204",
        "+15555550199 wrote to +15555550100",
        "+15555550198 was not reached, code 4720",
        "Nothing to do for message-translated",
        "Every step succeeded, and every process has stopped.",
    ]:
        assert line in lines
    assert (done.returncode, done.stderr.strip()) == (0, "")


@pytest.mark.parametrize(
    ("handler_class", "printed"),
    [
        (Handler, iter(["", "".join(LINES[1:])])),
        (NoChallenge, iter(["", "".join(LINES)])),
    ],
    ids=["an event was not handled", "a callback was lost"],
)
def test_the_demo_reports_a_failed_delivery(
    handler_class: type[Handler], printed: Iterator[str]
) -> None:
    with serve(handler_class) as url:
        assert demo.deliver(url, lambda: next(printed)) is False


def test_the_demo_reports_a_failed_scenario() -> None:
    with serve(BodyFirst) as url:
        assert demo.check(url) is False

"""Runs every step of `docs/tutorial.md`, in one shell, as its reader would.

    python tests/tutorial.py

also installs what the page says, into an environment of its own.
`.ci/wheel` has pip take the wheel.
"""

import os
import re
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

PAGE: Final = Path(__file__).parents[1] / "docs/tutorial.md"
_INSTALLS: Final = ("python -m venv", ". .venv", "pip install")


class Step(NamedTuple):
    """A command of the page."""

    command: str
    printed: list[str]
    """The lines that the page shows below it; an ellipsis stands for anything."""


def steps(page: str) -> Iterator[Step]:
    """List the commands of a page; saving a file is one, too."""
    for kind, text in re.findall(
        r"^```(python|console)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL
    ):
        if kind == "python":
            name = text.partition("\n")[0].removeprefix("# ")
            yield Step(f"cat >{name} <<'END OF FILE'\n{text}END OF FILE", [])
        for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
            command, *printed = part.splitlines()
            yield Step(command, printed)


def run(folder: Path, *, environment: Mapping[str, str], installs: bool) -> None:
    """Run the page in a folder.

    Raises:
        AssertionError: A command failed, or did not print what the page shows.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    page = PAGE.read_text().replace("8000", port)
    page = page.replace("check http", "check --time-limit 60 http")  # which only a hang takes
    todo = [step for step in steps(page) if installs or not step.command.startswith(_INSTALLS)]
    listens = f"until (: </dev/tcp/127.0.0.1/{port}) 2>/dev/null; do kill -0 $!; sleep 0.1; done"
    script = ["set -e"]
    for number, step in enumerate(todo):
        script += [f"echo '<{number}>'", step.command]
        script += [listens] if step.command.endswith("&") else []
    with tempfile.TemporaryFile("w+") as output:
        shell = subprocess.Popen(
            ["/usr/bin/env", "bash", "-c", "\n".join(script)],
            cwd=folder,
            env={**environment, "CI": "true"},  # Hypothesis is patient there, and repeats itself
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            status = shell.wait()
        finally:
            with suppress(ProcessLookupError):
                os.killpg(shell.pid, signal.SIGKILL)
        output.seek(0)
        everything = output.read()
    assert status == 0, everything
    for number, step in enumerate(todo):
        said = everything.partition(f"<{number}>\n")[2].partition(f"<{number + 1}>\n")[0]
        lines = [line.rstrip() for line in said.splitlines()]
        for line in step.printed:
            pattern = re.escape(line).replace("…", ".*")
            assert any(re.fullmatch(pattern, each) for each in lines), f"{step}\n{said}"


if __name__ == "__main__":  # pragma: no cover  # what `make wheel` executes
    with tempfile.TemporaryDirectory() as folder:
        run(Path(folder), environment=os.environ, installs=True)
    print("Every step of the tutorial works.")

"""Starts the recipes of the documentation, each as its users would."""

import re
import shlex
import subprocess
import sys
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bodies import ROOT
from gateways import EVENTS, Lambda, Request, Response, from_lambda, serve
from processes import Process, running

from bandwidth_events import BasicCredentials

FOLDER = ROOT / "docs/recipes"
RECIPES = {path.stem: path.read_text() for path in sorted(FOLDER.glob("*.py"))}

CREDENTIALS = BasicCredentials("bandwidth", "correct: höre battery 🐎")
_ENVIRONMENT = {
    "BANDWIDTH_EVENTS_USERNAME": CREDENTIALS.username,
    "BANDWIDTH_EVENTS_PASSWORD": CREDENTIALS.password,
}


def command(recipe: str) -> list[str]:
    """Give the command in the docstring of a recipe, but the system chooses the port."""
    (shown,) = re.findall(r"``(.+?)``", RECIPES[recipe].split('"""')[1], re.DOTALL)
    return [re.sub(r"\b8000$", "0", word) for word in shlex.split(shown)]


@contextmanager
def serving(recipe: str, event_format: str = "") -> Generator[tuple[str, Process]]:
    """Run a recipe, and give the URL of its root, without the slash, and its process.

    Args:
        recipe: Its name.
        event_format: The key in `EVENTS` of how to call the function of AWS Lambda.
    """
    match recipe:
        case "django_app" | "django_rest_app":
            served = _django(recipe)
        case "azure_function":
            served = _served(sys.executable, str(ROOT / "tests/azure_host.py"), f"{recipe}.py")
        case "aws_lambda":
            served = _lambda(recipe, event_format)
        case _:
            served = _served(*command(recipe))
    with served as (url, process):
        yield url, process


@contextmanager
def _served(*words: str, directory: Path = FOLDER) -> Generator[tuple[str, Process]]:
    with running(*words, directory=directory, environment=_ENVIRONMENT) as process:
        yield process.root(), process


@contextmanager
def _django(recipe: str) -> Generator[tuple[str, Process]]:
    """Run a recipe as the ``urls.py`` of a new project."""
    with TemporaryDirectory() as folder:
        start = [sys.executable, "-m", "django", "startproject", "project", folder]
        subprocess.run(start, check=True)
        Path(folder, "project/urls.py").write_text(RECIPES[recipe])
        with _served(*command(recipe), directory=Path(folder)) as served:
            yield served


@contextmanager
def _lambda(recipe: str, event_format: str) -> Generator[tuple[str, Process]]:
    """Run a function under AWS' runtime, behind a gateway."""

    def answer(request: Request) -> Response:
        return from_lambda(runtime.invoke(EVENTS[event_format](request)))

    with (
        closing(Lambda()) as runtime,
        serve(runtime.answer) as address,
        running(
            *command(recipe),
            directory=FOLDER,
            environment={**_ENVIRONMENT, "AWS_LAMBDA_RUNTIME_API": address},
        ) as process,
        serve(answer) as gateway,
    ):
        yield f"http://{gateway}", process

"""Start the recipes of the documentation, each as its users would."""

import re
import shlex
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import TYPE_CHECKING

from gateways import Lambda, Request, Response, from_lambda, serve, to_lambda
from handlers.correct import CREDENTIALS
from processes import Process, free_port, running

from bandwidth_events import BasicCredentials

if TYPE_CHECKING:
    import pytest  # not installed for `make demo`

_TESTS = Path(__file__).parent
FOLDER = _TESTS.parent / "docs/recipes"
RECIPES = {path.stem: path.read_text() for path in sorted(FOLDER.glob("*.py"))}

STATUS_CREDENTIALS = BasicCredentials("status", "horse: brünn stable")
ENVIRONMENT = {
    f"BANDWIDTH_EVENTS_{kind}{name}": value
    for kind, credentials in [
        ("", CREDENTIALS),
        ("INBOUND_", CREDENTIALS),
        ("STATUS_", STATUS_CREDENTIALS),
    ]
    for name, value in [("USERNAME", credentials.username), ("PASSWORD", credentials.password)]
}
# Most servers run without coverage, because measuring them takes time.
UNMEASURED = {**ENVIRONMENT, "COVERAGE_PROCESS_CONFIG": ""}

# A project in which every other route requires a login.
_LOCKED = """
REST_FRAMEWORK = {"DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"]}
"""


def shown_command(recipe: str) -> list[str]:
    """Return the command in a recipe's docstring."""
    (shown,) = re.findall(r"``(.+?)``", RECIPES[recipe].split('"""')[1], re.DOTALL)
    return shlex.split(shown)


def command(recipe: str) -> list[str]:
    """Return the same command with a port that the system chooses."""
    port = free_port() if recipe == "sanic_app" else 0  # Sanic would use its default port
    return [re.sub(r"\b8000$", f"{port}", word) for word in shown_command(recipe)]


def recipe_module(recipe: str, monkeypatch: "pytest.MonkeyPatch") -> ModuleType:
    """Import a recipe as a new module."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    spec = spec_from_file_location(recipe, FOLDER / f"{recipe}.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextmanager
def serving(recipe: str, *options: str) -> Generator[tuple[str, Process]]:
    """Run a recipe, and yield its root URL without a trailing slash, and its process.

    Args:
        recipe: The recipe's name.
        options: More arguments for its command. For the AWS Lambda function, the key of
            its front end in `FRONT_ENDS`.
    """
    match recipe:
        case "django_app" | "django_rest_app":
            served = _django(recipe)
        case "azure_function":
            host = str(_TESTS / "azure_host.py")
            served = _served(sys.executable, host, f"{recipe}.py", environment=ENVIRONMENT)
        case "aws_lambda":
            served = _lambda(recipe, *options)
        case _:
            served = _served(*command(recipe), *options)
    with served as (url, process):
        yield url, process


@contextmanager
def _served(
    *words: str, directory: Path = FOLDER, environment: Mapping[str, str] = UNMEASURED
) -> Generator[tuple[str, Process]]:
    with running(*words, directory=directory, environment=environment) as process:
        yield process.root(), process


@contextmanager
def _django(recipe: str) -> Generator[tuple[str, Process]]:
    """Run a recipe as ``urls.py`` in a new project."""
    with TemporaryDirectory() as folder:
        start = [sys.executable, "-m", "django", "startproject", "project", folder]
        subprocess.run(start, check=True)
        Path(folder, "project/urls.py").write_text(RECIPES[recipe])
        with Path(folder, "project/settings.py").open("a") as settings:
            settings.write(_LOCKED)
        with _served(*command(recipe), directory=Path(folder)) as served:
            yield served


@contextmanager
def _lambda(recipe: str, front_end: str) -> Generator[tuple[str, Process]]:
    """Run a function under AWS' runtime, behind a gateway."""

    def answer(request: Request) -> Response:
        return from_lambda(runtime.invoke(to_lambda(request, front_end)), front_end)

    with (
        closing(Lambda()) as runtime,
        serve(runtime.answer) as address,
        running(
            *command(recipe),
            directory=FOLDER,
            environment={**UNMEASURED, "AWS_LAMBDA_RUNTIME_API": address},
        ) as process,
        serve(answer) as gateway,
    ):
        yield f"http://{gateway}", process

"""The structure of the package: its names, its layers, and the cost of its import."""

import ast
import inspect
import json
import re
import subprocess
import sys
from importlib.metadata import metadata
from pathlib import Path
from types import ModuleType

import pytest
from bodies import ROOT, TYPES

import bandwidth_events
from bandwidth_events import endpoint, error_codes, keywords, media, strategies, testing
from bandwidth_events._events import EVENT_CLASSES

PACKAGE = Path(bandwidth_events.__file__).parent
PUBLIC_MODULES = [
    *(bandwidth_events, endpoint, error_codes, keywords, media, strategies, testing),
]

# The modules that each module may import from the package. Imports run one way.
LAYERS: dict[str, set[str]] = {
    "_identity.py": set(),
    "_docstrings.py": set(),
    "_model.py": {"_docstrings", "_identity"},
    "_message.py": {"_model"},
    "_events.py": {"_identity", "_message", "_model", "error_codes", "keywords"},
    "_errors.py": {"_events"},
    "_diagnosis.py": {"_errors", "_events"},
    "_body.py": {"_diagnosis"},
    "_parse.py": {"_body", "_diagnosis", "_errors", "_events", "_model"},
    "_auth.py": {"_errors"},
    "_construction.py": {"_events", "_message", "_model", "error_codes"},
    "__init__.py": {"_auth", "_errors", "_events", "_message", "_parse"},
    "__main__.py": {"_commands", "_commands._terminal", "_extras"},
    "_extras.py": set(),
    "error_codes.py": set(),
    "keywords.py": set(),
    "media.py": {"_message"},
    "testing.py": {"_auth", "_construction", "_events", "_message", "_parse"},
}


def imports_at_run_time(tree: ast.AST) -> set[str]:
    """Return the package's modules that a module imports outside of `if TYPE_CHECKING`."""
    found: set[str] = set()
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.ImportFrom) and node.level:
            found.add(node.module or "")
        found |= imports_at_run_time(node)
    return found


def test_imports_run_one_way() -> None:
    actual = {
        path.name: imports_at_run_time(ast.parse(path.read_text())) for path in PACKAGE.glob("*.py")
    }
    assert actual == LAYERS


@pytest.mark.parametrize(
    ("dependency", "place"),
    [("httpx", "endpoint"), ("rich", "_commands"), ("hypothesis", "strategies")],
)
def test_the_packages_of_an_extra_are_imported_in_one_place(dependency: str, place: str) -> None:
    importing = {
        path.parent.name
        for path in PACKAGE.rglob("*.py")
        if re.search(rf"^\s*(import|from) {dependency}\b", path.read_text(), re.MULTILINE)
    }
    assert importing == {place}


@pytest.mark.parametrize("module", PUBLIC_MODULES)
def test_all_is_sorted_and_lists_every_public_name(module: ModuleType) -> None:
    """Constants and aliases are exempt, because they do not know their module."""
    names: list[str] = module.__all__
    public = {
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and (inspect.isclass(value) or inspect.isfunction(value))
        and is_defined_in(value.__module__, module)
    }
    assert names == sorted(names, key=lambda name: (not name.isupper(), name))
    constants = {"CATALOGUE", "EVENT_FACTORIES", "LAMBDA_FRONT_ENDS", "MEDIA_HOST", "SCENARIOS"}
    aliases = {"Cause", "Failure", "Framing", "Handshake", "LambdaFrontEnd", "Redirect", "Rounds"}
    # Constants and aliases do not know their module.
    assert set(names) - constants - aliases - {"Event", "EventErrorCode", "MessageEvent"} == public


def is_defined_in(home: str, module: ModuleType) -> bool:
    """Check whether a module, or a private module below a package, defines a value."""
    return home == module.__name__ or (
        hasattr(module, "__path__") and home.startswith(f"{module.__name__}._")
    )


def test_every_modelled_type_is_exported_and_tested() -> None:
    assert tuple(EVENT_CLASSES) == TYPES
    assert {found.__name__ for found in EVENT_CLASSES.values()} <= set(bandwidth_events.__all__)


def api_pages() -> dict[str, str]:
    """Read the page of each module."""
    pages = (path.read_text() for path in (ROOT / "docs/api").glob("*.md"))
    headings = ((re.match("# `(.+)`", page), page) for page in pages)
    return {heading[1]: page for heading, page in headings if heading}


def test_the_api_pages_show_every_public_name_once() -> None:
    shown = {
        module: sorted(re.findall(r"^\.\. auto\w+:: (\w+)", page, re.MULTILINE))
        for module, page in api_pages().items()
    }
    assert shown == {module.__name__: sorted(module.__all__) for module in PUBLIC_MODULES}


def test_the_api_pages_list_every_error_that_a_docstring_names() -> None:
    for module in PUBLIC_MODULES:
        table = re.findall(r"^\| (`.+`) \| (`.+`) \|", api_pages()[module.__name__], re.MULTILINE)
        listed = {
            (call, error)
            for calls, errors in table
            for call in re.findall("`(.+?)`", calls)
            for error in re.findall("`(.+?)`", errors)
        }
        assert listed == documented_errors(module), module.__name__


def documented_errors(module: ModuleType) -> set[tuple[str, str]]:
    """Collect the exceptions that the docstrings in a public module name."""
    documented = {name: getattr(module, name) for name in module.__all__}
    for name, value in list(documented.items()):
        if inspect.isclass(value):
            functions = filter(inspect.isfunction, vars(value).values())
            documented |= {f"{name}.{function.__name__}": function for function in functions}
    return {
        (name, error.rpartition(".")[2])
        for name, value in documented.items()
        for error in re.findall(
            r"^ {4}(\S+): ", (inspect.getdoc(value) or "").partition("\nRaises:\n")[2], re.MULTILINE
        )
    }


def test_importing_the_package_imports_only_pydantic_and_itself() -> None:
    """Promise 5: the package is cheap to import."""
    # Some versions of pydantic's own dependencies import asyncio.
    modules = modules_after("import bandwidth_events") - modules_after("import pydantic_core")
    assert {name for name in modules if name.startswith("bandwidth_events")} == {
        "bandwidth_events",
        "bandwidth_events._auth",
        "bandwidth_events._docstrings",
        "bandwidth_events._errors",
        "bandwidth_events._events",
        "bandwidth_events._message",
        "bandwidth_events._model",
        "bandwidth_events._parse",
    }
    assert not {"argparse", "asyncio", "httpx", "hypothesis", "rich"} & modules


def modules_after(statement: str) -> set[str]:
    report = f"{statement}; import sys, json; print(json.dumps(list(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", report], capture_output=True, check=True)
    return set(json.loads(done.stdout))


FIRST_USE = """
import sys, threading
from bandwidth_events import *

sys.setswitchinterval(1e-6)
malformed, well_formed = (open(path, "rb").read() for path in sys.argv[1:])
parsed = parse_callback(well_formed)
together, results = threading.Barrier(8), []

def use():
    together.wait()
    try:
        parse_callback(malformed)
    except CallbackParseError as error:
        results.append(repr((
            [type(event) for event in error.events], error.errors, encode_callback(parsed),
            type(Message.model_validate(parsed[0].message.model_dump())),
            UnknownEvent(raw_type="message-sung").model_dump_json(),
        )))

threads = [threading.Thread(target=use) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(len(results), len(set(results)))
"""


def test_models_are_built_correctly_when_many_threads_use_them_first() -> None:
    """Models are built on first use, which is not thread-safe in some versions of pydantic."""
    samples = [ROOT / f"tests/samples/{name}.json" for name in ("malformed-one-of-three", "read")]
    for _ in range(5):
        done = subprocess.run(
            [sys.executable, "-c", FIRST_USE, *samples], capture_output=True, check=True
        )
        assert done.stdout.split() == [b"8", b"1"]


def test_the_page_of_a_package_index_has_no_link_into_the_repository() -> None:
    """Its address is not known there."""
    page = str(metadata("bandwidth-events").json["description"])
    assert page.startswith("# bandwidth-events\n")
    links = re.findall(r"\]\((.+?)\)", page)
    assert [link for link in links if not link.startswith("https://")] == []


def test_the_package_is_typed() -> None:
    assert (PACKAGE / "py.typed").read_bytes() == b""

"""Every example in the README, the documentation and the package's docstring runs."""

import doctest
import re
import runpy
import sys
from argparse import ArgumentParser
from collections import defaultdict
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import get_args

import pytest
import test_endpoint_check
import test_handlers
from bodies import ROOT
from handlers.buggy import UnknownTypeNotExpected
from handlers.correct import CREDENTIALS
from pages import DOCS, PAGES, run
from servers import serve
from test_package import PUBLIC_MODULES

import bandwidth_events
from bandwidth_events import (
    BaseMessageEvent,
    Content,
    Event,
    LocationResponse,
    MediaFile,
    Message,
    SuggestionResponse,
    UnknownEvent,
    parse_callback,
)
from bandwidth_events._commands import COMMANDS
from bandwidth_events._events import EVENT_CLASSES
from bandwidth_events._model import wire_names
from bandwidth_events.endpoint import SCENARIOS
from bandwidth_events.error_codes import CATALOGUE, Cause
from bandwidth_events.testing import callback_request, inbound_message


@pytest.mark.parametrize(
    "page",
    # tests/test_handlers.py runs the first of these, and tests/test_tutorial.py the other.
    [page for page in PAGES if page not in {DOCS / "testing.md", DOCS / "tutorial.md"}],
    ids=lambda page: str(page.relative_to(ROOT)),
)
def test_the_examples_on_a_page_run(page: Path) -> None:
    assert bool(run(page)) == bool(re.search(r"^ *```python$", page.read_text(), re.MULTILINE))


def shown_lines(page: Path) -> Iterator[str]:
    """List the lines of code that a page shows, those of included files among them."""
    for kind, text in re.findall(
        r"^ *```(\S+)(.*?)^ *```$", page.read_text(), re.MULTILINE | re.DOTALL
    ):
        if kind == "{literalinclude}":
            file, *options = text.split()
            included = (page.parent / file).read_text()
            yield from included.partition(options[1] if options else "\0")[0].splitlines()
        elif not kind.startswith("{"):
            yield from text.splitlines()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_code_fits_into_80_columns(page: Path) -> None:
    queries = re.compile(r" +(expr: .+|> .+|summary: .+)")  # of Prometheus, kept whole
    lines = [line for line in shown_lines(page) if not queries.fullmatch(line)]
    assert [line for line in lines if len(line) >= 80] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_examples_import_only_what_a_reader_has(page: Path) -> None:
    """Modules that only the repository has are in `tests` and `docs`."""
    files = {path.stem for path in [*(ROOT / "tests").glob("*"), *(ROOT / "docs").rglob("*.py")]}
    saved = set(re.findall(r"^# (\w+)\.py$|as `(\w+)\.py`", page.read_text(), re.MULTILINE))
    own = {name for names in saved for name in names}
    imported = re.findall(
        r"^[>. ]*(?:from|import) (\w+)", "\n".join(shown_lines(page)), re.MULTILINE
    )
    assert files.intersection(imported) - sys.stdlib_module_names <= own


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_beside_each_included_file_is_a_link_to_it(page: Path) -> None:
    text = page.read_text()
    for file in re.findall(r"^```\{literalinclude\} (\S+)$", text, re.MULTILINE):
        assert f"]({file})" in text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_can_be_read_on_a_code_host(page: Path) -> None:
    """Directives show nothing there, so no page consists of them alone."""
    text = re.sub(r"^ *```.*?^ *```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    title, *prose = text.split("\n\n")
    assert title.startswith("# ")
    assert any(re.fullmatch(r"[\w`*].+ .+[.:]", part, re.DOTALL) for part in prose)


def test_the_example_of_the_package_runs() -> None:
    failed, attempted = doctest.testmod(bandwidth_events)
    assert (failed, attempted > 0) == (0, True)


def test_the_route_of_the_readme_answers_and_drops_duplicates(
    capsys: pytest.CaptureFixture[str],
) -> None:
    readme = run(ROOT / "README.md")
    credentials = readme["CREDENTIALS"]
    headers, body = callback_request(inbound_message(text="Hi"), credentials=credentials)
    partly = body[:-1] + b", {}]"
    status, challenge = readme["route"](None, b"")
    assert (status, *challenge) == (401, "WWW-Authenticate")
    answers = [readme["route"](headers["Authorization"], each) for each in (partly, body, body)]
    assert answers == [(400, {}), (204, {}), (204, {})]
    readme["work"]()
    assert capsys.readouterr().out == "+15555550199 wrote: Hi\n"


def test_the_page_about_events_lists_every_class() -> None:
    """A type that a user cannot find there does not exist for them."""
    page = (DOCS / "events.md").read_text()
    for type_, event_class in EVENT_CLASSES.items():
        assert re.search(rf"^\| `{event_class.__name__}` \| \S*`{type_}`\S* \|", page, re.MULTILINE)


def test_the_page_about_endpoints_lists_every_scenario() -> None:
    page = (ROOT / "docs/endpoint.md").read_text()
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    expected = [f"| `{s.name}` | {s.sent} | {s.expected} |" for s in SCENARIOS]
    assert rows == expected
    assert f"of {len(SCENARIOS)} scenarios passed." in page


def test_the_page_about_mistakes_names_a_remedy_for_each_and_what_finds_it() -> None:
    page = ROOT / "docs/mistakes.md"
    mistakes, _, _ = page.read_text().partition("\n## ")
    finders = sections(page)["What finds each mistake"]
    found: dict[int, set[str]] = defaultdict(set)
    for number, bugs in test_handlers.BUGS.items():
        found[number].update(bug.property for bug in bugs)
    for number, _, scenarios in test_endpoint_check.BUGS:
        found[number].update(scenarios)
    remedies = re.findall(r"^\| (\d+) \| .+ \| .+ \| (.+) \|$", mistakes, re.MULTILINE)
    rows = re.findall(r"^\| (\d+) \| (.+) \|$", finders, re.MULTILINE)
    assert [number for number, remedy in remedies if "](" in remedy] == [n for n, _ in rows]
    assert [int(number) for number, _ in rows] == [*range(1, 30)]
    for number, finder in rows:
        assert set(re.findall("`(.*?)`", finder)) == found[int(number)], number
    typing = (ROOT / "tests/typing/api.py").read_text()
    errors = re.findall(r"# type: ignore  # pyrefly: ignore  # bug (\d+)", typing)
    by_types = [number for number, finder in rows if finder.startswith("types")]
    assert by_types == sorted(errors, key=int)


# The generated parts of the pages. Their module does not need Sphinx.
GENERATORS = runpy.run_path(str(DOCS / "_extensions/generated.py"))["GENERATORS"]


def sections(page: Path, level: str = "##") -> dict[str, str]:
    """Split a page at its headings, without their backquotes."""
    _, *parts = re.split(rf"^{level} ", page.read_text(), flags=re.MULTILINE)
    return {heading.strip("`"): text for heading, _, text in (p.partition("\n") for p in parts)}


@pytest.mark.parametrize(
    ("type_", "event_class"), [*EVENT_CLASSES.items(), ("Other types", UnknownEvent)]
)
def test_the_page_about_events_shows_the_sample_and_the_match_of_each_type(
    type_: str, event_class: type[Event]
) -> None:
    section = sections(DOCS / "events.md")[type_]
    assert f"```{{generated}} model {event_class.__name__}\n" in section
    assert f"...     case {event_class.__name__}(" in section
    sample, link = re.findall(r"(?:literalinclude\} |body\]\()(\S+?)\)?[:\s]", section)
    assert sample == link
    (parsed,) = parse_callback((DOCS / sample).read_bytes())
    assert type(parsed) is event_class


def test_the_page_about_events_shows_every_field_once() -> None:
    shown: list[tuple[str, str]] = []
    for model in re.findall(r"\{generated\} model (\w+)", (DOCS / "events.md").read_text()):
        rows = re.findall(r"^\| `(\w+)` \| `(\w+): ", GENERATORS["model"](model), re.MULTILINE)
        shown += [(model, f"{key} {name}") for key, name in rows]
    expected = [
        (model.__name__, f"{key} {name}")
        for model in (BaseMessageEvent, Message, Content, MediaFile)
        for key, name in wire_names(model).items()
    ]
    assert [each for each in shown if each[0] in dict(expected)] == expected
    assert shown[len(expected) :] == [
        *(("SuggestionResponse", f"{k} {n}") for k, n in wire_names(SuggestionResponse).items()),
        *(("LocationResponse", f"{k} {n}") for k, n in wire_names(LocationResponse).items()),
        ("MessageFailedEvent", "errorCode error_code"),
        ("MessageReadEvent", "eventTime event_time"),
        ("UnknownEvent", "type raw_type"),
    ]


def test_the_table_of_a_model_shows_types_and_descriptions() -> None:
    rows = GENERATORS["model"]("Message").splitlines()
    assert r"| `to` | `to: tuple[str, ...]` | always |" in "\n".join(rows)
    assert r"| `media` | `media: tuple[str, ...]` | optional |" in "\n".join(rows)
    assert r"| `time` | `time: datetime` | always | When the message was created. |" in rows
    assert r"| `direction` | `direction: Literal['in', 'out']` | always |" in "\n".join(rows)
    assert r"`channel: Literal['SMS', 'MMS', 'RBM'] \| str \| None`" in "\n".join(rows)


def test_the_page_about_error_codes_has_a_term_for_each_code() -> None:
    """Sphinx' search drops numbers, except in index entries such as glossary terms."""
    glossary = GENERATORS["codes"]()
    assert glossary.startswith("```{glossary}")
    terms = re.findall(r"^(\d+)\n  `(.+?)`\. (.+)$", glossary, re.MULTILINE)
    assert terms == [(str(e.code), e.name, e.meaning) for e in CATALOGUE.values()]


def test_the_page_about_error_codes_sorts_each_code_by_its_cause() -> None:
    rows = re.findall(r"^\| `(.+?)` \| ([^|]+\.) \| (.+) \|$", GENERATORS["causes"](), re.MULTILINE)
    assert {cause: re.findall(r"\{term\}`(\d+)`", codes) for cause, _, codes in rows} == {
        cause: [str(e.code) for e in CATALOGUE.values() if e.cause == cause]
        for cause in get_args(Cause)
    }
    assert {cause: remedy for cause, remedy, _ in rows}["volume"] == "Send more slowly."


def test_the_page_about_the_command_line_has_every_command_and_argument() -> None:
    page = sections(DOCS / "cli.md")
    assert [name for name in page if name in {c.name for c in COMMANDS}] == [
        command.name for command in COMMANDS
    ]
    for command in COMMANDS:
        assert f"```{{generated}} command {command.name}\n" in page[command.name]
        parser = ArgumentParser(prog="bandwidth-events")  # not the name of the test runner
        command.configure(parser)
        expected = {*re.findall(r"(?<![\w-])--?[a-z][\w-]*", parser.format_usage()), "--help"}
        shown = re.findall(
            r"^```\{option\} (.+)$", GENERATORS["command"](command.name), re.MULTILINE
        )
        assert {o for each in shown for o in re.findall(r"(?<!\w)--?[a-z][\w-]*", each)} == expected


def test_the_page_about_the_command_line_has_every_exit_code() -> None:
    codes = re.findall(r"^\| `(\d+)` \| (.+) \|$", GENERATORS["exit-codes"](), re.MULTILINE)
    assert [code for code, _ in codes] == ["0", "1", "2", "130"]
    assert codes[0] == ("0", "success")


def test_the_page_about_contributing_has_every_target_that_people_call() -> None:
    makefile = (ROOT / "Makefile").read_text()
    phony = {
        n for line in re.findall(r"^\.PHONY: (.+)$", makefile, re.MULTILINE) for n in line.split()
    }
    listed = re.findall(r"^\| `make ([\w-]+)` \| \w", GENERATORS["targets"](), re.MULTILINE)
    assert {*listed, "duration"} == phony


def test_the_policy_covers_every_public_module() -> None:
    table = sections(DOCS / "policy.md")["Versions"]
    named = set(re.findall(r"`(bandwidth_events[\w.]*)`", table))
    assert named == {module.__name__ for module in PUBLIC_MODULES}


def test_the_page_about_proofs_lists_the_targets_of_the_gate() -> None:
    script = (ROOT / ".ci/run").read_text()
    (targets,) = re.findall(r"^targets=\$\{\*:-(.+)\}$", script, re.MULTILINE)
    gate = sections(DOCS / "assurance.md")["The gate"]
    listed, _, _ = gate.partition(", each in a fresh clone")
    assert re.findall(r"`(?:make )?([\w-]+)`", listed) == targets.split()


def test_the_page_about_endpoints_shows_a_failure_as_it_is_printed() -> None:
    (scenario,) = [each for each in SCENARIOS if each.name == "unknown-type"]
    with serve(UnknownTypeNotExpected) as url:
        printed = str(scenario.run(url, CREDENTIALS)).splitlines()
    page = (ROOT / "docs/endpoint.md").read_text()
    shown = page[page.index(printed[0]) :].splitlines()
    for ours, line in zip(printed, shown, strict=False):
        assert ours.startswith(line.removesuffix("…"))


def test_the_newest_release_in_the_changelog_is_this_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text()
    released = re.findall(r"^## \[(\d\S+)\] - \d{4}-\d{2}-\d{2}$", changelog, re.MULTILINE)
    assert released[0] == version("bandwidth-events")

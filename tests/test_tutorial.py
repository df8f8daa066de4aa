"""The tutorial works, step by step."""

import os
import re
import sys
from pathlib import Path

import pytest
import tutorial

# Its own processes are no part of what is measured.
ENVIRONMENT = {
    **os.environ,
    "COVERAGE_PROCESS_CONFIG": "",
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
}


def test_every_step_works_and_prints_what_the_page_shows(tmp_path: Path) -> None:
    tutorial.run(tmp_path, environment=ENVIRONMENT, installs=False)


def test_the_tests_of_the_page_fail_without_a_unique_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tutorial.PAGE.read_text()
    tests = page[page.index("## Test it") :].replace("pytest -q", "pytest -q -k duplicate")
    inbox = re.sub(r"(?s)^.*?(?=```python\n# inbox)", "", page).partition("## Answer")[0]
    wrong = tmp_path / "page.md"
    wrong.write_text(inbox.replace("key TEXT PRIMARY KEY", "key TEXT") + tests)
    monkeypatch.setattr(tutorial, "PAGE", wrong)
    with pytest.raises(AssertionError, match="1 failed"):
        tutorial.run(tmp_path, environment=ENVIRONMENT, installs=False)


def test_a_page_that_shows_another_output_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = tmp_path / "page.md"
    wrong.write_text("```console\n$ echo 1\n2\n```\n")
    monkeypatch.setattr(tutorial, "PAGE", wrong)
    with pytest.raises(AssertionError, match="echo 1"):
        tutorial.run(tmp_path, environment=ENVIRONMENT, installs=False)

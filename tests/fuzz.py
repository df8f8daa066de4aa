"""Fuzz the package, guided by coverage: ``make fuzz``.

``python tests/fuzz.py`` runs every target for FUZZ_SECONDS (60), FUZZ_JOBS (2) at a time.
``python tests/fuzz.py NAME ARGUMENT...`` runs one target with arguments of libFuzzer, such as
a file to run only that input.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import Final

TESTS: Final = Path(__file__).parent
WORK: Final = TESTS.parent / ".fuzz"
"""The corpus, which the next run continues, and the logs."""

# Imported by name, because atheris has no types, and no wheels for some Pythons. It instruments
# modules during import: those of the package, and those that do the package's work.
atheris = import_module("atheris")
_WATCHED = ["bandwidth_events", "base64", "json", "urllib"]
for _name in [*sys.modules]:
    if _name.partition(".")[0] in _WATCHED:  # imported already by another module
        del sys.modules[_name]
with atheris.instrument_imports(include=_WATCHED):
    import properties

    from bandwidth_events._events import EVENT_CLASSES, wire_keys

TARGETS: Final[dict[str, tuple[Callable[[bytes], None], str]]] = {
    "parse": (properties.parsing_is_total, "samples"),
    "agree": (properties.text_bytes_and_decoded_json_agree, "samples"),
    "auth": (properties.authentication_is_total, "seeds/auth"),
    "media": (
        lambda url: properties.media_urls_are_handled_safely(url.decode(errors="replace")),
        "seeds/media",
    ),
}
"""The targets by name: a property, and the directory of its seeds."""


def fuzz(name: str, arguments: list[str]) -> None:
    """Run one target. libFuzzer ends the process."""
    target, seeds = TARGETS[name]
    (WORK / name).mkdir(parents=True, exist_ok=True)
    words = WORK / f"{name}.words"
    words.write_text("".join(f'"{word}"\n' for word in sorted({*wire_keys(), *EVENT_CLASSES})))
    if not any(Path(argument).is_file() for argument in arguments):
        arguments = [*arguments, str(WORK / name), str(TESTS / seeds)]
    options = [
        f"-dict={words}",
        f"-artifact_prefix={WORK}/{name}-",
        "-keep_seed=1",  # coverage does not see pydantic's Rust code
        "-max_len=10000",
        "-timeout=5",
    ]
    atheris.Setup([sys.argv[0], *options, *arguments], target)
    atheris.Fuzz()


def run(name: str) -> bool:
    """Run one target in a separate process, and print the result in one line."""
    seconds = os.environ.get("FUZZ_SECONDS", "60")
    command = [sys.executable, __file__, name, f"-max_total_time={seconds}", "-print_final_stats=1"]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    log = done.stdout + done.stderr
    (WORK / f"{name}.log").write_text(log)
    executions = re.findall(r"^stat::number_of_executed_units: (\d+)", log, re.MULTILINE)
    coverage = re.findall(r"cov: (\d+) ft: (\d+) corp: (\d+)", log)
    if done.returncode or not executions or not coverage:
        print(f"{name} FAILED:\n{log[-5000:]}")
        return False
    edges, features, inputs = coverage[-1]
    print(
        f"{name}: {int(executions[-1]):,} executions in {seconds} s, "
        f"{edges} edges, {features} features, {inputs} inputs kept",
        flush=True,
    )
    return True


if __name__ == "__main__":
    if len(sys.argv) > 1:
        fuzz(sys.argv[1], sys.argv[2:])
    WORK.mkdir(exist_ok=True)
    with ThreadPoolExecutor(int(os.environ.get("FUZZ_JOBS", "2"))) as pool:
        sys.exit(not all(list(pool.map(run, TARGETS))))

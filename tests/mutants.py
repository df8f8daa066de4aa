"""Change the code in small ways, and check that a test fails for each change: ``make mutants``.

Exits non-zero if a mutant survives that `equivalent-mutants.csv` does not list. The list
contains mutants that make no difference, with reasons. `[tool.mutmut]` selects the modules.
"""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parent
ROOT = TESTS.parent


def mutmut(*arguments: str) -> str:
    command = [str(Path(sys.executable).with_name("mutmut")), *arguments]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"mutmut {' '.join(arguments)}:\n{done.stdout[-5000:]}{done.stderr[-5000:]}")
    return done.stdout


def difference(mutant: str) -> tuple[str, str, str]:
    """Return a mutant's module, removed code and added code, because its number may change."""
    lines = mutmut("show", mutant).splitlines()
    changes = [line for line in lines if line[:1] in "+-" and line[:3] not in {"+++", "---"}]
    removed, added = (
        " ".join(line[1:].strip() for line in changes if line[0] == sign) for sign in "-+"
    )
    return mutant.split(".")[1], removed, added


def main() -> None:
    with (TESTS / "equivalent-mutants.csv").open(encoding="utf-8", newline="") as table:
        listed = {(row["module"], row["removed"], row["added"]) for row in csv.DictReader(table)}
    mutmut("run", "--max-children", os.environ.get("MUTANT_JOBS", "2"))
    mutmut("export-cicd-stats")
    stats = json.loads((ROOT / "mutants/mutmut-cicd-stats.json").read_text())
    survivors = {
        difference(name)
        for name, outcome in (line.strip().split(": ") for line in mutmut("results").splitlines())
        if outcome != "timeout"  # a hanging test detects the mutant
    }
    for module, removed, added in sorted(survivors - listed):
        print(f"SURVIVED in {module}:\n- {removed}\n+ {added}")
    for module, removed, added in sorted(listed - survivors):
        print(f"Listed, but did not survive, in {module}:\n- {removed}\n+ {added}")
    noticed = stats["killed"] + stats["timeout"]
    print(
        f"{stats['total']} mutants: {noticed} were noticed by a test, {len(survivors & listed)} "
        f"make no difference, {len(survivors - listed)} survived."
    )
    sys.exit(survivors != listed)


if __name__ == "__main__":
    main()

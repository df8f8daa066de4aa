"""Import modules without their extra."""

import subprocess
import sys

import pytest

IMPORT = """
import sys

class Missing:
    def find_spec(name, *_):
        if name == {missing!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Missing)
try:
    import bandwidth_events.{module}
except ModuleNotFoundError as error:
    print(error.name, error, sep="\\n")
"""


def failure(module: str, missing: str) -> list[str]:
    """Import a module in a process in which another module is missing."""
    code = IMPORT.format(module=module, missing=missing)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    return done.stdout.decode().splitlines()


@pytest.mark.parametrize(
    ("extra", "package"), [("endpoint", "httpx"), ("strategies", "hypothesis")]
)
def test_a_module_without_its_extra_names_it(extra: str, package: str) -> None:
    line = f'{package} is missing: pip install "bandwidth-events[{extra}]"'
    assert failure(extra, package) == [package, line]


@pytest.mark.parametrize(
    ("extra", "part"), [("endpoint", "httpx._client"), ("strategies", "hypothesis._settings")]
)
def test_a_broken_installation_is_not_a_missing_extra(extra: str, part: str) -> None:
    assert failure(extra, part) == [part, f"No module named {part!r}"]

"""Write the timings in pyperf's format, and describe the machine."""

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import pyperf

from .sections import Section


def write(path: Path, sections: Sequence[Section]) -> None:
    """Write every timing, for ``pyperf stats`` and ``pyperf compare_to``."""
    path.parent.mkdir(exist_ok=True)
    suite = pyperf.BenchmarkSuite(
        [
            pyperf.Benchmark(
                [
                    pyperf.Run(
                        seconds,
                        metadata={"name": f"{section.title}: {what}", "unit": "second"},
                        collect_metadata=False,
                    )
                ]
            )
            for section in sections
            for what, seconds in section.seconds.items()
        ]
    )
    suite.dump(str(path), replace=True)


def machine() -> str:
    """Describe the measured versions and the machine in one line."""
    metadata = pyperf.Run([1.0], collect_metadata=True).get_metadata()
    versions = [
        f"{name} {version(name)}" for name in ("pydantic", "msgspec", "bandwidth-sdk", "hypothesis")
    ]
    python = str(metadata["python_version"]).partition(" ")[0]
    return (
        f"Python {python}, {', '.join(versions)}, "
        f"on {metadata['cpu_count']} processors, {metadata.get('cpu_model_name', 'unknown')}."
    )

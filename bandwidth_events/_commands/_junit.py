"""Write results as JUnit XML, which CI systems display."""

from collections.abc import Sequence
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, tostring

from ._terminal import printable

if TYPE_CHECKING:
    from bandwidth_events.endpoint import ScenarioResult


def junit(results: Sequence["ScenarioResult"]) -> bytes:
    """Write one test suite with a test case for each scenario."""
    suite = Element(
        "testsuite",
        name="bandwidth_events check",
        tests=str(len(results)),
        failures=str(sum(not result.passed for result in results)),
        errors="0",
        skipped="0",
        time=f"{sum(result.seconds for result in results):.3f}",
    )
    for result in results:
        case = SubElement(
            suite,
            "testcase",
            classname="bandwidth_events.endpoint",
            name=printable(result.name),
            time=f"{result.seconds:.3f}",
        )
        if not result.passed:
            # XML allows no control characters, not even escaped.
            failure = SubElement(case, "failure", message=printable(result.came_back))
            failure.text = "\n".join(map(printable, str(result).split("\n")))
    suites = Element("testsuites")
    suites.append(suite)
    document: bytes = tostring(suites, encoding="utf-8", xml_declaration=True)
    return document

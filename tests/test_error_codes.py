"""The catalogue of error codes."""

import subprocess
import sys

import pytest
from bodies import event
from hypothesis import given
from hypothesis import strategies as st

from bandwidth_events import MessageFailedEvent, parse_callback
from bandwidth_events.error_codes import lookup

CATALOGUE = [code for code in range(10_000) if lookup(code).name]

# Where a row of the catalogue says something else than the digits of its code, the row is right.
CONFLICTS = {9902: "carrier", 9999: "carrier"}


def by_digits(code: int) -> tuple[str, str]:
    """Classify as Bandwidth's documentation does: first digit the side, second the reporter."""
    digits = str(code)
    side = {"4": "client", "5": "server"}.get(digits[0], "ambiguous")
    return side, "carrier" if digits[1] in "67" else "bandwidth"


def test_every_code_of_the_catalogue_is_found() -> None:
    assert len(CATALOGUE) == 82
    assert all(lookup(code).meaning for code in CATALOGUE)


def test_rows_and_digits_agree_but_for_the_known_conflicts() -> None:
    rows = {code: (lookup(code).side, lookup(code).reported_by) for code in CATALOGUE}
    conflicts = {code: row[1] for code, row in rows.items() if row != by_digits(code)}
    assert conflicts == CONFLICTS


@pytest.mark.parametrize(
    ("code", "name", "side", "reported_by", "retry"),
    [
        (4001, "service-not-allowed", "client", "bandwidth", "never"),
        (4720, "invalid-destination-address", "client", "carrier", "never"),
        (4702, "destination-subscriber-unavailable", "client", "carrier", "unknown"),
        (4785, "volumetric-violation", "client", "carrier", "later"),
        (5100, "temporary-app-error", "server", "bandwidth", "yes"),
        (5600, "destination-carrier-queue-full", "server", "carrier", "once"),
        (9902, "delivery-receipt-expired", "ambiguous", "carrier", "unknown"),
        (4754, "unsupported-channel", "client", "carrier", "never"),
    ],
)
def test_a_listed_code_is_its_row(
    code: int, name: str, side: str, reported_by: str, retry: str
) -> None:
    found = lookup(code)
    assert (found.name, found.side, found.reported_by, found.retry) == (
        name,
        side,
        reported_by,
        retry,
    )


def test_those_who_opted_out_are_known() -> None:
    assert [code for code in CATALOGUE if lookup(code).is_opt_out] == [4475, 4775]
    assert [code for code in CATALOGUE if "opted out" in lookup(code).meaning] == [4475, 4775]


@given(st.integers(1000, 9999).filter(lambda code: code not in CATALOGUE))
def test_an_unlisted_code_is_classified_by_its_digits(code: int) -> None:
    found = lookup(code)
    assert (found.side, found.reported_by) == by_digits(code)
    assert (found.code, found.name, found.retry, found.is_opt_out) == (code, None, "unknown", False)
    assert found.meaning == "This code is not in the catalogue."


@given(st.integers() | st.integers(0, 4500).map(lambda digits: 10**digits))
def test_every_integer_has_an_answer(code: int) -> None:
    found = lookup(code)
    assert found.code == code
    assert found.reported_by in {"bandwidth", "carrier"}


def test_a_failure_explains_itself() -> None:
    failed, unexplained = parse_callback(
        [event("message-failed", errorCode=4720), event("message-failed")]
    )
    assert isinstance(failed, MessageFailedEvent)
    assert isinstance(unexplained, MessageFailedEvent)
    assert failed.error == lookup(4720)
    assert unexplained.error is None


def test_the_catalogue_is_read_once_and_not_before_it_is_needed() -> None:
    code = (
        "from bandwidth_events import error_codes, parse_callback;"
        "parse_callback(b'[]');"
        "print(error_codes._catalogue.cache_info().misses);"
        "error_codes.lookup(4001), error_codes.lookup(1);"
        "print(error_codes._catalogue.cache_info().misses)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout.split() == [b"0", b"1"]


def test_an_error_code_is_a_value() -> None:
    assert hash(lookup(4720)) == hash(lookup(4720))
    with pytest.raises(AttributeError):
        lookup(4720).name = "other"  # type: ignore[misc]

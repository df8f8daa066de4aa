"""The catalogue of error codes."""

import json
import subprocess
import sys
from collections import Counter
from typing import get_args

import pytest
from bodies import event
from hypothesis import given
from hypothesis import strategies as st

from bandwidth_events import MessageFailedEvent, parse_callback
from bandwidth_events.error_codes import CATALOGUE, Cause, ErrorCode, lookup

# If a row of the catalogue contradicts the digits of its code, the row is right.
CONFLICTS = {9999: ("ambiguous", "carrier")}

# From the product documentation of 2023, which lacks the newer codes.
NEWER = {4475, 4476, 4710, 4735, 4754, 4794}


def by_digits(code: int) -> tuple[str, str]:
    """Classify a code by its first digit (side) and second digit (reporter), as documented."""
    digits = str(code)
    side = {"4": "client", "5": "server"}.get(digits[0], "ambiguous")
    return side, "carrier" if digits[1] in "67" else "bandwidth"


def test_the_catalogue_contains_82_codes_in_ascending_order() -> None:
    assert len(CATALOGUE) == 82
    assert list(CATALOGUE) == sorted(CATALOGUE)


def test_every_entry_has_its_code_a_name_and_a_meaning() -> None:
    assert {code: row.code for code, row in CATALOGUE.items()} == {code: code for code in CATALOGUE}
    assert all(row.name and row.meaning for row in CATALOGUE.values())


def test_lookup_returns_the_entry_of_the_catalogue() -> None:
    assert all(lookup(code) is row for code, row in CATALOGUE.items())


def test_the_catalogue_cannot_be_changed() -> None:
    with pytest.raises(TypeError, match="item assignment"):
        CATALOGUE[1] = lookup(1)  # type: ignore[index]


def test_rows_agree_with_the_digits_except_for_known_conflicts() -> None:
    rows = {code: (row.side, row.reported_by) for code, row in CATALOGUE.items()}
    assert {code: row for code, row in rows.items() if row != by_digits(code)} == CONFLICTS


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (4001, ("service-not-allowed", "client", "bandwidth", "never", "unknown", False)),
        (4720, ("invalid-destination-address", "client", "carrier", "never", "recipient", True)),
        (
            4702,
            (
                "destination-subscriber-unavailable",
                "client",
                "carrier",
                "unknown",
                "unavailable",
                True,
            ),
        ),
        (4754, ("unsupported-channel", "client", "carrier", "never", "recipient", None)),
        (
            4775,
            (
                "destination-rejected-due-to-user-opt-out",
                "client",
                "carrier",
                "never",
                "opt-out",
                True,
            ),
        ),
        (4785, ("volumetric-violation", "client", "carrier", "later", "volume", True)),
        (
            4794,
            ("destination-rejected-expired", "client", "carrier", "unknown", "expired", None),
        ),
        (5100, ("temporary-app-error", "server", "bandwidth", "yes", "service", False)),
        (5600, ("destination-carrier-queue-full", "server", "carrier", "once", "service", True)),
        (5630, ("message-not-acknowledged", "server", "carrier", "once", "service", True)),
        (9902, ("delivery-receipt-expired", "ambiguous", "bandwidth", "unknown", "unknown", True)),
    ],
)
def test_a_listed_code_has_the_values_of_its_row(code: int, expected: tuple[object, ...]) -> None:
    row = lookup(code)
    actual = (row.name, row.side, row.reported_by, row.retry, row.cause, row.billable)
    assert actual == expected


def test_every_cause_has_a_code() -> None:
    assert {row.cause for row in CATALOGUE.values()} == set(get_args(Cause))


def test_opt_outs_are_the_codes_with_that_cause() -> None:
    assert [code for code, row in CATALOGUE.items() if row.is_opt_out] == [4475, 4775]
    assert [code for code, row in CATALOGUE.items() if row.cause == "opt-out"] == [4475, 4775]
    assert [code for code, row in CATALOGUE.items() if "opted out" in row.meaning] == [4475, 4775]


def test_any_other_code_with_the_cause_opt_out_is_an_opt_out() -> None:
    code = ErrorCode(1, None, "", "client", "carrier", "never", cause="opt-out", billable=None)
    assert code.is_opt_out


def test_billable_is_unknown_only_for_newer_codes() -> None:
    assert {code for code, row in CATALOGUE.items() if row.billable is None} == NEWER
    assert Counter(row.billable for row in CATALOGUE.values()) == {False: 41, True: 35, None: 6}


@given(st.integers(1000, 9999).filter(lambda code: code not in CATALOGUE))
def test_an_unlisted_code_is_classified_by_its_digits(code: int) -> None:
    found = lookup(code)
    assert (found.side, found.reported_by) == by_digits(code)
    assert found.cause == ("service" if str(code)[0] == "5" else "unknown")
    assert (found.code, found.name, found.retry, found.is_opt_out) == (code, None, "unknown", False)
    assert found.billable is None
    assert found.meaning == "This code is not in the catalogue."


@given(st.integers() | st.integers(0, 4500).map(lambda digits: 10**digits))
def test_lookup_accepts_every_integer(code: int) -> None:
    found = lookup(code)
    assert found.code == code
    assert found.reported_by in {"bandwidth", "carrier"}
    assert found.cause in get_args(Cause)


def test_a_failed_event_looks_up_its_error() -> None:
    failed, unexplained = parse_callback(
        [event("message-failed", errorCode=4720), event("message-failed")]
    )
    assert isinstance(failed, MessageFailedEvent)
    assert isinstance(unexplained, MessageFailedEvent)
    assert failed.error == lookup(4720)
    assert unexplained.error is None


def test_the_catalogue_is_read_on_first_use() -> None:
    code = (
        "import json, sys;"
        "from bandwidth_events import parse_callback;"
        "[failed] = parse_callback(json.loads(sys.argv[1]));"
        "print('bandwidth_events.error_codes' in sys.modules);"
        "failed.error;"
        "print('bandwidth_events.error_codes' in sys.modules)"
    )
    body = json.dumps(event("message-failed", errorCode=4720))
    done = subprocess.run([sys.executable, "-c", code, body], capture_output=True, check=True)
    assert done.stdout.split() == [b"False", b"True"]


def test_error_codes_compare_by_value() -> None:
    assert hash(lookup(4720)) == hash(lookup(4720))
    with pytest.raises(AttributeError):
        lookup(4720).name = "other"  # type: ignore[misc]

"""The keywords for opting out, opting in again, and asking for help."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bandwidth_events.keywords import keyword

WORDS = {
    "stop": (
        *("stop", "quit", "end", "revoke", "opt out", "opt-out", "optout", "cancel"),
        *("unsubscribe", "stopall"),
    ),
    "start": ("start", "unstop"),
    "help": ("help", "info"),
}
CASES = [(word, meaning) for meaning, words in WORDS.items() for word in words]


@pytest.mark.parametrize(("word", "meaning"), CASES)
def test_each_keyword_is_recognised(word: str, meaning: str) -> None:
    assert keyword(word) == meaning


def cased(word: str) -> st.SearchStrategy[str]:
    return st.tuples(*[st.sampled_from([c, c.upper()]) for c in word]).map("".join)


_AROUND = st.text(
    st.sampled_from(f"{string.punctuation} \t\r\n\xa0\u200b\ufe0f\ufeff…–—´“”‘’«»€×\0")
)
_SPELLINGS = st.sampled_from(CASES).flatmap(
    lambda case: st.tuples(_AROUND, cased(case[0]), _AROUND, st.just(case[1]))
)


@given(_SPELLINGS)
def test_case_and_surrounding_characters_are_ignored(
    spelling: tuple[str, str, str, str],
) -> None:
    before, word, after, meaning = spelling
    assert keyword(before + word + after) == meaning


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "...", "yes", "YES", "no", "unsubscribe me", "please stop", "stop it"),
        *("stop stop", "st op", "un subscribe", "stop all", "opt", "out", "opt_out", "opt--out"),
        *("stopp", "nostop", "arret", "parar", "alto", "🛑", "end of the dock", "helpful"),
        "XSTOPX",
        "stop" * 1000,
        "1" * 1_000_000,
        "." * 1_000_000,
    ],
)
def test_other_texts_are_not_keywords(text: str) -> None:
    assert keyword(text) is None


def test_any_number_of_characters_around_a_keyword_is_ignored() -> None:
    assert keyword("." * 500_000 + "stop" + "." * 500_000) == "stop"


def test_none_is_not_a_keyword() -> None:
    assert keyword(None) is None


@pytest.mark.parametrize("dash", "-‐‑‒–—")
def test_the_hyphen_in_opt_out_can_be_any_dash(dash: str) -> None:
    assert keyword(f"Opt{dash}out") == "stop"


def test_the_space_in_opt_out_can_be_any_white_space() -> None:
    assert keyword("opt" + " " * 13 + "out") == "stop"
    assert keyword("Opt  out") == keyword("OPT\nOUT.") == keyword("opt\xa0out") == "stop"


@given(st.text())
def test_every_text_is_a_keyword_or_none(text: str) -> None:
    assert keyword(text) in {"stop", "start", "help", None}
    assert keyword(f"kayak {text} kayak") is None

"""The words with which people opt out, opt in again, and ask for help."""

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias
from unicodedata import category

__all__ = ["keyword"]

_Keyword: TypeAlias = Literal["stop", "start", "help"]

WORDS: Final[Mapping[str, _Keyword]] = {
    # 47 CFR 64.1200(a)(10)
    "stop": "stop",
    "quit": "stop",
    "end": "stop",
    "revoke": "stop",
    "opt out": "stop",
    "opt-out": "stop",
    "optout": "stop",
    "cancel": "stop",
    "unsubscribe": "stop",
    # CTIA, Short Code Monitoring Handbook, and Messaging Principles and Best Practices
    "stopall": "stop",
    "start": "start",
    "unstop": "start",
    "help": "help",
    "info": "help",
}
_LONGEST: Final = max(map(len, WORDS)) + 8  # with a few more spaces in "opt out"


def keyword(text: str | None) -> _Keyword | None:
    """Find out whether a text is a keyword for opting out, for opting in, or for help.

    The whole text has to be one of the words, in upper or lower case. White space,
    punctuation, quotes and signs around the word do not count; letters, digits and
    pictures do.

    - ``"stop"``: STOP, STOPALL, UNSUBSCRIBE, CANCEL, END, QUIT, REVOKE, and OPT OUT with a
      space, a hyphen or neither.
    - ``"start"``: START, UNSTOP. Not YES, which also answers questions.
    - ``"help"``: HELP, INFO.

    The words for opting out are those of 47 CFR 64.1200(a)(10) and of the CTIA, the others
    those of the CTIA. **The law asks for more than a list**: a sender has to honour any
    reasonable wording ("please don't text me again"), in any language, and through other
    channels too. So `None` does not mean that somebody has not opted out.

    Bandwidth does not handle opt-outs for long codes and short codes. For toll-free numbers
    the network enforces STOP, START and UNSTOP, but honouring them remains your duty.

    Args:
        text: The text of a message, or `None`. Nothing in it is trusted.

    Returns:
        What the text asks for, or `None`.
    """
    if text is None:
        return None
    start, end = 0, len(text)
    while start < end and _is_around_words(text[start]):
        start += 1
    while start < end and _is_around_words(text[end - 1]):
        end -= 1
    if end - start > _LONGEST:
        return None
    word = "".join("-" if category(c) == "Pd" else c for c in text[start:end])
    return WORDS.get(" ".join(word.casefold().split()))


def _is_around_words(character: str) -> bool:
    """Check for white space, punctuation, quotes, signs such as ``+``, and what is invisible."""
    kind = category(character)
    return kind[0] in "ZPC" or kind in {"Sk", "Sm", "Sc"} or character in "\ufe0e\ufe0f"

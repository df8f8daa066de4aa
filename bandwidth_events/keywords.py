"""The keywords for opting out, opting in again, and asking for help."""

import re
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
_FIRST_TO_LAST: Final = re.compile(r"[^\W_](?:.*[^\W_])?", re.DOTALL)  # letters or digits
_LONGEST: Final = max(map(len, WORDS)) + 8  # allows a few more spaces in "opt out"


def keyword(text: str | None) -> _Keyword | None:
    """Recognise a text that is a keyword for opting out, for opting in, or for help.

    The whole text has to be one of the keywords, in upper or lower case. White space,
    punctuation, quotes and symbols around the keyword are ignored; letters, digits and
    emoji are not.

    - ``"stop"``: STOP, STOPALL, UNSUBSCRIBE, CANCEL, END, QUIT, REVOKE, and OPT OUT with a
      space, a hyphen or neither.
    - ``"start"``: START, UNSTOP. Not YES, because YES also answers questions.
    - ``"help"``: HELP, INFO.

    The keywords for opting out come from 47 CFR 64.1200(a)(10) and from the CTIA, the others
    from the CTIA. **The law demands more than a list**: a sender has to honour any
    reasonable wording ("please don't text me again"), in any language, and through other
    channels too. So `None` does not prove that somebody has not opted out.

    Bandwidth does not handle opt-outs for long codes and short codes. For toll-free numbers
    the network enforces STOP, START and UNSTOP, but honouring them remains your duty.

    Args:
        text: The text of a message, or `None`. The text is untrusted.

    Returns:
        What the text asks for, or `None` if it is not a keyword.
    """
    if text is None:
        return None
    found = _FIRST_TO_LAST.search(text)
    if found is None or len(found[0]) > _LONGEST:
        return None
    word = "".join("-" if category(c) == "Pd" else c for c in found[0])
    meaning = WORDS.get(" ".join(word.casefold().split()))
    around = {*text[: found.start()], *text[found.end() :]}
    return meaning if meaning and all(map(_is_around_words, around)) else None


def _is_around_words(character: str) -> bool:
    """Check for white space, punctuation, quotes, symbols such as ``+``, and the invisible."""
    kind = category(character)
    return kind[0] in "ZPC" or kind in {"Sk", "Sm", "Sc"} or character in "\ufe0e\ufe0f"

"""Strategies for the values of single fields, simplest values first."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any, Final
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from bandwidth_events._events import EVENT_CLASSES, RECEIPT_EXPIRED
from bandwidth_events._message import Content, LocationResponse, MediaFile, SuggestionResponse
from bandwidth_events.error_codes import CATALOGUE
from bandwidth_events.keywords import WORDS
from bandwidth_events.media import MEDIA_HOST

# Addresses. Every phone number has the exchange 555, as in films. An address can also be a short
# code or a name. Each address takes one draw, so that examples are fast.

_SHORT_CODES: Final = tuple(map("55{:03}".format, range(12)))
_NAMES: Final = ("KAYAKS4U", "Kayaks", "kayaks_agent", "24-7 KAYAK")


def _addresses(number: str) -> tuple[str, ...]:
    """List phone numbers, short codes and names, in equal shares."""
    return (*map(number.format, range(12)), *_SHORT_CODES, *_NAMES * 3)


# The numbers of senders and recipients differ, so that readers of an example can tell them apart.
SENDERS: Final[SearchStrategy[str]] = st.sampled_from(_addresses("+1919555{:04}"))
RECIPIENTS: Final[SearchStrategy[str]] = st.sampled_from(_addresses("+1555555{:04}"))

ONE_RECIPIENT: Final[SearchStrategy[tuple[str, ...]]] = RECIPIENTS.map(lambda address: (address,))

LARGE_GROUP: Final = tuple(map("+15555551{:03}".format, range(12)))
"""More recipients than an outbound message can have."""

OUTBOUND_GROUPS: Final[SearchStrategy[tuple[str, ...]]] = st.lists(
    RECIPIENTS, min_size=1, max_size=3, unique=True
).map(tuple)
"""The recipients of an outbound MMS. Bandwidth sends events for each of them."""

INBOUND_GROUPS: Final[SearchStrategy[tuple[str, ...]]] = OUTBOUND_GROUPS | st.just(LARGE_GROUP)
"""The recipients of an inbound MMS, sometimes more than ten."""

# Texts

_GSM_7: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà^{}\\[~]|€"
)

_SPELLINGS: Final[Sequence[Callable[[str], str]]] = (
    str.upper,
    str.lower,
    str.title,
    str.swapcase,
    lambda word: word.replace("-", " "),
    lambda word: word.replace(" ", "  ").upper(),
)
_AROUND: Final = (
    "{}",
    "{} ",
    "\n{}\n",
    "{}!",
    "{}.",
    '"{}"',
    "“{}”",
    "'{}'",
    "\u00a0{}\u200b",
    "({})",
)
KEYWORDS: Final = tuple(
    around.format(spell(word)) for around in _AROUND for word in WORDS for spell in _SPELLINGS
)
NO_KEYWORDS: Final = ("YES", "Stop at the dock", "STOP IT", "Can you help?", "NONSTOP", "S T O P")

# These break databases, log files and terminals; the first two break PostgreSQL.
_CONTROLS: Final = ("\0", "Rent\0it", "\x1b[2J", "a\rb", "\x7f\x85\u2028\u2029")
_SCRIPTS: Final = (
    "🛶",
    "👩🏽‍🚀 👨‍👩‍👧‍👦 ❤️ 🇺🇸 1️⃣ 🏴󠁧󠁢󠁳󠁣󠁴󠁿",  # joined, coloured, flags, key caps, and tags
    "הקיאק הכחול \u200f(2)",  # right to left
    "\u202e\u2066مرحبا 123\u2069",  # right to left, and overrides
    "\u0301\u20dd",  # combining marks with nothing to combine with
    "e\u0301 Z̴̡̛͕a̷͉̐l̶͔̈́g̸͎̅o̵̤͝",  # not normalised, and many marks
    "कायक நீலம் 青いカヤック",
    "\ufeff\ufffd\uffff\U0010ffff",  # a byte-order mark, and noncharacters
)

# Longer than one segment, than ten segments, and than typical text columns.
_LENGTHS: Final = (161, 1601, 2049, 2500, 10_000)
_PATTERNS: Final = ("kayak ", "👩🏽‍🚀 שלום e\u0301 \0")
_LONG: Final = tuple((pattern * length)[:length] for length in _LENGTHS for pattern in _PATTERNS)

TEXTS: Final[SearchStrategy[str]] = st.one_of(
    st.text(_GSM_7, max_size=160),
    st.sampled_from(KEYWORDS + NO_KEYWORDS * 10),
    st.sampled_from(_CONTROLS + _SCRIPTS + _CONTROLS[:2] * 6),
    st.sampled_from(_LONG),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
)
"""Texts as people and gateways write them, up to 10,000 characters."""

DESCRIPTIONS: Final[SearchStrategy[str]] = st.sampled_from(("ok", "")) | st.text(
    _GSM_7, max_size=30
)
"""Descriptions as Bandwidth writes them for people."""

# Times

_EPOCH: Final = datetime(2026, 1, 1, tzinfo=timezone.utc)
_TEN_YEARS: Final = 10 * 365 * 86_400
_MICROSECONDS: Final = (0, 0, 123_000, 999_000, 1, 123_456, 999_999)
_RECEIPTS_END: Final = 73 * 3_600_000

TIMES: Final[SearchStrategy[datetime]] = st.builds(
    timedelta,
    seconds=st.integers(0, _TEN_YEARS),
    microseconds=st.sampled_from(_MICROSECONDS),
).map(_EPOCH.__add__)
"""Times in UTC, in whole seconds, milliseconds or microseconds."""

SECONDS: Final[SearchStrategy[timedelta]] = st.integers(0, 60).map(
    lambda seconds: timedelta(seconds=seconds)
)
DELAYS: Final[SearchStrategy[timedelta]] = st.integers(0, _RECEIPTS_END).map(
    lambda milliseconds: timedelta(milliseconds=milliseconds)
)
"""The time from a message to its event. Receipts can take 73 hours."""

# Ids. The number in an id is as large as both formats allow.

APPLICATION_IDS: Final[SearchStrategy[str]] = st.sampled_from(
    ("93de2206-9669-4e07-948d-329f4b722ee2", "b0c8f5a4-1d3e-4a6b-9c7d-2e5f8a1b4c6d")
)

ID_NUMBERS: Final[SearchStrategy[int]] = st.integers(0, 2**61)


def inbound_id(number: int) -> str:
    """Return the id of an inbound message: a UUID."""
    return str(UUID(int=number, version=4))


def outbound_id(number: int) -> str:
    """Return the id of an outbound message: 29 characters, starting with a time."""
    return f"1783339262170{number:016x}"


# Media

_FILES: Final = st.sampled_from(
    ("dock.jpg", "a b.png", "video", "..%2F..%2Fetc%2Fpasswd", "%F0%9F%9B%B6.gif", "con.txt")
)
_LAYOUTS: Final = st.sampled_from(("smil.smil", "0.smil", "smil.xml"))
# Bandwidth's own examples contain a placeholder for the account id.
_ACCOUNTS: Final = st.sampled_from(("5555550", "{accountId}"))


def _bandwidth_urls(account: str, layout: list[str], files: list[str]) -> tuple[str, ...]:
    return tuple(
        f"https://{MEDIA_HOST}/api/v2/users/{account}/media/14762070468292kw2fuqty55yp2b2/{n}/{name}"
        for n, name in enumerate(layout + files)
    )


INBOUND_MEDIA: Final[SearchStrategy[tuple[str, ...]]] = st.builds(
    _bandwidth_urls, _ACCOUNTS, st.lists(_LAYOUTS, max_size=1), st.lists(_FILES, max_size=5)
)
"""The media of an inbound MMS as stored by Bandwidth, often with the layout file first."""

OUTBOUND_MEDIA: Final[SearchStrategy[tuple[str, ...]]] = st.lists(
    st.builds(
        "{}/{}".format,
        st.sampled_from(
            (
                "https://cdn.kayaks.example",
                f"https://{MEDIA_HOST}/api/v2/users/5555550/media",
                # An application that sends its credentials to one of these has leaked them.
                f"https://{MEDIA_HOST}.kayaks.example",
                "https://messaging-bandwidth.com",
                "https://kayaks-bandwidth.com",
                f"https://{MEDIA_HOST}@kayaks.example",
                f"https://{MEDIA_HOST}:8443",
                f"http://{MEDIA_HOST}",
                f"https://kayaks.example/{MEDIA_HOST}",
                f"https://kayaks.example?{MEDIA_HOST}",
            )
        ),
        _FILES,
    ),
    min_size=1,
    max_size=3,
).map(tuple)
"""The URLs that the sender of an outbound MMS chose. Some imitate Bandwidth's host."""

# RBM only

_RBM_FILES: Final = st.sampled_from(("dock.mp4", "dock.jpg")).map(
    f"https://{MEDIA_HOST}/api/v2/users/5555550/media/0/".__add__
)
MEDIA_FILES: Final[SearchStrategy[MediaFile]] = st.fixed_dictionaries(
    {"file_url": _RBM_FILES}, optional={"thumbnail_url": _RBM_FILES}
).map(lambda fields: MediaFile(**fields))

_CONTENT_FIELDS: Final[dict[str, SearchStrategy[Any]]] = {"text": TEXTS, "media": MEDIA_FILES}
CONTENTS: Final[SearchStrategy[Content]] = st.one_of(
    TEXTS.map(lambda text: Content(text=text)),
    st.fixed_dictionaries({}, optional=_CONTENT_FIELDS).map(lambda fields: Content(**fields)),
)

SUGGESTION_RESPONSES: Final[SearchStrategy[SuggestionResponse]] = st.fixed_dictionaries(
    {"text": TEXTS, "postback_data": st.sampled_from(("cmVudDpibHVl", ""))},
    optional={"paired_message_id": st.none() | ID_NUMBERS.map(outbound_id)},
).map(lambda fields: SuggestionResponse(**fields))


def _degrees(limit: int) -> SearchStrategy[str]:
    return st.decimals(-limit, limit, places=5).map(str)


LOCATION_RESPONSES: Final[SearchStrategy[LocationResponse]] = st.builds(
    LocationResponse, latitude=_degrees(90), longitude=_degrees(180)
)


def _codes() -> tuple[int | None, ...]:
    """List error codes such that all causes are equally likely."""
    by_cause: dict[str, list[int]] = {}
    for code, error in CATALOGUE.items():
        by_cause.setdefault(error.cause, []).append(code)
    most = max(map(len, by_cause.values()))
    # Opt-outs and expired receipts are more frequent, because handlers must treat them specially.
    # Some codes are unlisted, and some events have no code.
    others = (by_cause["opt-out"], (RECEIPT_EXPIRED,), (4999, 5999, 9999), (None,))
    shares = (*by_cause.values(), *others, *others[:2] * 7)
    return tuple(share[n % len(share)] for n in range(most) for share in shares)


ERROR_CODES: Final[SearchStrategy[int | None]] = st.sampled_from(_codes())
"""Listed codes, unlisted codes, and `None`, because events without a code are possible."""

# Unknown types, keys and values

UNKNOWN_TYPES: Final[SearchStrategy[str]] = st.sampled_from(
    ("message-translated", "request-location-response")  # a future type, and a renamed one
) | st.text(st.characters(exclude_categories=["Cs"]), max_size=20).filter(
    lambda type_: type_ not in EVENT_CLASSES
)
"""Types that this version does not model."""

_SCALARS: Final[SearchStrategy[Any]] = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**53), 2**53), DESCRIPTIONS
)
_KEYS: Final[SearchStrategy[str]] = st.sampled_from(("id", "score", "text"))

JSON: Final[SearchStrategy[Any]] = st.one_of(
    _SCALARS, st.lists(_SCALARS, max_size=2), st.dictionaries(_KEYS, _SCALARS, max_size=2)
)
"""The value of an unknown key."""

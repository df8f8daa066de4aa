"""`verify_basic_auth` and `BasicCredentials`."""

import gc
import sys
from base64 import b64encode
from collections.abc import Callable, Iterable
from hmac import compare_digest
from types import FrameType
from typing import Any, Literal, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import ACCEPTED as AGREED
from properties import authentication_is_total

from bandwidth_events import BasicAuthError, BasicCredentials, verify_basic_auth

PLAIN = BasicCredentials("inbound", "tin:foil:hat")
ACCENTED = BasicCredentials("Zoë", "pässwörd 🗝")
OTHER = BasicCredentials("outbound", "tin:foil:hat")
ACCEPTED = [OTHER, PLAIN, ACCENTED]

Reason = Literal["missing", "malformed", "rejected"]
TraceFunction: TypeAlias = Callable[[FrameType, str, Any], Any]


def basic(credentials: bytes, scheme: str = "Basic ") -> str:
    return scheme + b64encode(credentials).decode()


def verdict(
    authorization: str | bytes | None,
    credentials: BasicCredentials | Iterable[BasicCredentials] = ACCEPTED,
) -> Reason | None:
    try:
        verify_basic_auth(authorization, credentials)
    except BasicAuthError as error:
        assert error.status_code == 401
        assert error.headers["WWW-Authenticate"].startswith("Basic realm=")
        return error.reason
    return None


HEADERS: dict[str, tuple[str | bytes | None, Reason | None]] = {
    # Accepted
    "first pair": (OTHER.authorization, None),
    "second pair": (PLAIN.authorization, None),
    "third pair, not ASCII": (ACCENTED.authorization, None),
    "as bytes": (PLAIN.authorization.encode(), None),
    "lower-case scheme": (basic(b"inbound:tin:foil:hat", "basic "), None),
    "upper-case scheme": (basic(b"inbound:tin:foil:hat", "BASIC "), None),
    "mixed-case scheme": (basic(b"inbound:tin:foil:hat", "bAsIc "), None),
    "two spaces": (basic(b"inbound:tin:foil:hat", "Basic  "), None),
    "white space around": (f" \t{PLAIN.authorization} \t", None),
    # No credentials
    "absent": (None, "missing"),
    "empty": ("", "missing"),
    "empty bytes": (b"", "missing"),
    "white space": (" \t ", "missing"),
    # Not Basic credentials
    "other scheme": ("Bearer abcdef", "malformed"),
    "digest": ('Digest username="inbound", realm="x"', "malformed"),
    "a scheme that starts with Basic": (basic(b"inbound:tin:foil:hat", "Basically "), "malformed"),
    "only the scheme": ("Basic", "malformed"),
    "scheme and a space": ("Basic ", "malformed"),
    "no scheme": (basic(b"inbound:tin:foil:hat", ""), "malformed"),
    "no space": (basic(b"inbound:tin:foil:hat", "Basic"), "malformed"),
    "a tab instead of the space": (basic(b"inbound:tin:foil:hat", "Basic\t"), "malformed"),
    "not encoded": ("Basic inbound:tin:foil:hat", "malformed"),
    "bad base64": ("Basic !!!!", "malformed"),
    "base64 of one character": ("Basic Y", "malformed"),
    "base64 without its padding": (PLAIN.authorization.rstrip("="), "malformed"),
    "only padding": ("Basic ====", "malformed"),
    "base64 with data after the padding": ("Basic YTpi=YTpi", "malformed"),
    "URL-safe base64": (
        basic(b"inbound:\xfb\xff").replace("+", "-").replace("/", "_"),
        "malformed",
    ),
    "base64 in two parts": ("Basic aW5ib3VuZDp0 aW46Zm9pbDpoYXQ=", "malformed"),
    "two headers joined": (f"{PLAIN.authorization}, {OTHER.authorization}", "malformed"),
    "a parameter": (f"{PLAIN.authorization}; charset=UTF-8", "malformed"),
    "no colon": (basic(b"inbound"), "malformed"),
    "only one padding character": ("Basic =", "malformed"),
    "not ASCII": ("Basic ünïcödé", "malformed"),
    "not ASCII, in latin-1 bytes": ("Basic ünïcödé".encode("latin-1"), "malformed"),
    "a look-alike scheme": ("Вasic" + PLAIN.authorization[5:], "malformed"),
    "a non-ASCII letter in accepted credentials": (
        f"{PLAIN.authorization[:9]}é{PLAIN.authorization[9:]}",
        "malformed",
    ),
    "full-width base64": ("Basic ａ", "malformed"),
    "a lone surrogate": ("Basic \ud83d", "malformed"),
    "a line feed after": (f"{PLAIN.authorization}\n", "malformed"),
    "a NUL after": (f"{PLAIN.authorization}\0", "malformed"),
    "control characters": ("Basic \x01\x02\x7f", "malformed"),
    "8 KiB and a byte": (basic(b"inbound:" + b"x" * 6129).ljust(8193), "malformed"),
    "10 KB": (basic(b"inbound:" + b"x" * 7500), "malformed"),
    "10 KB of spaces": (" " * 10_000, "malformed"),
    "10 KB of spaces after accepted credentials": (PLAIN.authorization + " " * 10_000, "malformed"),
    # Credentials that are not accepted
    "wrong user": (basic(b"inbounD:tin:foil:hat"), "rejected"),
    "wrong password": (basic(b"inbound:tin:foil:haT"), "rejected"),
    "user of one pair, password of another": (basic("inbound:pässwörd 🗝".encode()), "rejected"),
    "password up to its colon": (basic(b"inbound:tin"), "rejected"),
    "password from its colon": (basic(b"inbound:tin:foil:hat:"), "rejected"),
    "empty user": (basic(b":tin:foil:hat"), "rejected"),
    "empty password": (basic(b"inbound:"), "rejected"),
    "only a colon": (basic(b":"), "rejected"),
    "in latin-1": (basic("Zoë:pässwörd".encode("latin-1")), "rejected"),
    "decomposed accents": (basic("Zoe\u0308:pässwörd 🗝".encode()), "rejected"),
    "control characters inside": (basic(b"inbound\0:tin:foil:hat\0"), "rejected"),
    "invalid UTF-8 inside": (basic(b"\xff:\xfe"), "rejected"),
    "8 KiB": (basic(b"inbound:" + b"x" * 6129).ljust(8192), "rejected"),
}


@pytest.mark.parametrize("name", HEADERS)
def test_each_header_is_accepted_or_rejected_as_expected(name: str) -> None:
    header, reason = HEADERS[name]
    assert verdict(header) == reason


@pytest.mark.parametrize(
    "sent", [*ACCEPTED, BasicCredentials("inbound", "x"), BasicCredentials("x", "x")]
)
def test_every_pair_is_compared_in_full_for_any_header(
    sent: BasicCredentials, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The number of comparisons must not reveal which pair, or which half of a pair, was right."""
    compared: list[tuple[bytes, bytes]] = []

    def record(first: bytes, second: bytes) -> bool:
        compared.append((first, second))
        return compare_digest(first, second)

    monkeypatch.setattr("bandwidth_events._auth.compare_digest", record)
    verdict(sent.authorization)
    assert compared == [
        halves
        for pair in ACCEPTED
        for halves in (
            (sent.username.encode(), pair.username.encode()),
            (sent.password.encode(), pair.password.encode()),
        )
    ]


def instructions(header: str) -> list[tuple[str, int]]:
    """Return the bytecode instructions executed for a header, as function names and offsets."""
    executed: list[tuple[str, int]] = []

    def trace(frame: FrameType, event: str, _: object) -> TraceFunction:  # pragma: no cover
        # (Coverage is a trace function too, and Python allows only one.)
        frame.f_trace_opcodes = True
        if event == "opcode":
            executed.append((frame.f_code.co_name, frame.f_lasti))
        return trace

    sys._getframe().f_trace_opcodes = True  # Python 3.12 reads this only when tracing starts
    before = sys.gettrace()
    gc.disable()  # Hypothesis registers a callback that runs on each collection
    sys.settrace(trace)
    try:
        verdict(header)
    finally:
        sys.settrace(before)
        gc.enable()
    return executed


def test_every_wrong_credential_takes_the_same_instructions() -> None:
    """The position of the difference and the number of differing pairs do not matter.

    The test counts instructions, because time is noisy. `compare_digest`, which they call, takes
    the same time for every position of a difference.
    """
    wrong = [
        b"inbounD:tin:foil:hat",  # the last byte of the name
        b"Inbound:tin:foil:hat",  # the first byte of the name
        b"inbound:tin:foil:haT",  # the last of the password, which two pairs share
        b"inbound:Tin:foil:hat",
        b"inbound:XXXXXXXXXXXX",
        b"XXXXXXX:tin:foil:hat",
        b"XXXXXXX:XXXXXXXXXXXX",
        b"outbound:in:foil:hat",  # the name of another pair
        "inbound:pässwörd 🗝".encode(),  # the name of one pair, the password of another
        b"i:t",
    ]
    executed = {sent: instructions(basic(sent)) for sent in wrong}
    assert len(executed[wrong[0]]) > 100
    assert {sent: executed[sent] for sent in wrong if executed[sent] != executed[wrong[0]]} == {}


def test_credentials_can_be_a_single_pair_or_an_iterator() -> None:
    assert verdict(PLAIN.authorization, PLAIN) is None
    assert verdict(PLAIN.authorization, iter(ACCEPTED)) is None
    assert verdict(PLAIN.authorization, OTHER) == "rejected"


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (None, "no Authorization header"),
        ("Bearer abcdef", "the Authorization header does not contain Basic credentials"),
    ],
)
def test_the_message_distinguishes_missing_from_malformed_headers(
    header: str | None, message: str
) -> None:
    with pytest.raises(BasicAuthError) as caught:
        verify_basic_auth(header, ACCEPTED)
    assert str(caught.value) == message


def test_every_rejection_has_the_same_message() -> None:
    messages: set[str] = set()
    for header in (basic(b"inbound:wrong"), basic(b"wrong:tin:foil:hat"), basic(b"wrong:wrong")):
        with pytest.raises(BasicAuthError) as caught:
            verify_basic_auth(header, ACCEPTED)
        messages.add(str(caught.value))
    assert messages == {"the credentials in the Authorization header are not accepted"}


def test_empty_credentials_raise_a_value_error_for_any_header() -> None:
    for header in (None, PLAIN.authorization):
        with pytest.raises(ValueError, match=r"^credentials: expected at least one pair$"):
            verify_basic_auth(header, [])


@pytest.mark.parametrize(
    ("authorization", "credentials", "message"),
    [
        (5, PLAIN, "authorization: expected str, bytes or None, not int"),
        (["Basic"], PLAIN, "authorization: expected str, bytes or None, not list"),
        (None, "inbound:tin", "credentials: expected BasicCredentials, not str"),
        (None, [PLAIN, ("inbound", "tin")], "credentials: expected BasicCredentials, not tuple"),
    ],
)
def test_arguments_of_the_wrong_type_raise_a_type_error(
    authorization: Any,  # noqa: ANN401
    credentials: Any,  # noqa: ANN401
    message: str,
) -> None:
    with pytest.raises(TypeError) as caught:
        verify_basic_auth(authorization, credentials)
    assert str(caught.value) == message


@given(st.binary() | st.binary().map(lambda sent: basic(sent).encode()))
def test_a_header_in_bytes_is_equivalent_to_its_latin_1_text(header: bytes) -> None:
    authentication_is_total(header)


@given(
    st.sampled_from(AGREED).map(lambda pair: pair.authorization.encode()),
    st.integers(0, 60),
    st.binary(max_size=2),
)
def test_a_changed_header_is_accepted_only_if_it_decodes_to_the_same_credentials(
    header: bytes, position: int, new: bytes
) -> None:
    authentication_is_total(header[:position] + new + header[position + 1 :])


@given(st.text(st.characters()) | st.binary() | st.text().map("Basic ".__add__))
def test_any_header_is_accepted_or_raises_basic_auth_error(header: str | bytes) -> None:
    """Promise 1, for `verify_basic_auth`."""
    assert verdict(header) in {"missing", "malformed", "rejected"}


@given(st.binary().map(basic) | st.binary().map(lambda sent: basic(sent).encode()))
def test_any_encoded_text_is_malformed_or_rejected(header: str | bytes) -> None:
    assert verdict(header) in {"malformed", "rejected"}


printable = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1)


@given(printable.filter(lambda username: ":" not in username), printable)
def test_credentials_accept_their_own_header(username: str, password: str) -> None:
    credentials = BasicCredentials(username, password)
    assert verdict(credentials.authorization, credentials) is None


def test_the_header_of_credentials_follows_rfc_7617() -> None:
    """These are the examples in §2 and §2.1."""
    assert BasicCredentials("Aladdin", "open sesame").authorization == (
        "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
    )
    assert BasicCredentials("test", "123£").authorization == "Basic dGVzdDoxMjPCow=="


@pytest.mark.parametrize(
    ("username", "password", "message"),
    [
        ("", "secret", "username: empty"),
        ("user", "", "password: empty"),
        ("us:er", "secret", "username: contains a colon"),
        ("user", "x" * 6200, "username and password: too long for a header"),
        ("us\0er", "secret", "username: contains a control character or a lone surrogate"),
        ("user", "sec\nret", "password: contains a control character or a lone surrogate"),
        ("user", "sec\x85ret", "password: contains a control character or a lone surrogate"),
        ("user", "sec\udce9ret", "password: contains a control character or a lone surrogate"),
    ],
)
def test_invalid_credentials_raise_a_value_error(
    username: str, password: str, message: str
) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        BasicCredentials(username, password)


@pytest.mark.parametrize(
    ("username", "password", "message"),
    [
        (None, "secret", "username: expected str, not NoneType"),
        ("user", b"secret", "password: expected str, not bytes"),
    ],
)
def test_an_unset_setting_does_not_disable_authentication(
    username: Any,  # noqa: ANN401
    password: Any,  # noqa: ANN401
    message: str,
) -> None:
    with pytest.raises(TypeError) as caught:
        BasicCredentials(username, password)
    assert str(caught.value) == message


def test_the_repr_of_credentials_hides_the_password() -> None:
    assert repr(PLAIN) == "BasicCredentials(username='inbound')"

"""The strategy for the values of ``Authorization`` headers."""

from base64 import b64encode
from typing import Final
from unicodedata import normalize

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from hypothesis.strategies import DrawFn

from bandwidth_events._auth import BasicCredentials

from ._arguments import checked

# The characters of a header: no control characters, and non-ASCII bytes as ISO 8859-1.
_ANY: Final = st.text(st.characters(max_codepoint=0xFF, exclude_categories=["Cc"]), max_size=40)


def _check(credentials: object) -> None:
    if not isinstance(credentials, BasicCredentials):
        raise InvalidArgument("credentials: expected a BasicCredentials")


@checked(_check)
def authorization_headers(draw: DrawFn, credentials: BasicCredentials) -> str | None:
    """Generate values of the ``Authorization`` header: correct, wrong and hostile ones.

    `verify_basic_auth` accepts only the correct values.

    Args:
        credentials: The pair that the endpoint accepts.

    Returns:
        Text that an HTTP client can send, or `None` for no header, as in Bandwidth's
        first request.
    """
    username, password = credentials.username, credentials.password
    right = credentials.authorization
    token = right.removeprefix("Basic ")
    wrong_usernames = ("", username[:-1], f"{username} ", username.swapcase())
    wrong_passwords = (
        "",
        password[:-1],
        f"{password}:",
        f"{password}:{password}",
        f" {password}",
        password.partition(":")[0],
        password.swapcase(),
        normalize("NFC", password),
        normalize("NFD", password),
        normalize("NFKC", password),
    )
    hostile = (
        "",
        "Basic",
        token,
        f"Basic{token}",
        f"Bearer {token}",
        f"Basic {token}, Basic {token}",
        f"Basic {token[:-1]}",
        f"Basic {token}=",
        f"Basic {token}\xe9",
        f"Basic {username}:{password}".encode().decode("iso-8859-1"),
        _basic("\xff\xfe:\xff", "iso-8859-1"),
        _basic("\0:\0"),
        _basic(username + password),
        _basic(f"{password}:{username}"),
        f"Basic {'QUFB' * 3000}",
        'Digest username="bandwidth", realm="Bandwidth callbacks", nonce="", uri="/", response=""',
    )
    header = draw(
        st.one_of(
            st.sampled_from((right, f"basic {token}", f"BASIC   {token}")),
            st.sampled_from([f"{wrong}:{password}" for wrong in wrong_usernames]).map(_basic),
            st.sampled_from([f"{username}:{wrong}" for wrong in wrong_passwords]).map(_basic),
            st.none(),
            st.sampled_from(hostile),
            st.builds("{}:{}".format, _ANY, _ANY).map(_basic),
            st.builds("{}{}".format, st.sampled_from(("Basic ", "")), _ANY),
        )
    )
    # Clients reject leading and trailing white space, which a server would strip.
    return None if header is None else header.strip(" \t")


def _basic(user_pass: str, encoding: str = "utf-8") -> str:
    return f"Basic {b64encode(user_pass.encode(encoding)).decode()}"

"""Which media URLs are Bandwidth's, which parts of an MMS are attachments, and how to name them."""

import re
from pathlib import PurePosixPath
from typing import Final
from unicodedata import normalize
from urllib.parse import unquote, urlsplit, urlunsplit

from ._message import Message

__all__ = ["MEDIA_HOST", "attachments", "is_bandwidth_media", "safe_filename"]

MEDIA_HOST: Final = "messaging.bandwidth.com"
"""The host of Bandwidth's media URLs."""

_LAYOUT_SUFFIXES: Final = {".smil", ".xml"}
_MAX_BYTES: Final = 199  # leaves room for an underscore
_RESERVED: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


def is_bandwidth_media(url: str) -> bool:
    """Tell whether a media URL is Bandwidth's, so that it may see your API credentials.

    Ask before you send credentials anywhere: the URLs of an outbound event are
    whatever its sender wrote, and a look-alike would collect them.

    Args:
        url: A URL of `message.media`. Nothing in it is trusted.

    Returns:
        Whether the URL names https, exactly Bandwidth's media host, the default
        port and no user, in a spelling that every URL parser reads alike.
        (Bandwidth writes its host in lower case and never writes the port.)
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    # `urlsplit` drops tabs and line feeds. What it had to mend, another parser may read otherwise.
    return (parts.scheme, parts.netloc) == ("https", MEDIA_HOST) and urlunsplit(parts) == url


def attachments(message: Message) -> tuple[str, ...]:
    """Give the media that a person sent, without what describes an MMS's layout.

    The first of an MMS's media is often a ``.smil`` or ``.xml`` part, which no
    person wrote and none can view.

    Args:
        message: A message of any event.

    Returns:
        The URLs of `message.media` in their order, without those parts.
    """
    return tuple(
        url
        for url in message.media
        if PurePosixPath(safe_filename(url)).suffix.lower() not in _LAYOUT_SUFFIXES
    )


def safe_filename(url: str) -> str:
    """Give a name under which the file of a media URL can be stored.

    The names in media URLs are chosen by whoever sent the message. This one has
    no path, no control characters and no leading dot or dash, is no device of
    Windows, is never empty, and keeps the suffix. Two URLs may give the same name.

    Args:
        url: A URL of `message.media`. Nothing in it is trusted.

    Returns:
        A name of letters, digits and ``._-``, of at most 200 bytes in UTF-8.
    """
    try:
        path = urlsplit(url).path
    except ValueError:
        path = ""
    # First what may turn into a separator or a dot, then everything else.
    name = re.split(r"[/\\]", normalize("NFKC", unquote(path)))[-1]
    name = re.sub(r"[^\w.-]", "_", name)
    name = name.encode()[-_MAX_BYTES:].decode(errors="ignore").lstrip(".-").rstrip(".")
    return f"_{name}" if _RESERVED.match(name) else name or "attachment"

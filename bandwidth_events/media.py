"""Which media URLs are Bandwidth's, which parts of an MMS are attachments, and how to name them."""

import re
from typing import Final
from unicodedata import normalize
from urllib.parse import unquote, urlsplit, urlunsplit

from ._message import Message

__all__ = ["MEDIA_HOST", "attachments", "is_bandwidth_media", "safe_filename"]

MEDIA_HOST: Final = "messaging.bandwidth.com"
"""The host of Bandwidth's media URLs."""

# Normalising Unicode, which `urlsplit` does too, takes time quadratic in the length.
_MAX_URL: Final = 2048
_MAX_NAME_BYTES: Final = 180
_LAYOUT_SUFFIXES: Final = (".smil", ".xml")
_RESERVED: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


def is_bandwidth_media(url: str) -> bool:
    """Check whether a media URL is Bandwidth's, so that it may see your API credentials.

    Ask before you send credentials anywhere: the media URLs of an outbound event
    are those its sender gave, and a look-alike would collect them.

    Args:
        url: A URL of `Message.media`. Nothing in it is trusted.

    Returns:
        Whether the URL names https, exactly Bandwidth's media host, the default
        port and no user, in a spelling that every URL parser reads alike, and has
        at most 2,048 characters. (Bandwidth writes its host in lower case and
        never writes the port.)
    """
    if len(url) > _MAX_URL:
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    # `urlsplit` drops tabs and line feeds. What it had to mend, another parser may read otherwise.
    return (parts.scheme, parts.netloc) == ("https", MEDIA_HOST) and urlunsplit(parts) == url


def attachments(message: Message) -> tuple[str, ...]:
    """List the media that a person sent, without the layout of an inbound MMS.

    The first part of an inbound MMS is often a ``.smil`` or ``.xml`` file, which no
    person wrote and nobody can view. An outbound message has the URLs that its sender
    chose, a ``.xml`` file among them perhaps, and no layout. A multi-channel message has
    its file in `Content.media` instead.

    Args:
        message: The message of any event.

    Returns:
        The URLs of `Message.media` in their order, without the layout, then the
        `MediaFile.file_url` of the message's content.
    """
    content = message.content
    files = (content.media.file_url,) if content and content.media else ()
    if message.direction == "out":
        return (*message.media, *files)
    attached = [url for url in message.media if not _is_layout(url)]
    return (*attached, *files)


def safe_filename(url: str) -> str:
    """Build a name under which the file of a media URL can be stored.

    The names in media URLs are chosen by whoever sent the message. This one has
    no path, no control characters and no leading dot or dash, is no device of
    Windows, and is never empty. Two URLs may give the same name.

    Args:
        url: A URL of `Message.media`. Nothing in it is trusted.

    Returns:
        A name of letters, digits and ``._-``, of at most 200 bytes in UTF-8, with
        the suffix that the URL's path has.
    """
    name = re.sub(r"[^\w.-]", "_", _last_part(url))
    name = name.encode()[-_MAX_NAME_BYTES:].decode(errors="ignore")
    if not name or name.startswith((".", "-")):
        name = f"attachment{name}"
    name = name.rstrip(".")
    return f"_{name}" if _RESERVED.match(name) else name


def _is_layout(url: str) -> bool:
    return _last_part(url).lower().endswith(_LAYOUT_SUFFIXES)


def _last_part(url: str) -> str:
    """Return the last part of a URL's path, decoded; nothing if it cannot be read."""
    try:
        path = urlsplit(url).path if len(url) <= _MAX_URL else ""
    except ValueError:
        path = ""
    # Decoded and normalised before it is split, because both can produce separators.
    return re.split(r"[/\\]", normalize("NFKC", unquote(path)))[-1].strip()

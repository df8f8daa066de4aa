"""Recognise Bandwidth's media URLs, list the attachments of an MMS, and name their files."""

import re
from typing import Final
from unicodedata import normalize
from urllib.parse import unquote, urlsplit, urlunsplit

from ._message import Message

__all__ = ["MEDIA_HOST", "attachments", "is_bandwidth_media", "safe_filename"]

MEDIA_HOST: Final = "messaging.bandwidth.com"
"""The host of Bandwidth's media URLs."""

# Normalising Unicode takes time quadratic in the length, and `urlsplit` normalises too.
_MAX_URL: Final = 2048
_MAX_NAME_BYTES: Final = 180
_LAYOUT_SUFFIXES: Final = (".smil", ".xml")
_RESERVED: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


def is_bandwidth_media(url: str) -> bool:
    """Check whether a media URL is Bandwidth's, so that you may send it your API credentials.

    Call this function before you send credentials to any media URL. The media URLs of an
    outbound event are the ones that its sender chose, and a look-alike host could collect
    your credentials.

    Args:
        url: A URL from `Message.media`. The URL is untrusted.

    Returns:
        Whether the URL has the scheme https, exactly Bandwidth's media host, no port and
        no user, has at most 2,048 characters, and is spelled so that every URL parser reads
        it alike. (Bandwidth writes the host in lower case and omits the port.)
    """
    if len(url) > _MAX_URL:
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    # `urlsplit` drops tabs and line feeds. If it changed the URL, other parsers may read it
    # differently.
    return (parts.scheme, parts.netloc) == ("https", MEDIA_HOST) and urlunsplit(parts) == url


def attachments(message: Message) -> tuple[str, ...]:
    """List the media that a person sent, without the layout files of an inbound MMS.

    The first part of an inbound MMS is often a ``.smil`` or ``.xml`` file that describes
    the layout. No person wrote it, and it has nothing to show. An outbound message has no
    layout file, so all of its URLs are attachments, ``.xml`` files included. A
    multi-channel message has its file in `Content.media` instead.

    Args:
        message: The message of any event.

    Returns:
        The URLs of `Message.media` in their order, without layout files, followed by the
        `MediaFile.file_url` of the message's content.
    """
    content = message.content
    files = (content.media.file_url,) if content and content.media else ()
    if message.direction == "out":
        return (*message.media, *files)
    attached = [url for url in message.media if not _is_layout(url)]
    return (*attached, *files)


def safe_filename(url: str) -> str:
    """Build a safe name for the file of a media URL.

    The sender of a message chooses the names in its media URLs. The safe name has no path,
    no control characters and no leading dot or dash, is not a Windows device, and is never
    empty. Two URLs may result in the same name.

    Args:
        url: A URL from `Message.media`. The URL is untrusted.

    Returns:
        A name of letters, digits and ``._-``, of at most 200 bytes in UTF-8, with
        the suffix of the URL's path.
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
    """Return the last part of a URL's path, decoded; an empty string if the URL is invalid."""
    try:
        path = urlsplit(url).path if len(url) <= _MAX_URL else ""
    except ValueError:
        path = ""
    # Decode and normalise before splitting, because both can produce separators.
    return re.split(r"[/\\]", normalize("NFKC", unquote(path)))[-1].strip()

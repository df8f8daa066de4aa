"""Media URLs: recognising Bandwidth's, listing attachments, and naming files."""

import pytest
from bodies import SAMPLES
from hypothesis import example, given
from hypothesis import strategies as st
from properties import media_urls_are_handled_safely

from bandwidth_events import BaseMessageEvent, Content, Message, parse_callback
from bandwidth_events.media import MEDIA_HOST, attachments, is_bandwidth_media, safe_filename

PATH = "/api/v2/users/5555550/media/14762070468292kw2fuqty55yp2b2/0/dock.jpg"

OURS = {
    "as Bandwidth writes them": f"https://{MEDIA_HOST}{PATH}",
    "the placeholder of Bandwidth's examples": f"https://{MEDIA_HOST}/users/{{accountId}}/bear.png",
    "a file name with a space": f"https://{MEDIA_HOST}/0/blue kayak.jpg",
    "a file name of another script": f"https://{MEDIA_HOST}/0/каяк.jpg",
    "a query": f"https://{MEDIA_HOST}{PATH}?size=1",
    "a user name in the path": f"https://{MEDIA_HOST}/@evil.example/",
    "a backslash in the path": f"https://{MEDIA_HOST}/\\evil.example/",
}

FOREIGN = {
    "nothing": "",
    "no URL": "dock.jpg",
    "another host": "https://cdn.kayaks.example/dock.jpg",
    "plain http": f"http://{MEDIA_HOST}{PATH}",
    "another scheme": f"ftp://{MEDIA_HOST}{PATH}",
    "no scheme": f"//{MEDIA_HOST}{PATH}",
    "one slash": f"https:/{MEDIA_HOST}{PATH}",
    "no slash": f"https:{MEDIA_HOST}{PATH}",
    "three slashes": f"https:///{MEDIA_HOST}{PATH}",
    "backslashes instead of slashes": f"https:\\\\{MEDIA_HOST}{PATH}",
    "a backslash before a user": f"https://{MEDIA_HOST}\\@evil.example{PATH}",
    "a backslash after a host": f"https://evil.example\\@{MEDIA_HOST}{PATH}",
    "a backslash ends the host": f"https://{MEDIA_HOST}\\{PATH}",
    "a subdomain": f"https://x.{MEDIA_HOST}{PATH}",
    "a longer host": f"https://{MEDIA_HOST}.evil.example{PATH}",
    "a host with the same ending": f"https://evil{MEDIA_HOST}{PATH}",
    "the parent domain": f"https://bandwidth.com{PATH}",
    "a trailing dot": f"https://{MEDIA_HOST}.{PATH}",
    "a user": f"https://user@{MEDIA_HOST}{PATH}",
    "a user and a password": f"https://user:password@{MEDIA_HOST}{PATH}",
    "an empty user": f"https://@{MEDIA_HOST}{PATH}",
    "the host as user": f"https://{MEDIA_HOST}@evil.example{PATH}",
    "the host as user and password": f"https://{MEDIA_HOST}:443@evil.example{PATH}",
    "another port": f"https://{MEDIA_HOST}:8443{PATH}",
    "an empty port": f"https://{MEDIA_HOST}:{PATH}",
    "a port that is not a number": f"https://{MEDIA_HOST}:https{PATH}",
    "upper-case host": f"https://{MEDIA_HOST.upper()}{PATH}",
    "upper-case scheme": f"HTTPS://{MEDIA_HOST}{PATH}",
    "an ideographic full stop": f"https://{MEDIA_HOST.replace('.', '。')}{PATH}",
    "full-width letters": f"https://ｍ{MEDIA_HOST[1:]}{PATH}",
    "a Cyrillic look-alike": f"https://mess\u0430ging.bandwidth.com{PATH}",
    "a soft hyphen": f"https://messag\u00ading.bandwidth.com{PATH}",
    "a percent-encoded dot": f"https://messaging%2Ebandwidth.com{PATH}",
    "a space before": f" https://{MEDIA_HOST}{PATH}",
    "a control character before": f"\x01https://{MEDIA_HOST}{PATH}",
    "a tab in the host": f"https://messaging.band\twidth.com{PATH}",
    "a line feed in the host": f"https://{MEDIA_HOST}\n.evil.example{PATH}",
    "a line feed in the path": f"https://{MEDIA_HOST}/\r\nHost: evil.example",
    "a NUL in the host": f"https://{MEDIA_HOST}\0.evil.example{PATH}",
    "a fragment instead of a path": f"https://evil.example#@{MEDIA_HOST}{PATH}",
    "a query instead of a path": f"https://evil.example?@{MEDIA_HOST}{PATH}",
    "an IPv6 address": f"https://[::1]{PATH}",
    "half an IPv6 address": f"https://[{MEDIA_HOST}{PATH}",
}


@pytest.mark.parametrize("name", OURS)
def test_bandwidths_urls_are_recognised(name: str) -> None:
    assert is_bandwidth_media(OURS[name])


@pytest.mark.parametrize("name", FOREIGN)
def test_other_urls_are_not_recognised(name: str) -> None:
    assert not is_bandwidth_media(FOREIGN[name])


_authorities = st.sampled_from([MEDIA_HOST, f"{MEDIA_HOST}:443", f"u@{MEDIA_HOST}", MEDIA_HOST[1:]])
_junk = st.lists(
    st.sampled_from([*"/\\@?#.:。[]\t\n ", "//", "%2e", "evil.example", MEDIA_HOST])
    | st.text(max_size=2)
).map("".join)


@given(st.sampled_from(["https://", "https://", "https:/", "http://"]), _authorities, _junk)
def test_urls_that_are_nearly_bandwidths_are_handled_safely(
    scheme: str, authority: str, junk: str
) -> None:
    media_urls_are_handled_safely(scheme + authority + junk)


@given(st.text(st.characters()))
def test_no_url_of_another_host_is_accepted(url: str) -> None:
    assert not is_bandwidth_media(url)


def test_a_url_of_any_length_is_checked_quickly() -> None:
    """Unicode normalisation is quadratic: a megabyte of combining marks takes minutes."""
    marks = "\u0301\u0316" * 500_000
    for url in (f"https://{marks}/", f"https://{MEDIA_HOST}/{marks}"):
        assert not is_bandwidth_media(url)
        assert safe_filename(url) == "attachment"


# `attachments`


def message_of(sample: str) -> Message:
    (event,) = parse_callback(SAMPLES[sample])
    assert isinstance(event, BaseMessageEvent)
    return event.message


def test_the_layout_of_an_mms_is_not_an_attachment() -> None:
    assert [url.rpartition("/")[2] for url in attachments(message_of("inbound-mms"))] == [
        "dock.jpg"
    ]
    assert attachments(message_of("inbound-group-mms")) == ()
    assert attachments(message_of("inbound-sms")) == ()


def test_the_file_of_a_multi_channel_message_is_an_attachment() -> None:
    (url,) = attachments(message_of("inbound-multi-channel"))
    assert url.endswith("/0/dock.mp4")
    assert attachments(message_of("suggestion-response")) == ()
    text_alone = message_of("inbound-sms").model_copy(update={"content": Content(text="Look")})
    assert attachments(text_alone) == ()


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://a.example/0/smil.smil", False),
        ("https://a.example/0/SMIL.SMIL", False),
        ("https://a.example/0/layout.xml?x=1", False),
        ("https://a.example/0/layout%2Exml", False),
        ("https://a.example/0/.smil", False),
        ("https://a.example/0/smil.smil%20", False),
        ("https://a.example/smil.smil/dock.jpg", True),
        ("https://a.example/0/smil", True),
        ("https://a.example/0/notes.xml.txt", True),
        ("https://a.example/0/dock.jpg?x=.xml", True),
        ("https://[", True),
    ],
)
def test_a_layout_is_recognised_only_by_its_suffix(url: str, kept: bool) -> None:  # noqa: FBT001
    message = message_of("inbound-mms").model_copy(update={"media": (url,)})
    assert attachments(message) == ((url,) if kept else ())


def test_an_outbound_message_keeps_the_xml_file_that_its_sender_attached() -> None:
    sent = message_of("sending").model_copy(
        update={"media": ("https://cdn.kayaks.example/invoice.xml",)}
    )
    assert attachments(sent) == ("https://cdn.kayaks.example/invoice.xml",)


# `safe_filename`


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/0/dock.jpg", "dock.jpg"),
        ("/0/Dock%20at%20six.JPG", "Dock_at_six.JPG"),
        ("/0/каяк.jpg", "каяк.jpg"),
        ("/0/dock.jpg?name=/etc/passwd", "dock.jpg"),
        ("/0/dock.jpg#/etc/passwd", "dock.jpg"),
        ("", "attachment"),
        ("/", "attachment"),
        ("/0/..", "attachment"),
        ("/0/...", "attachment"),
        ("/0/..%2f..%2fetc%2fpasswd", "passwd"),
        ("/0/..%5c..%5cboot.ini", "boot.ini"),
        ("/0/．．／secret", "secret"),
        ("/0/.bashrc", "attachment.bashrc"),
        ("/0/.jpg", "attachment.jpg"),
        ("/0/-rf", "attachment-rf"),
        ("/0/dock.jpg%20", "dock.jpg"),
        ("/0/dock.jpg.", "dock.jpg"),
        ("/0/do%00ck%0a.jpg", "do_ck_.jpg"),
        ("/0/d\u202egpj.exe", "d_gpj.exe"),
        ("/0/a:b*c?.jpg", "a_b_c"),
        ("/0/CON", "_CON"),
        ("/0/nul.txt", "_nul.txt"),
        ("/0/com1.tar.gz", "_com1.tar.gz"),
        ("/0/LPT¹", "_LPT1"),
        ("/0/control.txt", "control.txt"),
        ("/0/%ff%fe", "__"),
        (f"/0/{'x' * 300}.jpg", f"{'x' * 176}.jpg"),
        (f"/0/{'é' * 300}.jpg", f"{'é' * 88}.jpg"),
        (f"/0/{'é' * 300}.jpeg", f"{'é' * 87}.jpeg"),
        ("/0/dock.XXX", "dock.XXX"),
    ],
)
def test_the_name_of_a_file_is_safe_and_keeps_its_suffix(path: str, name: str) -> None:
    assert safe_filename(f"https://{MEDIA_HOST}{path}") == name


def test_urls_longer_than_2048_characters_are_not_parsed() -> None:
    longest = f"https://{MEDIA_HOST}/".ljust(2040, "x") + "/0/d.jpg"
    assert is_bandwidth_media(longest)
    assert safe_filename(longest) == "d.jpg"
    assert not is_bandwidth_media(f"{longest}x")
    assert safe_filename(f"{longest}x") == "attachment"


def test_an_invalid_url_has_a_name_too() -> None:
    assert safe_filename("https://[") == "attachment"
    assert safe_filename("") == "attachment"


_names = st.text(st.characters()) | st.lists(
    st.sampled_from([*"./\\:-_%", "%2f", "%5c", "%2e", "CON", "aux", "com1", "x" * 250, "é", "\0"])
).map("".join)


@given(_names)
@example("\ud800")
def test_every_name_is_safe(name: str) -> None:
    media_urls_are_handled_safely(f"https://{MEDIA_HOST}/{name}")

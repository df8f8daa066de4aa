"""The possible answers of an endpoint, and the URLs that may be called."""

import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from concurrent.futures import wait
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from threading import Event as Signal
from threading import Semaphore
from typing import NamedTuple

import h11
import httpx
import pytest
import trustme
from handlers.correct import CREDENTIALS, Handler
from servers import answer, read_request, serve, serve_raw

from bandwidth_events.endpoint import SCENARIOS, Exchange, check, simulate
from bandwidth_events.endpoint._client import Client
from bandwidth_events.endpoint._exchange import Request
from bandwidth_events.testing import inbound_message

OK = b"HTTP/1.1 204 No Content\r\n\r\n"


def exchange(
    url: str, *, time_limit: float = 10, text: str = "hello", allow_remote: bool = False
) -> Exchange:
    """Make one request."""
    simulation = simulate(
        url,
        [inbound_message(text=text)],
        credentials=None,
        attempts=1,
        time_limit=time_limit,
        allow_remote=allow_remote,
    )
    (only,) = simulation.exchanges
    return only


def hang_up(_: socket.socket) -> None: ...


def hang_up_in_the_answer(connection: socket.socket) -> None:
    read_request(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.close()


def say_nothing(connection: socket.socket) -> None:
    read_request(connection)
    connection.recv(1)


def drip_headers(connection: socket.socket) -> None:
    read_request(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X-Wait: more\r\n")
        time.sleep(0.02)


def drip_body(connection: socket.socket) -> None:
    read_request(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        connection.sendall(b"1\r\n.\r\n")
        time.sleep(0.02)


def pour_body(connection: socket.socket) -> None:
    read_request(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n")
    while True:
        connection.sendall(bytes(65_536))


def pour_headers(connection: socket.socket) -> None:
    read_request(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X-More: " + b"x" * 65_536)


BROKEN = "the connection was dropped, or the answer was not HTTP"


@pytest.mark.parametrize(
    ("behave", "failure", "status", "detail"),
    [
        (hang_up, "dropped", None, BROKEN),
        (reset, "dropped", None, BROKEN),
        (hang_up_in_the_answer, "dropped", 200, BROKEN),
        (answer(b"\x1b]0;pwned\x07 +15555550199\r\n\r\n"), "dropped", None, BROKEN),
        (answer(b"HTTP/1.1 200 OK\r\nno header\r\n\r\n"), "dropped", None, BROKEN),
        (pour_headers, "dropped", None, BROKEN),
        (pour_body, "endless", 200, "200 with a body of more than 1 MiB"),
        (say_nothing, "timeout", None, "no answer within 1 s"),
        (drip_headers, "timeout", None, "no answer within 1 s"),
        (drip_body, "timeout", 200, "the answer 200 did not end within 1 s"),
    ],
)
def test_every_kind_of_answer_is_reported_in_time(
    behave: Callable[[socket.socket], None], failure: str, status: int | None, detail: str
) -> None:
    with serve_raw(behave) as url:
        broken = exchange(url, time_limit=1)
    assert (broken.failure, broken.status, str(broken)) == (failure, status, detail)
    assert not broken.is_success


def test_an_answer_before_the_end_of_the_request_is_accepted() -> None:
    def refuse(connection: socket.socket) -> None:
        connection.recv(1)
        connection.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65_536):
            pass  # Like good servers, read the request first: otherwise the answer could be lost.

    with serve_raw(refuse) as url:
        assert str(exchange(url, text="." * 20_000_000)) == "413"


@pytest.mark.parametrize("size", [0, 1_048_576])
def test_an_answer_may_have_a_body(size: int) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size
    with serve_raw(answer(head + bytes(size))) as url:
        done = exchange(url)
    assert (done.is_success, str(done)) == (True, "200")


def test_a_host_without_an_address_is_reported() -> None:
    done = exchange("http://nowhere.invalid/", allow_remote=True)
    assert done.failure == "unreachable"
    assert done.detail.startswith("host name not found: ")


def test_an_endpoint_without_tls_is_reported() -> None:
    with serve(Handler) as url:
        done = exchange(url.replace("http:", "https:"))
    assert (done.failure, done.detail) == ("tls", "TLS handshake failed: WRONG_VERSION_NUMBER")


def test_an_endpoint_that_hangs_up_on_tls_is_reported() -> None:
    with serve_raw(hang_up) as url:
        done = exchange(url.replace("http:", "https:"))
    assert (done.failure, done.detail) == (
        "tls",
        "TLS handshake failed: UNEXPECTED_EOF_WHILE_READING",
    )


def test_an_endpoint_that_drops_tls_is_reported() -> None:
    def reset_soon(connection: socket.socket) -> None:
        connection.recv(1)
        reset(connection)

    with serve_raw(reset_soon) as url:
        done = exchange(url.replace("http:", "https:"))
    assert (done.failure, done.detail) == ("dropped", BROKEN)


def test_an_endpoint_that_never_completes_the_tls_handshake_is_reported_in_time() -> None:
    with serve_raw(accept_and_wait(Semaphore(0))) as url:
        done = exchange(url.replace("http:", "https:"), time_limit=0.5)
    assert (done.failure, done.detail) == ("timeout", "no answer within 0.5 s")


@contextmanager
def full() -> Generator[str, None, None]:
    """Listen with a full queue, so that no connection succeeds."""
    with ExitStack() as sockets:
        listener = sockets.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(3):
            waiting = sockets.enter_context(socket.socket())
            waiting.settimeout(0)
            waiting.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"


def test_a_connection_that_takes_too_long_is_reported_in_time() -> None:
    with full() as url:
        done = exchange(url, time_limit=0.5)
    assert (done.failure, done.detail) == ("unreachable", "no connection within 0.5 s")
    assert 0.5 <= done.seconds < 5


@contextmanager
def unanswered_lookups(monkeypatch: pytest.MonkeyPatch) -> Generator[None, None, None]:
    """Simulate a name server that does not answer."""
    the_end = Signal()

    def getaddrinfo(*_: object, **__: object) -> list[object]:
        the_end.wait()
        return []

    with monkeypatch.context() as patched:
        patched.setattr(socket, "getaddrinfo", getaddrinfo)
        yield
    the_end.set()


def test_a_lookup_that_takes_too_long_is_reported_in_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with unanswered_lookups(monkeypatch):
        done = exchange("http://nowhere.invalid/", time_limit=0.5, allow_remote=True)
    assert (done.failure, done.detail) == ("unreachable", "no connection within 0.5 s")


def accept_and_wait(accepted: Semaphore) -> Callable[[socket.socket], None]:
    def behave(connection: socket.socket) -> None:
        accepted.release()
        while connection.recv(65_536):
            pass

    return behave


def client_of(url: str) -> Client:
    return Client(httpx.URL(url), time_limit=600)


def test_closing_a_client_does_not_wait_for_answers() -> None:
    accepted = Semaphore(0)
    with serve_raw(accept_and_wait(accepted)) as url:
        for scheme in ("http:", "https:"):  # HTTPS waits in the TLS handshake
            with client_of(url.replace("http:", scheme)) as client:
                under_way = client.submit(partial(client.send, Request("", {})))
                accepted.acquire()
            assert under_way.result().failure is not None


def test_closing_a_client_does_not_wait_for_connections() -> None:
    with full() as url, client_of(url) as client:
        under_way = client.submit(partial(client.send, Request("", {})))
        assert not wait([under_way], timeout=0.2).done
    assert under_way.result().failure is not None


def test_closing_a_client_does_not_wait_for_dns_lookups(monkeypatch: pytest.MonkeyPatch) -> None:
    with unanswered_lookups(monkeypatch):
        with client_of("http://nowhere.invalid/") as client:
            under_way = client.submit(partial(client.send, Request("", {})))
            assert not wait([under_way], timeout=0.2).done
        assert under_way.result().failure == "unreachable"


def test_a_closed_client_makes_no_requests() -> None:
    requests: list[tuple[bytes, bytes]] = []
    with serve_raw(answer(OK, requests=requests)) as url:
        with client_of(url) as client:
            assert client.send(Request("", {})).is_success
        assert client.send(Request("", {})).failure == "unreachable"
    assert len(requests) == 1


def test_an_invalid_request_raises() -> None:
    with client_of("http://127.0.0.1:9/") as client, pytest.raises(h11.LocalProtocolError):
        client.send(Request("", {"X-Header": "a\r\nb"}))


def test_a_chunked_body_has_no_content_length() -> None:
    received: list[bytes] = []

    def record(connection: socket.socket) -> None:
        while not b"".join(received).endswith(b"\r\n0\r\n\r\n"):
            received.append(connection.recv(65_536))
        connection.sendall(OK)

    with serve_raw(record) as url, client_of(url) as client:
        assert client.send(Request("", {}, b"is it blue?", "chunked")).is_success
    head, _, body = b"".join(received).partition(b"\r\n\r\n")
    assert b"Transfer-Encoding: chunked" in head
    assert b"content-length" not in head.lower()
    assert body == b"5\r\nis it\r\n6\r\n blue?\r\n0\r\n\r\n"


class Expecting(NamedTuple):
    """How a server reacts to the head of a request with Expect: 100-continue."""

    go_ahead: bytes
    body: bytes
    answer: bytes
    status: int


EXPECTING = {
    "100 Continue": Expecting(b"HTTP/1.1 100 Continue\r\n\r\n", b"body", OK, 204),
    "early hints first": Expecting(
        b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n", b"body", OK, 204
    ),
    "no 100 Continue": Expecting(b"", b"body", OK, 204),
    "rejection": Expecting(b"", b"", b"HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n", 417),
    "rejection with a body": Expecting(
        b"", b"", b"HTTP/1.1 413 No\r\nContent-Length: 3\r\n\r\nno!", 413
    ),
}


@pytest.mark.parametrize("case", EXPECTING)
def test_a_body_waits_for_100_continue_at_most_one_second(case: str) -> None:
    expecting, rest = EXPECTING[case], list[bytes]()

    def behave(connection: socket.socket) -> None:
        head = connection.recv(65_536)
        assert b"Expect: 100-continue" in head
        assert head.endswith(b"\r\n\r\n")
        connection.sendall(expecting.go_ahead)
        if expecting.body:
            rest.append(connection.recv(65_536))
        connection.sendall(expecting.answer)
        rest.append(connection.recv(65_536))

    with serve_raw(behave) as url, client_of(url) as client:
        done = client.send(Request("", {}, b"body", "expect-continue"))
    assert done.status == expecting.status
    assert b"".join(rest) == expecting.body


def test_a_slow_rejection_before_100_continue_is_read_completely() -> None:
    def behave(connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.sendall(b"HTTP/1.1 417 No\r\nContent-Length: 1\r\n\r\n")
        time.sleep(1.2)  # longer than the client waits for 100 Continue
        connection.sendall(b".")

    with serve_raw(behave) as url, client_of(url) as client:
        done = client.send(Request("", {}, b"body", "expect-continue"))
    assert (done.status, done.failure) == (417, None)


def test_waiting_for_100_continue_respects_the_time_limit() -> None:
    with serve_raw(say_nothing_at_all) as url, client_of(url) as client:
        client.time_limit = 0.3
        done = client.send(Request("", {}, b"body", "expect-continue"))
    assert (done.failure, done.detail) == ("timeout", "no answer within 0.3 s")


def test_a_server_that_reads_nothing_is_reported_in_time() -> None:
    with serve_raw(say_nothing_at_all) as url, client_of(url) as client:
        client.time_limit = 0.5
        done = client.send(Request("", {}, bytes(20_000_000)))
    assert (done.failure, done.detail) == ("timeout", "no answer within 0.5 s")


def say_nothing_at_all(connection: socket.socket) -> None:
    connection.recv(1)
    time.sleep(1)


@pytest.mark.parametrize(
    ("response", "is_quoting"),
    [
        (b"Content-Length: 6\r\n\r\nsecret", True),
        (b"Transfer-Encoding: chunked\r\n\r\n3\r\nsec\r\n3\r\nret\r\n0\r\n\r\n", True),
        (b"X-Error: no secret\r\nContent-Length: 0\r\n\r\n", True),
        (b"Content-Length: 6\r\n\r\nSecret", False),
        (b"Content-Length: 0\r\n\r\n", False),
    ],
)
def test_an_answer_that_quotes_the_request_is_detected(
    response: bytes, *, is_quoting: bool
) -> None:
    with serve_raw(answer(b"HTTP/1.1 400 No\r\n" + response)) as url, client_of(url) as client:
        done = client.send(Request("", {}, private=("other", "secret")))
    assert (done.is_quoting, "quoting" in str(done)) == (is_quoting, is_quoting)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def encrypted(
    authority: trustme.CA, behave: Callable[[socket.socket], None]
) -> Callable[[socket.socket], None]:
    """Serve TLS with a certificate for 127.0.0.1."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.tempfile() as file:
        context.load_cert_chain(file)

    def serve_encrypted(connection: socket.socket) -> None:
        try:
            with context.wrap_socket(connection, server_side=True) as wrapped:
                behave(wrapped)
        except ssl.SSLError:
            pass  # the client does not trust the certificate

    return serve_encrypted


def test_an_untrusted_certificate_is_reported(authority: trustme.CA) -> None:
    with serve_raw(encrypted(authority, answer(OK))) as url:
        done = exchange(url.replace("http:", "https:"))
    assert done.failure == "tls"
    assert done.detail.startswith("TLS handshake failed: unable to get local issuer certificate")


def test_a_certificate_trusted_by_the_machine_is_accepted(
    authority: trustme.CA, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    with serve_raw(encrypted(authority, answer(OK))) as url:
        assert str(exchange(url.replace("http:", "https:"))) == "204"


def test_proxies_and_passwords_in_the_environment_are_ignored(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text("default login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    requests: list[tuple[bytes, bytes]] = []
    with serve_raw(answer(OK, requests=requests)) as url:
        exchange(url)
    ((head, _),) = requests
    assert b"authorization" not in head.lower()


def test_cookies_are_not_sent_back() -> None:
    requests: list[tuple[bytes, bytes]] = []
    cookie = OK.replace(b"\r\n\r\n", b"\r\nSet-Cookie: session=1\r\n\r\n")
    with serve_raw(answer(cookie, requests=requests)) as url:
        check(url, CREDENTIALS, scenarios=SCENARIOS[:2])
    assert len(requests) == 4
    assert not any(b"cookie" in head.lower() for head, _ in requests)


REMOTE = "is not a loopback address; pass allow_remote=True or --allow-remote to call it"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://example.com/", f"example.com {REMOTE}"),
        ("http://localhost.example.com/", f"localhost.example.com {REMOTE}"),
        ("http://a.localhost/", f"a.localhost {REMOTE}"),
        ("http://127.0.0.1.example.com/", f"127.0.0.1.example.com {REMOTE}"),
        ("http://0.0.0.0/", f"0.0.0.0 {REMOTE}"),
        ("http://10.0.0.1/", f"10.0.0.1 {REMOTE}"),
        ("http://127.1/", f"127.1 {REMOTE}"),
        ("http://2130706433/", f"2130706433 {REMOTE}"),
        ("http://[::]/", f":: {REMOTE}"),
        ("http://[::ffff:127.0.0.1]/", f"::ffff:127.0.0.1 {REMOTE}"),
        ("http://[::1%25eth0]/", f"::1%25eth0 {REMOTE}"),
        ("http://localhost@example.com/", "contains credentials; pass them separately"),
        ("http://bandwidth:staple@localhost/", "contains credentials; pass them separately"),
        ("http://localhost:99999/", "invalid port"),
        ("http://localhost:port/", "invalid URL"),
        ("http:///callbacks", "expected http://… or https://…"),
        ("ftp://localhost/", "expected http://… or https://…"),
        ("localhost:8000/callbacks", "expected http://… or https://…"),
        ("/callbacks", "expected http://… or https://…"),
        ("", "expected http://… or https://…"),
    ],
)
def test_a_forbidden_url_raises(url: str, reason: str) -> None:
    for call in (
        lambda: check(url, CREDENTIALS),
        lambda: SCENARIOS[0].run(url, CREDENTIALS),
        lambda: simulate(url, [], credentials=None),
    ):
        with pytest.raises(ValueError, match=r"^url: ") as raised:
            call()
        assert str(raised.value) == f"url: {reason}"


@pytest.mark.parametrize("host", ["localhost", "LocalHost", "127.0.0.1", "127.200.0.3", "[::1]"])
def test_loopback_urls_are_allowed(host: str) -> None:
    assert simulate(f"http://{host}:8000/", [], credentials=None).deliveries == ()


WATCHED = """
import sys
sys.addaudithook(lambda event, _: event.startswith("socket.") and print(event))
from bandwidth_events import BasicCredentials
from bandwidth_events.endpoint import check
try:
    check(sys.argv[1], BasicCredentials("bandwidth", "staple"))
except Exception as error:
    print(type(error).__name__)
"""


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://callbacks.example/", ["ValueError"]),
        ("http://10.0.0.1/", ["ValueError"]),
    ],
)
def test_a_remote_host_is_neither_looked_up_nor_called(url: str, expected: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, url], capture_output=True, check=True, text=True
    )
    assert done.stdout.splitlines() == expected


def test_the_detector_of_dns_lookups_works() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, "http://localhost:9/"],
        capture_output=True,
        check=True,
        text=True,
    )
    assert {"socket.getaddrinfo", "socket.connect"} <= set(done.stdout.splitlines())

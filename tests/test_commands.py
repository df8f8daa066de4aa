"""The commands `send` and `check`, run as users run them against real servers."""

import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
from base64 import b64encode
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event as Signal
from xml.etree.ElementTree import parse as parse_xml

import pytest
from absence import lose
from bodies import SAMPLES, dump, event
from handlers import buggy
from handlers.correct import CREDENTIALS, Handler
from servers import answer, read_request, serve, serve_raw

from bandwidth_events import Event, InboundMessageEvent, UnknownEvent, parse_callback
from bandwidth_events.__main__ import main
from bandwidth_events._commands._send import _ids
from bandwidth_events._commands._terminal import printable
from bandwidth_events._events import EVENT_CLASSES
from bandwidth_events.endpoint import SCENARIOS
from bandwidth_events.testing import inbound_message, unknown_event

OK = b"HTTP/1.1 204 No Content\r\n\r\n"
BUSY = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
CREDENTIALS_IN = {
    "BANDWIDTH_EVENTS_USERNAME": CREDENTIALS.username,
    "BANDWIDTH_EVENTS_PASSWORD": CREDENTIALS.password,
}
COMMAND = [sys.executable, "-m", "bandwidth_events"]
# Without the variables that make rich colour a pipe.
ENVIRONMENT = {
    name: value
    for name, value in os.environ.items()
    if name not in {"FORCE_COLOR", "TTY_COMPATIBLE", "COLUMNS", *CREDENTIALS_IN}
}


@pytest.fixture(scope="module")
def correct() -> Generator[str, None, None]:
    with serve(Handler) as url:
        yield url


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in CREDENTIALS_IN.items():
        monkeypatch.setenv(name, value)


def one_event(requests: list[tuple[bytes, bytes]]) -> InboundMessageEvent | UnknownEvent:
    (event,) = parse_callback(requests[-1][1])
    assert isinstance(event, InboundMessageEvent | UnknownEvent)
    return event


# check


def test_the_output_is_a_table_of_results(correct: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", correct]) == 0
    lines = capsys.readouterr().out.splitlines()
    names = [line.split()[0] for line in lines if " passed " in line]
    assert names == [scenario.name for scenario in SCENARIOS]
    assert lines[-1] == f"{len(SCENARIOS)} of {len(SCENARIOS)} scenarios passed."


def test_the_output_shows_each_failure_and_its_cost(capsys: pytest.CaptureFixture[str]) -> None:
    with serve(buggy.UnknownTypeNotExpected) as url:
        status = main(["check", url, "--scenario", "unknown-type", "--scenario", "several-events"])
    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()] == [
        "scenario                came back",
        "unknown-type    FAILED  a new type: 500; a new type without a message: 500",
        "several-events  passed  204",
        "",
        "unknown-type: FAILED",
        "  sent:      events of types that Bandwidth does not send yet",
        "  expected:  2xx",
        "  came back: a new type: 500; a new type without a message: 500",
        "  cost:      Bandwidth retries every such callback for 24 hours, then drops it for good.",
        "",
        "1 of 2 scenarios passed.",
    ]
    assert status == 1


def test_the_output_shows_a_shared_cause_once_and_first(
    correct: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BANDWIDTH_EVENTS_PASSWORD", "another")
    names = ["first-request-empty", "unknown-type", "several-events"]
    words = [word for name in names for word in ("--scenario", name)]
    assert main(["check", correct, *words]) == 1
    first, *rest = capsys.readouterr().out.splitlines()
    assert first.startswith(
        "every request with the credentials gets 401: the credentials are wrong"
    )
    assert [line.split()[:2] for line in rest if " passed " in line or " FAILED " in line] == [
        ["first-request-empty", "passed"],
        ["unknown-type", "FAILED"],
        ["several-events", "FAILED"],
    ]
    assert [line.partition("FAILED")[2].strip() for line in rest if "FAILED" in line] == [
        "the cause above"
    ] * 2
    assert rest[-1] == "1 of 3 scenarios passed."
    assert not any("cost: " in line or first in line for line in rest)


def test_a_url_without_a_route_is_reported_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with serve_raw(answer(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")) as url:
        assert main(["check", url]) == 2
    assert capsys.readouterr() == (
        "",
        "bandwidth-events check: 404: there is no route at this path\n",
    )


def test_results_can_be_written_as_json_and_junit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "results.xml"
    with serve(buggy.UnknownTypeNotExpected) as url:
        arguments = ["--scenario", "unknown-type", "--scenario", "group-message"]
        status = main(["check", url, "--json", "--junit", str(file), *arguments])
    group, unknown = json.loads(capsys.readouterr().out)
    assert (group["name"], group["passed"], group["came_back"]) == (
        "group-message",
        True,
        "3 times 204",
    )
    assert [exchange["status"] for exchange in unknown["exchanges"]] == [500, 500]
    assert set(unknown) == {
        *("name", "passed", "sent", "expected", "came_back", "cost", "seconds", "exchanges"),
        "cause",
    }
    (suite,) = parse_xml(file).getroot()  # noqa: S314  # it is ours
    passed, failed = suite
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert (passed.get("name"), len(passed)) == ("group-message", 0)
    assert failed[0].get("message") == unknown["came_back"]
    assert (failed[0].text or "").startswith("unknown-type: FAILED\n  sent:      events of types")
    assert status == 1


ONE_SCENARIO = ["--scenario", "wrong-password"]


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ("", "Is a directory"),
        ("no/such/directory.xml", "No such file or directory"),
        ("n\0ne.xml", "invalid file name"),
        ("\udcff\x1b/x.xml", "No such file or directory"),
    ],
)
def test_a_file_that_cannot_be_opened_is_reported_before_anything_is_sent(
    file: str, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    requests: list[tuple[bytes, bytes]] = []
    path = tmp_path / file
    with serve_raw(answer(OK, requests=requests)) as url:
        assert main(["check", url, "--junit", str(path)]) == 2
    shown = printable(str(path))
    assert capsys.readouterr() == ("", f"bandwidth-events check: --junit: {shown}: {reason}\n")
    assert requests == []


def test_results_that_cannot_be_written_are_still_printed(
    correct: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", correct, *ONE_SCENARIO, "--junit", "/dev/full"]) == 2
    output, error = capsys.readouterr()
    assert output.splitlines()[-1] == "1 of 1 scenarios passed."
    assert error == "bandwidth-events check: --junit: No space left on device\n"


def test_results_are_written_even_if_the_table_cannot_be_printed(
    correct: str, tmp_path: Path
) -> None:
    file = tmp_path / "results.xml"
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*COMMAND, "check", correct, *ONE_SCENARIO, "--junit", str(file)],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            env=ENVIRONMENT | CREDENTIALS_IN,
        )
    assert done.stderr == (
        b"python -m bandwidth_events: standard output: No space left on device\n"
    )
    assert done.returncode == 2
    (suite,) = parse_xml(file).getroot()  # noqa: S314  # it is ours
    assert suite.get("tests") == "1"


def test_no_file_is_created_if_the_endpoint_is_unreachable(tmp_path: Path) -> None:
    file = tmp_path / "results.xml"
    assert main(["check", "http://127.0.0.1:9/", "--junit", str(file)]) == 2
    assert not file.exists()


def test_an_invalid_number_is_reported_with_what_was_expected(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for words, expected in (
        (["--count", "x"], "--count: expected a whole number of at least 1"),
        (["--duplicates", "2"], "--duplicates: expected a probability, 0 to 1"),
        (["--retry-window", "-1"], "--retry-window: expected a number of at least 0"),
        (["--time-limit", "x"], "--time-limit: expected a number above 0"),
    ):
        with pytest.raises(SystemExit):
            main(["send", "http://127.0.0.1:9/", *words])
        assert capsys.readouterr().err.endswith(f"error: argument {expected}\n")


def test_old_results_are_kept_until_there_are_new_ones(correct: str, tmp_path: Path) -> None:
    file = tmp_path / "results.xml"
    file.write_text("former results, " * 1000)
    assert main(["check", "http://127.0.0.1:9/", "--junit", str(file)]) == 2
    assert file.read_text().startswith("former")
    assert main(["check", correct, *ONE_SCENARIO, "--junit", str(file)]) == 0
    (suite,) = parse_xml(file).getroot()  # noqa: S314  # it is ours
    assert suite.get("tests") == "1"


def test_results_can_be_written_to_a_pipe(correct: str, tmp_path: Path) -> None:
    pipe = tmp_path / "results"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as pool:
        content = pool.submit(pipe.read_bytes)
        assert main(["check", correct, *ONE_SCENARIO, "--junit", str(pipe)]) == 0
    assert content.result().startswith(b"<?xml")


# send


def send(url: str, options: str, *more: str) -> int:
    return main(["send", url, "--no-credentials", *options.split(), *more])


def test_the_default_event_is_sent_with_the_handshake(
    correct: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["send", correct]) == 0
    sent, first, challenge, success, seconds, lost = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"sent message-received [0-9a-f-]{36}", sent)
    assert first == "callbacks: 1, duplicates: 0, retries: 0, requests: 2"
    assert {challenge, success} == {"     1 x 401 with a challenge", "     1 x 204"}
    assert re.fullmatch(r"seconds: median [\d.]+, p99 [\d.]+, worst [\d.]+", seconds)
    assert lost == "lost: 0"


def test_options_set_fields_and_counts() -> None:
    requests: list[tuple[bytes, bytes]] = []
    with serve_raw(answer(OK, requests=requests)) as url:
        fields = ["text=Is it blue?", "from=+15555550123", "media=a", "media=b", "segment_count=2"]
        fields += [
            'content={"text": "x=y"}',
            "time=2026-07-06T12:00:00Z",
            "message_to=+15555550101",
        ]
        words = [word for field in fields for word in ("--field", field)]
        status = send(url, "--count 3", *words)
    events = [parse_callback(body)[0] for _, body in requests]
    event = one_event(requests)
    assert isinstance(event, InboundMessageEvent)
    message = event.message
    assert (message.text, message.from_, message.media) == (
        "Is it blue?",
        "+15555550123",
        ("a", "b"),
    )
    assert (message.segment_count, message.content and message.content.text) == (2, "x=y")
    assert event.to == "+15555550101"
    assert len({e.message.id for e in events if isinstance(e, InboundMessageEvent)}) == 3
    assert status == 0


def test_a_whole_message_can_be_set_and_its_id_overridden() -> None:
    requests: list[tuple[bytes, bytes]] = []
    message = json.loads(parse_one_message())
    with serve_raw(answer(OK, requests=requests)) as url:
        send(url, "--field", f"message={json.dumps(message)}")
        send(url, "--field id=chosen")
    whole, chosen = (parse_callback(body)[0] for _, body in requests)
    assert isinstance(whole, InboundMessageEvent)
    assert isinstance(chosen, InboundMessageEvent)
    assert (whole.message.id, chosen.message.id) == (message["id"], "chosen")


def parse_one_message() -> str:
    return inbound_message(id="whole").message.model_dump_json(exclude_unset=True)


def test_known_and_unknown_types_can_be_sent() -> None:
    requests: list[tuple[bytes, bytes]] = []
    with serve_raw(answer(OK, requests=requests)) as url:
        send(url, "--concurrency 1 --event message-failed --event message-sung --unknown-type")
        send(url, "--event message-failed --field error_code=4720")
    types = [json.loads(body)[0]["type"] for _, body in requests]
    codes = [json.loads(body)[0].get("errorCode") for _, body in requests]
    assert types == ["message-failed", "message-sung", "message-failed"]
    assert codes == [4406, None, 4720]


def test_message_ids_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    requests: list[tuple[bytes, bytes]] = []
    with serve_raw(answer(OK, requests=requests)) as url:
        send(
            url,
            "--concurrency 1 --count 2 --event message-received --event message-sung"
            " --unknown-type --duplicates 1",
        )
    printed = [line.split() for line in capsys.readouterr().out.splitlines()]
    events = [json.loads(body)[0] for _, body in requests]
    sent = [["sent", event["type"], event["message"]["id"]] for event in events]
    assert len(sent) == 8
    assert [line for line in printed if line[0] == "sent"] == sent[::2]
    assert len({id_ for _, _, id_ in sent}) == 4


def test_an_unknown_event_need_not_have_a_message() -> None:
    events: list[Event] = [
        unknown_event(message={"id": 1}),
        inbound_message(id="a"),
        unknown_event(message=[]),
    ]
    assert _ids(events) == ["a"]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["errorCode", "from", "applicationId", "message.to", "carrierName"], "wire"),
        (["error_code", "from_", "application_id", "message_to", "carrier_name"], "Python"),
    ],
    ids=["wire", "python"],
)
def test_fields_can_be_named_as_on_the_wire_or_in_python(names: list[str], expected: str) -> None:
    requests: list[tuple[bytes, bytes]] = []
    values = ["4775", "+15555550123", expected, "+15555550101", "ACME"]
    fields = [f"{name}={value}" for name, value in zip(names, values, strict=True)]
    words = [word for field in fields for word in ("--field", field)]
    with serve_raw(answer(OK, requests=requests)) as url:
        assert send(url, "--event message-failed", *words) == 0
    (event,) = json.loads(requests[-1][1])
    message = event["message"]
    assert (event["errorCode"], message["from"], message["applicationId"]) == (
        4775,
        "+15555550123",
        expected,
    )
    assert (message["to"], event["carrierName"]) == (["+15555550101"], "ACME")


FLAG = "Add --unknown-type to send it anyway."
FIELDS = (
    "applicationId, carrierName, channel, content, description, direction, errorCode, from, id,"
    " locationResponse, media, message, message.time, message.to, owner, priority, segmentCount,"
    " suggestionResponse, tag, text, time, to"
)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (
            ["--event", "message-recieved"],
            f"--event: unknown type message-recieved; did you mean message-received? {FLAG}",
        ),
        (
            ["--event", "rain\x1b"],
            f"--event: unknown type rain\\u001b; expected {', '.join(EVENT_CLASSES)}. {FLAG}",
        ),
        (
            ["--event", "message-sung", "--unknown-type", "--field", "text=a"],
            "--field: message-sung is an unknown type, which has no fields",
        ),
        (
            ["--event", "message-failed", "--field", "code=1"],
            f"--field: message-failed has no field code; it has {FIELDS}",
        ),
    ],
)
def test_an_unknown_type_or_field_is_reported_with_suggestions(
    words: list[str], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["send", "http://127.0.0.1:9/", *words]) == 2
    assert capsys.readouterr() == ("", f"bandwidth-events send: {line}\n")


def test_a_seed_makes_the_output_reproducible() -> None:
    def run(seed: str) -> list[bytes]:
        requests: list[tuple[bytes, bytes]] = []
        with serve_raw(answer(OK, requests=requests)) as url:
            send(url, f"--count 20 --seed {seed} --duplicates 0.5 --reorder --concurrency 1")
        return [body for _, body in requests]

    first, again, other = map(run, ("1", "1", "2"))
    assert first == again
    assert first != other
    assert len(first) > 20


def test_lost_callbacks_are_reported(capsys: pytest.CaptureFixture[str]) -> None:
    with serve_raw(answer(BUSY)) as url:
        status = send(
            url, "--attempts 3 --retry-window 0.1 --event message-sung --unknown-type --count 2"
        )
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines[:2]] == [["sent", "message-sung"]] * 2
    assert lines[2:4] == [
        "callbacks: 2, duplicates: 0, retries: 4, requests: 6",
        "     6 x 503",
    ]
    assert lines[-2:] == ["lost: 2", "     2 x message-sung: 503"]
    assert status == 1


def test_deliveries_can_be_printed_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    requests: list[tuple[bytes, bytes]] = []
    with serve_raw(answer(BUSY, OK, requests=requests)) as url:
        status = send(
            url, "--json --attempts 1 --count 2 --concurrency 1 --field", "text=a private text"
        )
    output = capsys.readouterr().out
    summary = json.loads(output)
    lost, arrived = summary["deliveries"]
    assert summary["lost"] == [0]
    assert (lost["type"], lost["problem"], arrived["problem"]) == ("message-received", "503", None)
    ids = [json.loads(body)[0]["message"]["id"] for _, body in requests]
    assert [lost["message_ids"], arrived["message_ids"]] == [[id_] for id_ in ids]
    assert arrived["attempts"][0]["exchanges"][0]["status"] == 204
    assert "a private text" not in output
    assert status == 1


RECORDER = """#!{python}
import json, sys
json.dump(sys.argv[1:], open({file!r}, "w"))
"""


@pytest.mark.parametrize(
    ("options", "authentication"),
    [
        ([], ["--anyauth", "--user", f"{CREDENTIALS.username}:{CREDENTIALS.password}"]),
        (
            ["--handshake", "preemptive"],
            ["--basic", "--user", f"{CREDENTIALS.username}:{CREDENTIALS.password}"],
        ),
        (["--no-credentials"], []),
    ],
)
def test_the_curl_command_sends_the_request_from_a_shell(
    options: list[str],
    authentication: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A program named curl records the arguments that the shell passes."""
    arguments = tmp_path / "arguments.json"
    curl = tmp_path / "curl"
    curl.write_text(RECORDER.format(python=sys.executable, file=str(arguments)))
    curl.chmod(0o755)
    text = 'It\'s $HOME `id` "quoted" \\ ; \x1b[2J \u202e é 🛶\n!'
    status = main(
        ["send", "http://127.0.0.1:9/a'b?c=[1]&d", "--curl", "--field", f"text={text}", *options]
    )
    command = capsys.readouterr().out
    assert CREDENTIALS.password not in command
    assert command.isascii()
    assert command.rstrip("\n").isprintable()
    subprocess.run(
        ["/bin/sh", "-c", command],
        check=True,
        env=os.environ | CREDENTIALS_IN | {"PATH": f"{tmp_path}:{os.environ['PATH']}"},
    )
    words = json.loads(arguments.read_text())
    (event,) = parse_callback(words[words.index("--data-binary") + 1])
    assert isinstance(event, InboundMessageEvent)
    assert event.message.text == text
    assert "User-Agent: BandwidthAPI/v2" in words
    assert words[words.index("http://127.0.0.1:9/a'b?c=[1]&d") + 1 :] == authentication
    assert status == 0


TEXT = dump([event()])
CAPTURES = {
    "a body": (b'[ {"b": 1.50,\t"a":"\\u00e9"} ]\n\n', [b'[ {"b": 1.50,\t"a":"\\u00e9"} ]\n\n']),
    "not JSON": (b"-n %s \\101 @/etc \xff\x00'\r\n", [b"-n %s \\101 @/etc \xff\x00'\r\n"]),
    "an event": (TEXT[1:-1], [TEXT[1:-1]]),
    "JSON lines": (TEXT[1:-1] + b"\n" + TEXT + b"\n", [TEXT, TEXT]),
    "one JSON line": (TEXT[1:-1] + b"\n", [TEXT]),
    "a gateway's event": (
        dump({"isBase64Encoded": True, "body": b64encode(b"[ ]").decode()}),
        [b"[ ]"],
    ),
}


@pytest.mark.parametrize(("data", "expected"), CAPTURES.values(), ids=CAPTURES)
def test_captured_bodies_are_delivered_byte_for_byte(
    data: bytes, expected: list[bytes], tmp_path: Path
) -> None:
    file = tmp_path / "capture"
    file.write_bytes(data)
    requests: list[tuple[bytes, bytes]] = []
    with serve_raw(answer(OK, requests=requests)) as url:
        assert send(url, "--concurrency 1 --body", str(file)) == 0
    assert [body for _, body in requests] == expected


def test_a_captured_body_is_delivered_with_the_handshake_and_retries(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "capture"
    file.write_bytes(TEXT)
    requests: list[tuple[bytes, bytes]] = []
    challenge = b"HTTP/1.1 401 \r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n"
    with serve_raw(answer(challenge, BUSY, challenge, OK, requests=requests)) as url:
        assert main(["send", url, "--body", str(file), "--retry-window", "0.1"]) == 0
    assert [body for _, body in requests] == [b"", TEXT, b"", TEXT]
    assert ["Authorization" in head.decode().title() for head, _ in requests] == [
        False,
        True,
    ] * 2
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"sent message-received {json.loads(TEXT)[0]['message']['id']}"
    assert lines[1] == "callbacks: 1, duplicates: 0, retries: 1, requests: 4"


def test_the_events_in_captured_bodies_are_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, other = tmp_path / "capture", tmp_path / "other"
    file.write_bytes(
        b"[]\n"
        + dump([event("message-sung", message__id="1"), event(message__id="2"), {"type": 3}])
        + b"\n<html>\n"
    )
    other.write_bytes(dump([event(message__id="4")]))
    with serve_raw(answer(BUSY)) as url:
        bodies = ("--body", str(file), "--body", str(other))
        status = send(url, "--attempts 1 --count 2 --duplicates 1", *bodies)
    lines = capsys.readouterr().out.splitlines()
    sent = [
        "sent empty array",
        "sent message-sung, message-received, malformed body 1 2",
        "sent malformed body",
        "sent message-received 4",
    ]
    assert lines[:8] == sent * 2
    assert lines[8] == "callbacks: 8, duplicates: 8, retries: 0, requests: 16"
    assert status == 1


def test_the_output_of_parse_can_be_delivered() -> None:
    printed = subprocess.run(
        [*COMMAND, "parse", "--json"],
        input=SAMPLES["delivered-group"],
        capture_output=True,
        check=True,
    )
    requests: list[tuple[bytes, bytes]] = []
    with serve_raw(answer(OK, requests=requests)) as url:
        subprocess.run(
            [*COMMAND, "send", url, "--no-credentials", "--concurrency", "1", "--body", "-"],
            input=printed.stdout,
            check=True,
            capture_output=True,
        )
    events = [event for _, body in requests for event in parse_callback(body)]
    assert events == parse_callback(SAMPLES["delivered-group"])
    assert len(requests) == len(events) == 2


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_the_curl_command_sends_the_bytes_of_a_captured_body(
    shell: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    curl, file, arrived = (tmp_path / name for name in ("curl", "capture", "arrived"))
    curl.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >{arrived}.words\ncat >{arrived}\n')
    curl.chmod(0o755)
    data = bytes(range(256)) + b"--%d 'it' \\n\\0101"
    file.write_bytes(data)
    url = "http://127.0.0.1:9/"
    assert main(["send", url, "--curl", "--no-credentials", "--body", str(file)]) == 0
    command = capsys.readouterr().out
    assert command.isascii()
    path = f"{tmp_path}:{os.environ['PATH']}"
    subprocess.run([shell, "-c", command], check=True, env=os.environ | {"PATH": path})
    assert arrived.read_bytes() == data
    words = Path(f"{arrived}.words").read_text().splitlines()
    assert words[-3:] == ["--data-binary", "@-", url]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--body", "/no/such/file"], "/no/such/file: No such file or directory"),
        (["--body", "a", "--field", "text=a"], "--body cannot be combined with --event or --field"),
        (
            ["--body", "a", "--event", "message-sent"],
            "--body cannot be combined with --event or --field",
        ),
    ],
)
def test_bodies_that_cannot_be_sent_are_reported(
    words: list[str], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["send", "http://127.0.0.1:9/", *words]) == 2
    assert capsys.readouterr() == ("", f"bandwidth-events send: {line}\n")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        (["text"], "expected NAME=VALUE"),
        (["sound=loud"], "message-received has no field sound"),
        (["error_code=4720"], "message-received has no field error_code"),
        (["text=a", "text=b"], "text is given twice"),
        (["segment_count=two"], "segmentCount: expected an integer"),
        (["content=blue"], "content: expected JSON"),
        (['content={"media": {}}'], "content: media.fileUrl: required, but missing"),
        (["time=2026-07-06T12:00:00"], "time: expected an offset from UTC, such as Z"),
    ],
)
def test_an_invalid_field_is_reported_without_its_value(
    fields: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [word for field in fields for word in ("--field", field)]
    assert main(["send", "http://127.0.0.1:9/", *words]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"bandwidth-events send: --field: {reason}")
    assert "two" not in error
    assert "blue" not in error


# both

REMOTE = "is not a loopback address; pass allow_remote=True or --allow-remote to call it"

WRONG_USE = [
    ["send", "--count", "0"],
    ["send", "--count", "x"],
    ["send", "--duplicates", "2"],
    ["send", "--retry-window", "-1"],
    ["send", "--retry-window", "inf"],
    ["check", "--time-limit", "-1"],
    ["check", "--time-limit", "nan"],
    ["check", "--password", "staple"],
    ["send", "--field", "text=\udcff"],
    ["send", "--event", "\udcff"],
]


@pytest.mark.parametrize("words", WRONG_USE, ids=lambda words: ascii(" ".join(words)))
def test_invalid_arguments_print_the_usage(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as raised:
        main([*words, "http://127.0.0.1:9/"])
    assert raised.value.code == 2
    assert "usage: bandwidth-events" in capsys.readouterr().err


def test_an_unknown_scenario_is_reported(correct: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", correct, "--scenario", "rain"]) == 2
    assert capsys.readouterr().err.startswith(
        "bandwidth-events check: unknown scenario; choose from first-request-empty, "
    )


@pytest.mark.parametrize("command", ["send", "check"])
@pytest.mark.parametrize(
    ("url", "line"),
    [
        (
            "http://callbacks.example/",
            f"url: callbacks.example {REMOTE}",
        ),
        ("http://bandwidth:staple@127.0.0.1/", "url: contains credentials; pass them separately"),
        ("127.0.0.1:8000", "url: expected http://… or https://…"),
        ("http://127.0.0.1/\udcff", "url: invalid URL"),
        ("http://127.0.0.1/\x1b", "url: invalid URL"),
        ("http://127.0.0.1:9/", "no connection: Connection refused"),
    ],
)
def test_an_endpoint_that_cannot_be_called_is_reported_in_one_line(
    command: str, url: str, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, url]) == 2
    assert capsys.readouterr() == ("", f"bandwidth-events {command}: {line}\n")


@pytest.mark.parametrize("command", ["send", "check"])
def test_an_endpoint_without_tls_is_reported_in_one_line(
    command: str, correct: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, correct.replace("http:", "https:")]) == 2
    assert capsys.readouterr().err == (
        f"bandwidth-events {command}: TLS handshake failed: WRONG_VERSION_NUMBER\n"
    )


@pytest.mark.parametrize("missing", CREDENTIALS_IN)
@pytest.mark.parametrize("command", ["send", "check"])
def test_without_credentials_and_without_a_terminal_there_is_no_prompt(
    command: str, missing: str, correct: str
) -> None:
    environment = ENVIRONMENT | CREDENTIALS_IN
    del environment[missing]
    done = subprocess.run(
        [*COMMAND, command, correct],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        env=environment,
        text=True,
    )
    assert done.stderr == (
        f"python -m bandwidth_events {command}: set BANDWIDTH_EVENTS_USERNAME and"
        " BANDWIDTH_EVENTS_PASSWORD in the environment\n"
    )
    assert (done.returncode, done.stdout) == (2, "")


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        (("BANDWIDTH_EVENTS_PASSWORD", ""), "password: empty"),
        (("BANDWIDTH_EVENTS_USERNAME", "a:b"), "username: contains a colon"),
    ],
)
def test_invalid_credentials_are_reported(
    setting: tuple[str, str],
    reason: str,
    correct: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(*setting)
    assert main(["send", correct]) == 2
    assert capsys.readouterr().err == f"bandwidth-events send: {reason}\n"


def read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # how Linux reports that the other end is closed
        return b""


def terminal(command: list[str], typed: list[str]) -> tuple[int, str]:
    """Run a command on a terminal, type a line at each prompt, and return status and output."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        command,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=ENVIRONMENT | {"TERM": "xterm", "COLUMNS": "80"},
        start_new_session=True,
    ) as process:
        os.close(theirs)
        output = ""
        while data := read(ours):
            output += data.decode()
            if output.endswith(": ") and typed:
                os.write(ours, f"{typed.pop(0)}\n".encode())
    os.close(ours)
    return process.returncode, output


def test_a_terminal_shows_a_prompt_and_a_progress_bar(correct: str) -> None:
    status, output = terminal(
        [*COMMAND, "send", correct], [CREDENTIALS.username, CREDENTIALS.password]
    )
    assert output.startswith(f"User name: {CREDENTIALS.username}\r\nPassword: \r\n")
    assert CREDENTIALS.password not in output
    assert "\x1b[2Kcallbacks \x1b[" in output
    assert "━━━" in output
    assert "lost: 0" in output
    assert status == 0


def test_the_prompt_asks_only_for_a_missing_password(correct: str) -> None:
    command = ["env", f"BANDWIDTH_EVENTS_USERNAME={CREDENTIALS.username}", *COMMAND]
    status, output = terminal([*command, "send", correct], [CREDENTIALS.password])
    assert output.startswith("Password: \r\n")
    assert status == 0


def test_the_prompt_asks_only_for_a_missing_user_name(correct: str) -> None:
    command = ["env", f"BANDWIDTH_EVENTS_PASSWORD={CREDENTIALS.password}", *COMMAND]
    status, output = terminal([*command, "send", correct], [CREDENTIALS.username])
    assert "Password" not in output
    assert status == 0


def test_the_end_of_input_at_the_prompt_prints_no_traceback(correct: str) -> None:
    status, output = terminal([*COMMAND, "send", correct], [CREDENTIALS.username, "\x04"])
    assert status == 2
    assert "Traceback" not in output


@pytest.fixture
def interruptible() -> Generator[None]:
    """Enable interrupts, because child processes inherit the setting of the test runner."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("command", ["send", "check"])
def test_an_interrupt_ends_the_command_immediately(command: str) -> None:
    arrived = Signal()

    def hang(connection: socket.socket) -> None:
        read_request(connection)
        arrived.set()
        connection.recv(1)

    with (
        serve_raw(hang) as url,
        subprocess.Popen(
            [*COMMAND, command, url, "--time-limit", "600"],
            env=ENVIRONMENT | CREDENTIALS_IN,
            stderr=subprocess.PIPE,
        ) as process,
    ):
        assert arrived.wait(timeout=30)
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=30)
    assert (process.returncode, error) == (130, b"")


@pytest.mark.parametrize("package", ["httpx", "rich"])
@pytest.mark.parametrize("command", ["send", "check"])
def test_a_missing_extra_is_reported_with_its_install_command(
    command: str,
    package: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    lose(package, "bandwidth_events.endpoint", monkeypatch=monkeypatch)
    assert main([command, "http://127.0.0.1:9/"]) == 2
    assert capsys.readouterr().err == (
        f"bandwidth-events {command}: this command needs an extra:"
        ' pip install "bandwidth-events[cli]"\n'
    )


@pytest.mark.parametrize("module", ["httpx._client", "rich.console"])
@pytest.mark.parametrize("command", ["send", "check"])
def test_a_broken_installation_is_not_a_missing_extra(
    command: str,
    module: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    importers = ("httpx", "bandwidth_events.endpoint")
    lose(module, *importers, monkeypatch=monkeypatch)
    assert main([command, "http://127.0.0.1:9/"]) == 2
    assert capsys.readouterr().err == (
        f"bandwidth-events {command}: the installation is broken: No module named '{module}'\n"
    )

"""The command line, run as users run it."""

import io
import json
import os
import re
import shlex
import subprocess
import sys
from base64 import b64encode
from importlib.metadata import version
from pathlib import Path
from time import process_time
from typing import TextIO

import pytest
from absence import lose
from bodies import ROOT, SAMPLES, dump, event

from bandwidth_events import encode_callback, parse_callback
from bandwidth_events.__main__ import main
from bandwidth_events.error_codes import CATALOGUE

SAMPLE_FILES = ROOT / "tests/samples"
FAILED = str(SAMPLE_FILES / "failed.json")
# Without the variables that make rich colour a pipe, or Python flush each line.
ENVIRONMENT = {
    name: value
    for name, value in os.environ.items()
    if name not in {"FORCE_COLOR", "TTY_COMPATIBLE", "PYTHONUNBUFFERED"}
}
COMMAND = [sys.executable, "-m", "bandwidth_events"]
SCRIPT = str(Path(sys.executable).with_name("bandwidth-events"))

XML = "XML, such as a webhook about number orders or subscriptions"


def run(
    *arguments: str, body: bytes = b"", encoding: str = "utf-8"
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*COMMAND, *arguments],
        input=body,
        capture_output=True,
        check=False,
        env={**ENVIRONMENT, "PYTHONIOENCODING": encoding},
    )


def test_the_output_shows_every_leaf_with_its_place() -> None:
    done = run("parse", str(SAMPLE_FILES / "inbound-mms.json"))
    lines = [line.split(maxsplit=1) for line in done.stdout.decode().splitlines()]
    assert lines[0] == ["message-received"]
    assert ["time", "2026-07-06T12:00:00.123000Z"] in [[*map(str.strip, line)] for line in lines]
    assert ["message.text", "The dock at six 🛶"] in [[*map(str.strip, line)] for line in lines]
    assert ["message.channel", "MMS"] in [[*map(str.strip, line)] for line in lines]
    assert (done.returncode, done.stderr) == (0, b"")


def test_the_output_shows_an_unknown_event_completely() -> None:
    done = run("parse", body=SAMPLES["unknown-type"])
    assert done.stdout.decode().splitlines()[0] == "message-translated (unknown type)"
    assert b"language.from" in done.stdout
    assert b"0.75" in done.stdout


def test_json_output_has_one_event_per_line_and_parses_again() -> None:
    done = run("parse", "--json", "-", body=SAMPLES["delivered-group"])
    lines = done.stdout.splitlines()
    expected = parse_callback(SAMPLES["delivered-group"])
    assert [parse_callback(line) for line in lines] == [[event] for event in expected]
    assert b"[" + b",".join(lines) + b"]" == encode_callback(expected)


def test_json_output_needs_no_extra_and_is_always_utf_8() -> None:
    done = run("parse", "--json", body=SAMPLES["inbound-mms"], encoding="ascii")
    assert json.loads(done.stdout)["message"]["text"] == "The dock at six 🛶"


def test_a_malformed_event_is_reported_on_standard_error_and_the_others_are_printed() -> None:
    file = str(SAMPLE_FILES / "malformed-one-of-three.json")
    done = run("parse", "--json", file)
    types = [json.loads(line)["type"] for line in done.stdout.splitlines()]
    assert types == ["message-received", "message-delivered"]
    place = f"{file}: events[1] (message-failed)"
    assert done.stderr.decode().splitlines() == [
        f"{place} to: required, but missing",
        f"{place} message.time: expected an offset from UTC, such as Z",
    ]
    assert done.returncode == 1


def test_a_body_that_is_not_json_is_reported() -> None:
    done = run("parse", body=b"<html>")
    assert done.stderr == f"-: body: {XML}\n".encode()
    assert (done.returncode, done.stdout) == (1, b"")


def test_every_file_is_read_and_the_highest_exit_code_is_returned(tmp_path: Path) -> None:
    missing = str(tmp_path / "missing.json")
    done = run("parse", "--json", missing, str(tmp_path), str(SAMPLE_FILES / "failed.json"))
    assert json.loads(done.stdout)["type"] == "message-failed"
    assert done.stderr.decode().splitlines() == [
        f"{missing}: No such file or directory",
        f"{tmp_path}: Is a directory",
    ]
    assert done.returncode == 2


def test_the_output_shows_which_file_contains_which_events() -> None:
    files = [str(SAMPLE_FILES / "failed.json"), str(SAMPLE_FILES / "sent.json")]
    lines = run("parse", *files).stdout.decode().splitlines()
    headings = [line for line in lines if not line.startswith(" ") and line]
    assert headings == [f"── {files[0]}", "message-failed", f"── {files[1]}", "message-sent"]


def test_a_file_of_any_size_is_read(tmp_path: Path) -> None:
    file = tmp_path / "large.json"
    file.write_bytes(b"[" + b" " * 2_000_000 + b"]")
    assert run("parse", str(file)).returncode == 0


def test_a_capture_with_more_events_than_a_callback_can_contain_is_read() -> None:
    done = run("parse", "--json", body=dump([{"type": "message-sung"}] * 10_001))
    assert (len(done.stdout.splitlines()), done.returncode) == (10_001, 0)


def test_an_error_code_is_explained() -> None:
    done = run("error", "4475", "4799")
    assert done.stdout.decode().splitlines() == [
        "4475 destination-rejected-due-to-user-opt-out",
        "  Bandwidth blocked the message because this recipient has opted out of this sender.",
        "  side: client; reported by: bandwidth; retry: never",
        "  cause: opt-out; billable: unknown",
        "  The recipient has opted out. Do not send again.",
        "4799 (not listed)",
        "  This code is not in the catalogue.",
        "  side: client; reported by: carrier; retry: unknown",
        "  cause: unknown; billable: unknown",
    ]
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("902", ["9902 delivery-receipt-expired"]),
        ("720", ["4720 invalid-destination-address"]),
        ("999", ["5999 unknown-error", "9999 unknown-error"]),
    ],
)
def test_a_code_without_its_first_digit_shows_every_listed_code_with_that_ending(
    code: str, expected: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["error", code]) == 0
    note, *lines = capsys.readouterr().out.splitlines()
    assert note == (
        f"{code}: Bandwidth's notices omit the first digit. Listed codes with this ending:"
    )
    assert [line for line in lines if not line.startswith(" ")] == expected


def test_three_digits_without_a_listed_code_are_reported(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["error", "123", "1"]) == 0
    assert capsys.readouterr().out.splitlines()[:3] == [
        "123: Bandwidth's notices omit the first digit. Listed codes with this ending:",
        "(none)",
        "1 (not listed)",
    ]


def test_the_catalogue_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["error", "--list"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines == [[str(code), row.cause, row.name] for code, row in CATALOGUE.items()]


def test_the_codes_of_a_cause_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["error", "--cause", "opt-out"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["4475", "4775"]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["sing"],
        ["parse", "--loudly"],
        ["error"],
        ["error", "forty"],
        ["error", "4_720"],
        ["error", "4720", "--list"],
        ["error", "--cause", "bad-luck"],
    ],
)
def test_invalid_arguments_print_the_usage(arguments: list[str]) -> None:
    done = run(*arguments)
    assert done.stderr.startswith(b"usage: python -m bandwidth_events")
    assert done.returncode == 2


def test_the_console_script_uses_its_own_name() -> None:
    done = subprocess.run([SCRIPT, "sing"], capture_output=True, check=False)
    assert done.stderr.startswith(b"usage: bandwidth-events ")
    assert done.returncode == 2


@pytest.mark.parametrize("command", [COMMAND, [SCRIPT]], ids=["module", "script"])
def test_the_version_is_printed(command: list[str]) -> None:
    done = subprocess.run([*command, "--version"], capture_output=True, check=True)
    assert done.stdout.decode() == f"bandwidth-events {version('bandwidth-events')}\n"


def complete(line: str, tmp_path: Path, *options: str) -> list[str]:
    """Request completions like argcomplete's shell function."""
    answer = tmp_path / "completions"
    subprocess.run(
        [sys.executable, *options, SCRIPT],
        check=True,
        env=ENVIRONMENT
        | {
            "_ARGCOMPLETE": "1",
            "_ARGCOMPLETE_STDOUT_FILENAME": str(answer),
            "COMP_LINE": line,
            "COMP_POINT": str(len(line)),
        },
    )
    return re.split(r"\W+", answer.read_text().strip())


def test_a_shell_completes_commands_and_causes(tmp_path: Path) -> None:
    assert complete("bandwidth-events pa", tmp_path) == ["parse"]
    assert complete("bandwidth-events error --cause exp", tmp_path) == ["expired"]


def test_without_argcomplete_there_are_no_completions(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "argcomplete", None)
    monkeypatch.setenv("_ARGCOMPLETE", "1")
    assert main(["error", "9902"]) == 0
    assert capsys.readouterr().out.startswith("9902 ")


def test_a_missing_extra_is_reported_with_its_install_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lose("rich", monkeypatch=monkeypatch)
    assert main(["parse"]) == 2
    assert capsys.readouterr().err == (
        'bandwidth-events parse: this command needs an extra: pip install "bandwidth-events[cli]"\n'
    )


def test_a_broken_installation_is_not_a_missing_extra(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lose("rich.text", monkeypatch=monkeypatch)
    assert main(["parse"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("bandwidth-events parse: the installation is broken: ")
    assert "rich.text" in error
    assert "pip install" not in error


def test_untrusted_texts_cannot_control_the_terminal() -> None:
    body = dump([event(message__text="\x1b]0;pwned\x07\x9b2J [red]tag[/]\u202e", **{"\x1b[2J": 1})])
    done = run("parse", body=body)
    shown = done.stdout.decode()
    assert r"\u001b]0;pwned\u0007\u009b2J [red]tag[/]\u202e" in shown
    assert r"\u001b[2J" in shown
    assert not set(shown) & {"\x1b", "\x07", "\x9b", "\u202e"}


def test_a_type_cannot_forge_a_line() -> None:
    done = run("parse", body=dump([{"type": "x\nmessage-failed"}]))
    assert done.stdout.decode().splitlines()[0] == r"x\u000amessage-failed (unknown type)"


def test_the_lines_of_a_text_are_indented() -> None:
    done = run("parse", body=dump([event(message__text="one\ntwo")]))
    first, second = done.stdout.decode().splitlines()[-3:-1]
    assert first.split() == ["message.text", "one"]
    assert second == "two".rjust(first.index("one") + 3)


def test_an_output_that_cannot_be_written_is_reported() -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*COMMAND, "parse", str(SAMPLE_FILES / "failed.json")],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.stderr == b"python -m bandwidth_events: standard output: No space left on device\n"
    assert done.returncode == 2


def test_an_emoji_is_escaped_on_a_terminal_without_emoji() -> None:
    done = run("parse", body=SAMPLES["inbound-mms"], encoding="ascii")
    assert rb"The dock at six \U0001f6f6" in done.stdout
    assert done.returncode == 0


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_output_can_be_captured_as_text(
    options: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    output = io.StringIO()
    monkeypatch.setattr(sys, "stdout", output)
    assert main(["parse", *options, FAILED]) == 0
    assert "message-failed" in output.getvalue()


def test_replaced_standard_input_is_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(SAMPLES["inbound-mms"].decode()))
    assert main(["parse"]) == 0
    assert "The dock at six 🛶" in capsys.readouterr().out


def closed() -> TextIO:
    stream = io.StringIO()
    stream.close()
    return stream


@pytest.mark.parametrize("stream", [None, closed()], ids=["none", "closed"])
@pytest.mark.parametrize("words", [["parse", FAILED], ["--help"], ["error", "9902"]], ids=" ".join)
def test_a_closed_standard_output_is_reported(
    words: list[str],
    stream: TextIO | None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "stdout", stream)
    assert main(words) == 2
    assert capsys.readouterr().err == "bandwidth-events: standard output is closed\n"


@pytest.mark.parametrize("stream", [None, closed()], ids=["none", "closed"])
def test_a_closed_standard_input_is_reported(
    stream: TextIO | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", stream)
    assert main(["parse"]) == 2
    assert capsys.readouterr().err == "-: standard input is closed\n"


@pytest.mark.parametrize("stream", [None, closed()], ids=["none", "closed"])
def test_without_standard_error_the_exit_code_reports_the_failure(
    stream: TextIO | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stderr", stream)
    assert main(["parse", "--json", str(SAMPLE_FILES / "malformed-one-of-three.json")]) == 1
    lines = capsys.readouterr().out.splitlines()
    types = [json.loads(line)["type"] for line in lines]
    assert types == ["message-received", "message-delivered"]
    assert sys.stderr is stream


@pytest.mark.parametrize(
    ("redirection", "words", "status", "error"),
    [
        (">&-", ["parse", FAILED], 2, "python -m bandwidth_events: standard output is closed\n"),
        ("<&-", ["parse"], 2, "-: standard input is closed\n"),
        ("2>&-", ["parse", "/no/such/file"], 2, ""),
        ("2>&-", ["sing"], 2, ""),
        ("2>/dev/full", ["parse", "/no/such/file"], 2, ""),
        (
            ">/dev/full",
            ["--help"],
            2,
            "python -m bandwidth_events: standard output: No space left on device\n",
        ),
        (
            ">/dev/full",
            ["--version"],
            2,
            "python -m bandwidth_events: standard output: No space left on device\n",
        ),
    ],
)
def test_redirected_streams_leave_no_traceback(
    redirection: str, words: list[str], status: int, error: str
) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", f"{shlex.join([*COMMAND, *words])} {redirection}"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        env=ENVIRONMENT,
    )
    assert (done.returncode, done.stdout, done.stderr.decode()) == (status, b"", error)


def test_a_broken_output_without_a_file_descriptor_is_tolerated(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Full(io.StringIO):
        def write(self, _: str) -> int:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(sys, "stdout", Full())
    assert main(["error", "9902"]) == 2
    assert capsys.readouterr().err == (
        "bandwidth-events: standard output: No space left on device\n"
    )


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_file_names_cannot_forge_a_line_and_need_no_encoding(tmp_path: Path, encoding: str) -> None:
    for name in (b"kayak\xff.json", b"kayak\n\x1b[2J.json"):
        file = os.fsdecode(os.fsencode(tmp_path) + b"/" + name)
        Path(file).write_bytes(b"<html>")
        done = run("parse", file, f"{file}.missing", encoding=encoding)
        shown = ascii(Path(file).name)[1:-1].replace("\\n", "\\u000a").replace("\\x1b", "\\u001b")
        headings = done.stdout.decode().splitlines()
        assert [heading.partition(f"{tmp_path}/")[2] for heading in headings] == [
            shown,
            f"{shown}.missing",
        ]
        assert done.stderr.decode().splitlines() == [
            f"{tmp_path}/{shown}: body: {XML}",
            f"{tmp_path}/{shown}.missing: No such file or directory",
        ]
        assert done.returncode == 2


def test_an_invalid_file_name_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["parse", "a\0b"]) == 2
    assert capsys.readouterr().err == "a\\u0000b: invalid file name\n"


def test_styled_output_is_not_much_slower_than_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "many.json"
    file.write_bytes(dump([event()] * 1000))

    def seconds(*options: str) -> float:
        monkeypatch.setattr(sys, "stdout", io.StringIO())
        start = process_time()
        main(["parse", *options, str(file)])
        return process_time() - start

    seconds()  # warm up the imports
    assert min(seconds() for _ in range(5)) < 12 * min(seconds("--json") for _ in range(5))


# The content of files

TEXT, OTHER = event(), event(message__text="The other kayak")


def gateway(body: str | None, **more: object) -> dict[str, object]:
    """Return a shortened event of an AWS gateway."""
    return {"headers": {"content-type": "application/json"}, "body": body, **more}


def encoded(body: bytes) -> str:
    return b64encode(body).decode()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (dump([TEXT]), [TEXT]),
        (dump([TEXT]) + b"\n", [TEXT]),
        (json.dumps([TEXT, OTHER], indent=2).encode(), [TEXT, OTHER]),
        (dump(TEXT) + b"\n" + dump(OTHER) + b"\n", [TEXT, OTHER]),
        (dump(TEXT) + b"\r\n\r\n" + dump([OTHER, TEXT]), [TEXT, OTHER, TEXT]),
        (dump(gateway(dump([TEXT]).decode())), [TEXT]),
        (dump(gateway(dump([TEXT]).decode(), isBase64Encoded=False)), [TEXT]),
        (dump(gateway(encoded(dump([TEXT])), isBase64Encoded=True)), [TEXT]),
        (json.dumps(gateway(dump([TEXT]).decode()), indent=2).encode(), [TEXT]),
        (dump(gateway(dump([TEXT]).decode())) + b"\n" + dump(OTHER), [TEXT, OTHER]),
        (dump({**TEXT, "body": "not a gateway's"}), [{**TEXT, "body": "not a gateway's"}]),
    ],
    ids=[
        "a body",
        "a body and a newline",
        "a body on several lines",
        "JSON lines of events",
        "JSON lines of events and bodies",
        "a gateway's event without isBase64Encoded",
        "a gateway's event",
        "a gateway's event in base64",
        "a gateway's event on several lines",
        "JSON lines with a gateway's event",
        "an event with a body",
    ],
)
def test_bodies_json_lines_and_the_events_of_gateways_are_read(
    data: bytes, expected: list[object]
) -> None:
    done = run("parse", "--json", body=data)
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert parse_callback(events) == parse_callback(expected)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_truncated_line_is_one_malformed_body() -> None:
    done = run("parse", "--json", body=b'{"type": "message-received"\n')
    assert done.stderr.startswith(b"-: body: not JSON: ")
    assert (done.returncode, done.stdout) == (1, b"")


def test_parse_reads_its_own_json_output(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    for name in ("delivered-group", "inbound-mms", "unknown-type"):
        file.write_bytes(run("parse", "--json", body=SAMPLES[name]).stdout)
        assert run("parse", "--json", str(file)).stdout == file.read_bytes()


def test_a_malformed_line_is_reported_with_its_number() -> None:
    done = run("parse", "--json", body=dump(TEXT) + b"\n\n<html>\n" + dump({"type": 1}))
    assert done.stderr.decode().splitlines() == [
        f"-, line 3: body: {XML}",
        "-, line 4: events[0] type: expected a string",
    ]
    assert len(done.stdout.splitlines()) == 1
    assert done.returncode == 1


@pytest.mark.parametrize(
    ("event", "status", "error"),
    [
        (gateway(None), 1, "-: body: empty; was the body already read?\n"),
        (gateway("?", isBase64Encoded=True), 2, "-: body: not base64\n"),
        ({"body": [1]}, 2, "-: body: expected a string\n"),
    ],
)
def test_a_gateway_event_without_a_readable_body_is_reported(
    event: dict[str, object], status: int, error: str
) -> None:
    done = run("parse", "--json", body=dump(event))
    assert (done.returncode, done.stdout, done.stderr.decode()) == (status, b"", error)


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_closed_pipe_is_not_an_error(tmp_path: Path, options: list[str]) -> None:
    file = tmp_path / "many.json"
    file.write_bytes(dump([event()] * 1000))
    process = subprocess.Popen(
        [*COMMAND, "parse", *options, str(file)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout
    assert b"message-received" in process.stdout.readline()
    process.stdout.close()
    assert process.stderr
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 0

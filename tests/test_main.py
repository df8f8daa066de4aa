"""The command line, run as users run it."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from bodies import ROOT, SAMPLES, dump, event

from bandwidth_events import encode_callback, parse_callback
from bandwidth_events.__main__ import main

SAMPLE_FILES = ROOT / "tests/samples"
# Without what makes rich colour what is no terminal.
ENVIRONMENT = {
    name: value
    for name, value in os.environ.items()
    if name not in {"FORCE_COLOR", "TTY_COMPATIBLE"}
}
COMMAND = [sys.executable, "-m", "bandwidth_events"]


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


def test_a_person_sees_every_leaf_with_its_place() -> None:
    done = run("parse", str(SAMPLE_FILES / "inbound-mms.json"))
    lines = [line.split(maxsplit=1) for line in done.stdout.decode().splitlines()]
    assert lines[0] == ["message-received"]
    assert ["time", "2026-07-06T12:00:00.123000Z"] in [[*map(str.strip, line)] for line in lines]
    assert ["message.text", "The dock at six 🛶"] in [[*map(str.strip, line)] for line in lines]
    assert ["message.channel", "MMS"] in [[*map(str.strip, line)] for line in lines]
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_person_sees_an_unknown_type_whole() -> None:
    done = run("parse", body=SAMPLES["unknown-type"])
    assert done.stdout.decode().splitlines()[0] == "message-translated (unknown type)"
    assert b"language.from" in done.stdout
    assert b"0.75" in done.stdout


def test_json_is_one_event_a_line_and_parses_back() -> None:
    done = run("parse", "--json", "-", body=SAMPLES["delivered-group"])
    lines = done.stdout.splitlines()
    expected = parse_callback(SAMPLES["delivered-group"])
    assert [parse_callback(line) for line in lines] == [[event] for event in expected]
    assert b"[" + b",".join(lines) + b"]" == encode_callback(expected)


def test_json_needs_no_extra_and_is_utf_8_on_any_terminal() -> None:
    done = run("parse", "--json", body=SAMPLES["inbound-mms"], encoding="ascii")
    assert json.loads(done.stdout)["message"]["text"] == "The dock at six 🛶"


def test_a_malformed_event_goes_to_standard_error_and_the_others_print() -> None:
    file = str(SAMPLE_FILES / "malformed-one-of-three.json")
    done = run("parse", "--json", file)
    types = [json.loads(line)["type"] for line in done.stdout.splitlines()]
    assert types == ["message-received", "message-delivered"]
    place = f"{file}: events[1] (message-failed)"
    assert done.stderr.decode().splitlines() == [
        f"{place} to: Field required",
        f"{place} message.time: Input should have timezone info",
        f"{place} errorCode: Input should be a valid integer, unable to parse string as an integer",
    ]
    assert done.returncode == 1


def test_a_body_that_is_not_json_is_reported() -> None:
    done = run("parse", body=b"<html>")
    assert done.stderr == b"-: body: not JSON: expected value at line 1 column 1\n"
    assert (done.returncode, done.stdout) == (1, b"")


def test_every_file_is_read_and_the_worst_status_counts(tmp_path: Path) -> None:
    missing = str(tmp_path / "missing.json")
    done = run("parse", "--json", missing, str(tmp_path), str(SAMPLE_FILES / "failed.json"))
    assert json.loads(done.stdout)["type"] == "message-failed"
    assert done.stderr.decode().splitlines() == [
        f"{missing}: No such file or directory",
        f"{tmp_path}: Is a directory",
    ]
    assert done.returncode == 2


def test_a_person_sees_which_file_holds_which_events() -> None:
    files = [str(SAMPLE_FILES / "failed.json"), str(SAMPLE_FILES / "sent.json")]
    lines = run("parse", *files).stdout.decode().splitlines()
    headings = [line for line in lines if not line.startswith(" ") and line]
    assert headings == [f"── {files[0]}", "message-failed", f"── {files[1]}", "message-sent"]


def test_a_file_of_any_size_is_read(tmp_path: Path) -> None:
    file = tmp_path / "large.json"
    file.write_bytes(b"[" + b" " * 2_000_000 + b"]")
    assert run("parse", str(file)).returncode == 0


def test_an_error_code_is_explained() -> None:
    done = run("error", "4475", "4799")
    assert done.stdout.decode().splitlines() == [
        "4475 destination-rejected-due-to-user-opt-out",
        "  Bandwidth blocked the message because this recipient has opted out of this sender.",
        "  side: client; reported by: bandwidth; retry: never",
        "  The recipient has opted out. Do not send again.",
        "4799 (not listed)",
        "  This code is not in the catalogue.",
        "  side: client; reported by: carrier; retry: unknown",
    ]
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(
    "arguments", [[], ["sing"], ["parse", "--loudly"], ["error"], ["error", "forty"]]
)
def test_wrong_use_is_answered_with_the_usage(arguments: list[str]) -> None:
    done = run(*arguments)
    assert done.stderr.startswith(b"usage: python -m bandwidth_events")
    assert done.returncode == 2


def test_without_the_extra_a_line_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "rich.console", None)  # as if it were not installed
    assert main(["parse"]) == 2
    assert capsys.readouterr().err == (
        'parse needs an extra: pip install "bandwidth-events[cli]"\n'
    )


def test_texts_of_strangers_cannot_steer_the_terminal() -> None:
    body = dump([event(message__text="\x1b]0;pwned\x07\x9b2J [red]tag[/]\u202e", **{"\x1b[2J": 1})])
    done = run("parse", body=body)
    shown = done.stdout.decode()
    assert r"\u001b]0;pwned\u0007\u009b2J [red]tag[/]\u202e" in shown
    assert r"\u001b[2J" in shown
    assert not set(shown) & {"\x1b", "\x07", "\x9b", "\u202e"}


def test_a_type_forges_no_line() -> None:
    done = run("parse", body=dump([{"type": "x\nmessage-failed"}]))
    assert done.stdout.decode().splitlines()[0] == r"x\u000amessage-failed (unknown type)"


def test_the_lines_of_a_text_stay_in_their_column() -> None:
    done = run("parse", body=dump([event(message__text="one\ntwo")]))
    first, second = done.stdout.decode().splitlines()[-3:-1]
    assert first.split() == ["message.text", "one"]
    assert second == "two".rjust(first.index("one") + 3)


def test_what_cannot_be_written_is_reported() -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*COMMAND, "parse", str(SAMPLE_FILES / "failed.json")],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.stderr == b"python -m bandwidth_events: No space left on device\n"
    assert done.returncode == 2


def test_a_terminal_without_emoji_gets_an_escape() -> None:
    done = run("parse", body=SAMPLES["inbound-mms"], encoding="ascii")
    assert rb"The dock at six \U0001f6f6" in done.stdout
    assert done.returncode == 0


def test_output_that_cannot_be_reconfigured_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    monkeypatch.delenv("TTY_COMPATIBLE", raising=False)
    output = io.StringIO()
    monkeypatch.setattr(sys, "stdout", output)
    assert main(["parse", str(SAMPLE_FILES / "failed.json")]) == 0
    assert output.getvalue().startswith("message-failed")


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_reader_that_has_seen_enough_is_no_error(tmp_path: Path, options: list[str]) -> None:
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

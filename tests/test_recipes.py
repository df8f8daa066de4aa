"""Every recipe of the documentation, run as its users would, passes every scenario."""

import json
import re
import time
from collections import deque
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psutil
import pytest
from bodies import ROOT
from gateways import EVENTS
from handlers.correct import CREDENTIALS
from processes import Process, running
from recipes import RECIPES, serving

from bandwidth_events._events import EVENT_CLASSES
from bandwidth_events.endpoint import check
from bandwidth_events.testing import callback_request, inbound_message, message_failed

SERVED = [
    *((recipe,) for recipe in RECIPES if recipe != "aws_lambda"),
    *(("aws_lambda", event_format) for event_format in EVENTS),
]
FASTAPI = ("fastapi_app",)


@pytest.fixture(scope="module", params=SERVED, ids="-".join)
def served(request: pytest.FixtureRequest) -> Iterator[tuple[str, Process]]:
    """The URL of a recipe, and its process; started once for all tests."""
    with serving(*request.param) as (root, process):
        yield root, process


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    """A client that waits so long that only a hang is too slow for it."""
    with httpx.Client(trust_env=False, timeout=60) as client:
        yield client


def test_a_recipe_passes_every_scenario(served: tuple[str, Process]) -> None:
    root, process = served
    results = check(f"{root}/callbacks", CREDENTIALS, time_limit=60)  # only a hang takes so long
    failed = [str(result) for result in results if not result.passed]
    assert (failed, len(results) > 1) == ([], True), process.output


def test_a_recipe_handles_each_event_by_its_type_and_prints_no_text(
    served: tuple[str, Process], client: httpx.Client
) -> None:
    root, process = served
    before = len(process.output)
    headers, body = callback_request(
        inbound_message(from_="+19195550123", text="a private text"),
        message_failed(to="+19195550124", error_code=4720),
        credentials=CREDENTIALS,
    )
    answer = client.post(f"{root}/callbacks", headers=headers, content=body)
    output = process.output[before:]
    assert answer.is_success
    assert "+19195550123 wrote to +15555550100" in output
    assert "+19195550124 was not reached, code 4720" in output
    assert "private" not in output


def test_a_recipe_leaves_it_to_the_parser_what_is_too_large(
    served: tuple[str, Process], client: httpx.Client
) -> None:
    headers, body = callback_request(inbound_message(), credentials=CREDENTIALS)
    statuses = [
        client.post(f"{served[0]}/callbacks", headers=headers, content=body.ljust(size)).status_code
        for size in [1_048_576, 1_048_577]
    ]
    assert (statuses[0] // 100, statuses[1]) == (2, 413)


def test_the_good_events_of_a_partly_malformed_body_are_handled(
    served: tuple[str, Process], client: httpx.Client
) -> None:
    root, process = served
    before = len(process.output)
    headers, body = callback_request(inbound_message(from_="+19195550125"), credentials=CREDENTIALS)
    body = body[:-1] + b',{"type":"message-failed"}]'
    answer = client.post(f"{root}/callbacks", headers=headers, content=body)
    assert answer.status_code == 400
    assert "+19195550125 wrote to" in process.output[before:]


def test_the_second_request_may_come_on_the_connection_of_the_first(
    served: tuple[str, Process],
) -> None:
    """Some servers close it, without saying so, if they have answered before the body came."""
    event = inbound_message()
    first, body = callback_request(event)
    second, _ = callback_request(event, credentials=CREDENTIALS)
    statuses: list[int] = []
    with closing(HTTPConnection(urlsplit(served[0]).netloc, timeout=60)) as connection:
        for headers in [first, second]:
            length = {"Content-Length": str(len(body))}
            connection.request("POST", "/callbacks", _late(body), headers | length)
            with connection.getresponse() as response:
                response.read()
            statuses.append(response.status // 100)
            time.sleep(0.02)  # in which a server would close
    assert statuses == [4, 2]


def _late(body: bytes) -> Iterator[bytes]:
    time.sleep(0.05)  # in which a server would answer
    yield body


@pytest.mark.parametrize("served", [FASTAPI], indirect=True)
def test_the_page_of_fastapi_shows_the_schema_of_every_event(
    served: tuple[str, Process], client: httpx.Client
) -> None:
    page = client.get(f"{served[0]}/openapi.json").json()
    body = page["paths"]["/callbacks"]["post"]["requestBody"]
    schema = body["content"]["application/json"]["schema"]
    references = set(re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(page)))
    for reference in references:
        found = page
        for key in reference.split("/"):
            found = found[key.replace("~1", "/")]
        assert found["title"] in schema["$defs"]
    shown = {each.__name__ for each in EVENT_CLASSES.values()} | {"UnknownEvent", "Message"}
    assert (schema["type"], shown - schema["$defs"].keys()) == ("array", set())


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_is_short(recipe: str) -> None:
    assert len(RECIPES[recipe].splitlines()) <= 40


def test_the_documentation_shows_every_recipe() -> None:
    page = (ROOT / "docs/recipes.md").read_text()
    shown = re.findall(r"^```\{literalinclude\} recipes/(\w+)\.py$", page, re.MULTILINE)
    assert sorted(shown) == sorted(RECIPES)


def test_a_server_that_ends_is_reported_with_what_it_printed(tmp_path: Path) -> None:
    with (
        running("echo", "no such port", directory=tmp_path, environment={}) as process,
        pytest.raises(RuntimeError, match="no such port"),
    ):
        process.root()


def test_of_a_server_that_does_not_end_nothing_stays(tmp_path: Path) -> None:
    stubborn = "trap '' TERM; sleep 600 & echo started; wait"
    with running("sh", "-c", stubborn, directory=tmp_path, environment={}, patience=0.1) as process:
        deque(iter(lambda: process.output.count("started"), 1), maxlen=0)  # until it has
        family = process.family
    assert [len(family), *map(psutil.Process.is_running, family)] == [2, False, False]

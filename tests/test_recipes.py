"""Every recipe of the documentation passes every scenario under its users' server."""

import json
import os
import re
import shlex
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psutil
import pytest
from bodies import ROOT
from gateways import FRONT_ENDS
from handlers.correct import CREDENTIALS
from processes import Process, running
from recipes import (
    FOLDER,
    RECIPES,
    STATUS_CREDENTIALS,
    UNMEASURED,
    recipe_module,
    serving,
    shown_command,
)
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from bandwidth_events._events import EVENT_CLASSES
from bandwidth_events.endpoint import check, serve, simulate
from bandwidth_events.testing import callback_request, inbound_message, message_failed

SERVED = [
    *((recipe,) for recipe in RECIPES if recipe not in {"aws_lambda", "separate_urls"}),
    *(("aws_lambda", front_end) for front_end in FRONT_ENDS if front_end != "function-url"),
]
FASTAPI = ("fastapi_app",)


@pytest.fixture(scope="module", params=SERVED, ids="-".join)
def served(request: pytest.FixtureRequest) -> Iterator[tuple[str, Process]]:
    """The URL and the process of a recipe, which is started once for all tests."""
    with serving(*request.param) as (root, process):
        yield root, process


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    """A client with a generous time limit, which only a hang exceeds."""
    with httpx.Client(trust_env=False, timeout=60) as client:
        yield client


def test_a_recipe_passes_every_scenario(served: tuple[str, Process]) -> None:
    root, process = served
    results = check(f"{root}/callbacks", CREDENTIALS, time_limit=60)  # only a hang takes this long
    failed = [str(result) for result in results if not result.passed]
    assert (failed, len(results) > 1) == ([], True), process.output


def test_a_recipe_leaves_the_port_of_its_command_to_others(served: tuple[str, Process]) -> None:
    root, _ = served
    assert not root.endswith(":8000")


def test_the_check_explains_that_a_function_url_renames_the_challenge() -> None:
    with serving("aws_lambda", "function-url") as (root, _):
        results = check(f"{root}/callbacks", CREDENTIALS)
    causes = {result.name: result.cause or "" for result in results if not result.passed}
    assert causes.keys() == {"first-request-empty", "first-request-with-body"}
    assert all(cause.startswith("AWS renames the challenge") for cause in causes.values())


def test_each_of_two_urls_accepts_only_its_own_credentials() -> None:
    with serving("separate_urls") as (root, process):
        inbound = check(f"{root}/inbound", CREDENTIALS)
        status = check(f"{root}/status", STATUS_CREDENTIALS)
        crossed = simulate(
            f"{root}/status", [inbound_message()], credentials=CREDENTIALS, attempts=1
        )
    failed = [str(result) for result in (*inbound, *status) if not result.passed]
    assert failed == [], process.output
    assert [lost.problem for lost in crossed.lost] == ["401 with a challenge"]


def test_the_lambda_recipe_handles_events_without_headers_and_body(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    callback = recipe_module("aws_lambda", monkeypatch).callback
    headers, body = callback_request(inbound_message(), credentials=CREDENTIALS)
    refused: list[dict[str, Any]] = [
        {},
        {"headers": None, "multiValueHeaders": None, "body": None},
        {"headers": {}, "isBase64Encoded": True},
    ]
    for event in refused:
        assert callback(event, None)["statusCode"] == 401
    for more in ({}, {"isBase64Encoded": None}, {"multiValueHeaders": None}):
        assert callback({"headers": headers, "body": body.decode(), **more}, None) == {
            "statusCode": 204
        }
    assert callback({"headers": headers, "body": None}, None)["statusCode"] == 400


async def body_first(request: Request, call_next: RequestResponseEndpoint) -> Response:
    await request.body()
    return await call_next(request)


async def stream_first(request: Request, call_next: RequestResponseEndpoint) -> Response:
    async for _ in request.stream():
        pass
    return await call_next(request)


class ReceivesFirst:
    """ASGI middleware that reads the body and does not pass it on."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await receive()
        await self.app(scope, receive, send)


@pytest.mark.parametrize(
    ("middleware", "problem"),
    [
        (Middleware(BaseHTTPMiddleware, dispatch=body_first), None),
        (Middleware(BaseHTTPMiddleware, dispatch=stream_first), "400"),
        (Middleware(ReceivesFirst), "no answer within 1 s"),
    ],
)
def test_middleware_that_reads_the_body_affects_fastapi_as_documented(
    middleware: Middleware, problem: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = recipe_module("fastapi_app", monkeypatch).app
    app.user_middleware.append(middleware)
    with serve(app) as root:
        simulation = simulate(
            f"{root}/callbacks",
            [inbound_message()],
            credentials=CREDENTIALS,
            attempts=1,
            time_limit=1 if problem and "1 s" in problem else 10,
        )
    assert simulation.deliveries[0].problem == problem


_DJANGO = """
import sys
from django.conf import settings

settings.configure(
    ROOT_URLCONF="django_app", SECRET_KEY="-", ALLOWED_HOSTS=["*"], MIDDLEWARE=["__main__.reader"]
)


def reader(get_response):
    def middleware(request):
        eval(sys.argv[1])
        return get_response(request)

    return middleware


from django.core.wsgi import get_wsgi_application
from bandwidth_events import BasicCredentials
from bandwidth_events.endpoint import serve, simulate
from bandwidth_events.testing import inbound_message
from django_app import CREDENTIALS

with serve(get_wsgi_application()) as root:
    simulation = simulate(
        f"{root}/callbacks", [inbound_message()], credentials=CREDENTIALS, attempts=1
    )
print(simulation.deliveries[0].problem)
"""


@pytest.mark.parametrize(
    ("expression", "problem"),
    [("request.body", "None"), ("request.POST", "None"), ("request.read()", "500")],
)
def test_middleware_that_reads_the_body_affects_django_as_documented(
    expression: str, problem: str
) -> None:
    """Run in a separate process, because Django can be configured only once per process."""
    done = subprocess.run(
        [sys.executable, "-c", _DJANGO, expression],
        cwd=FOLDER,
        env={**os.environ, **UNMEASURED},
        capture_output=True,
        check=True,
        text=True,
    )
    assert done.stdout.splitlines()[-1] == problem


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


def test_a_recipe_lets_the_parser_limit_the_body(
    served: tuple[str, Process], client: httpx.Client
) -> None:
    headers, body = callback_request(inbound_message(), credentials=CREDENTIALS)
    statuses = [
        client.post(f"{served[0]}/callbacks", headers=headers, content=body.ljust(size)).status_code
        for size in [1_048_576, 1_048_577]
    ]
    assert (statuses[0] // 100, statuses[1]) == (2, 413)


def test_the_well_formed_events_of_a_partly_malformed_body_are_handled(
    served: tuple[str, Process], client: httpx.Client
) -> None:
    root, process = served
    before = len(process.output)
    headers, body = callback_request(inbound_message(from_="+19195550125"), credentials=CREDENTIALS)
    body = body[:-1] + b',{"type":"message-failed"}]'
    answer = client.post(f"{root}/callbacks", headers=headers, content=body)
    assert answer.status_code == 400
    assert "+19195550125 wrote to" in process.output[before:]


def test_both_requests_of_the_handshake_can_share_a_connection(
    served: tuple[str, Process],
) -> None:
    """Some servers close the connection silently if they answer before the body arrives."""
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
            time.sleep(0.02)  # time for a server to close the connection
    assert statuses == [4, 2]


def _late(body: bytes) -> Iterator[bytes]:
    time.sleep(0.05)  # time for a server to answer
    yield body


@pytest.mark.parametrize("served", [FASTAPI], indirect=True)
def test_the_openapi_page_of_fastapi_shows_the_schema_of_every_event(
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
    assert len(RECIPES[recipe].splitlines()) <= 54


def test_the_documentation_shows_every_recipe_and_its_command() -> None:
    shown: list[str] = []
    for page in (ROOT / "docs/frameworks").glob("[!i]*.md"):
        text = page.read_text()
        (recipe,) = re.findall(
            r"^```\{literalinclude\} \.\./recipes/(\w+)\.py$", text, re.MULTILINE
        )
        (commands,) = re.findall(r"```console\n(.+?)```", text.replace("\\\n", ""), re.DOTALL)
        _, run = commands.splitlines()
        assert shlex.split(run.removeprefix("$ ")) == shown_command(recipe)
        shown.append(recipe)
    assert sorted(shown) == sorted(RECIPES)


def test_the_list_of_frameworks_links_to_every_page() -> None:
    folder = ROOT / "docs/frameworks"
    index = (folder / "index.md").read_text()
    assert set(re.findall(r"\((\S+\.md)\)", index.partition("\n## ")[0])) >= {
        page.name for page in folder.glob("[!i]*.md")
    }


def test_a_server_that_exits_is_reported_with_its_output(tmp_path: Path) -> None:
    with (
        running("echo", "no such port", directory=tmp_path, environment={}) as process,
        pytest.raises(RuntimeError, match="no such port"),
    ):
        process.root()


def test_a_server_that_does_not_stop_leaves_no_process(tmp_path: Path) -> None:
    stubborn = "trap '' TERM; sleep 600 & echo started; wait"
    with running("sh", "-c", stubborn, directory=tmp_path, environment={}, patience=0.1) as process:
        deque(
            iter(lambda: process.output.count("started"), 1), maxlen=0
        )  # wait until it has started
        family = process.family
    assert [len(family), *map(psutil.Process.is_running, family)] == [2, False, False]

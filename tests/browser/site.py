"""The built site, and the views in which the tests look at it."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler
from typing import Final, Literal

from bodies import ROOT
from playwright.sync_api import ConsoleMessage, Page, Request, Response
from servers import Server, running

SITE: Final = ROOT / "docs/_build"
PAGES: Final = [str(path.relative_to(SITE)) for path in sorted(SITE.rglob("*.html"))]
assert PAGES, "`make docs` builds the site first"


@dataclass(frozen=True, slots=True)
class View:
    """A width of the window, in pixels, and a colour scheme."""

    width: int
    scheme: Literal["light", "dark"]

    def __str__(self) -> str:
        return f"{self.width}-{self.scheme}"


VIEWS: Final = [
    View(1280, "light"),
    View(1280, "dark"),
    View(390, "light"),
    View(390, "dark"),
]


class _Files(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002  # as in the base class


@contextmanager
def serving() -> Generator[str, None, None]:
    """Serve the site on loopback, and yield its URL."""
    with Server(("127.0.0.1", 0), partial(_Files, directory=SITE)) as server:
        server.daemon_threads = True  # the browser keeps its connections open
        with running(server):
            yield f"http://127.0.0.1:{server.server_port}"


@contextmanager
def watched(page: Page) -> Generator[Page, None, None]:
    """Fail if the page reports a problem in the console, or if one of its requests fails."""
    problems: list[str] = []

    def complain(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            problems.append(f"console: {message.text}")

    def refuse(response: Response) -> None:
        if response.status >= 400:
            problems.append(f"{response.status}: {response.url}")

    def fail(request: Request) -> None:
        problems.append(f"{request.failure}: {request.url}")

    page.on("console", complain)
    page.on("pageerror", lambda error: problems.append(f"script: {error}"))
    page.on("response", refuse)
    page.on("requestfailed", fail)
    yield page
    assert not problems, "\n".join(problems)


def unfold(page: Page) -> None:
    """Open everything that is folded."""
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")


def views(page: Page) -> Iterator[View]:
    """Show a page in each view, one after the other."""
    for view in VIEWS:
        page.set_viewport_size({"width": view.width, "height": 900})
        page.emulate_media(color_scheme=view.scheme)
        yield view

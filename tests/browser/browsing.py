"""An installed Chromium, driven as people use it: log in, look, press. Every look can be checked by axe."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

AXE = (Path(__file__).parent / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
THEMES = ("light", "dark")
PATIENCE = 20_000  # milliseconds a page may take on a busy machine before a look at it fails
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SWITCHES = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


def find_chromium() -> str | None:
    """Return the browser to drive: what CHROMIUM names, else the first one installed."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named if Path(named).exists() else shutil.which(named)
    return next((found for name in NAMES if (found := shutil.which(name))), None)


@contextmanager
def open_browser(executable: str) -> Iterator[Browser]:
    """Start ``executable``; Django lets the tests' thread use its database beside the driver's event loop."""
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=SWITCHES)
        try:
            yield browser
        finally:
            browser.close()
            os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE")
            if before is not None:
                os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before


class Visitor:
    """One person at one browser window. Requests to other hosts and errors in the console are kept as faults."""

    def __init__(self, browser: Browser, address: str, size: dict[str, int] | None = None) -> None:
        self.address = address
        self.known_hosts = [address]  # a test that leads to another site names it here
        self.context: BrowserContext = browser.new_context(
            viewport=size or WIDE, locale="en-GB", reduced_motion="reduce"
        )  # type: ignore[arg-type]
        self.page: Page = self.context.new_page()
        self.faults: list[str] = []
        self.page.on("request", self._watch_request)
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.page.on("console", self._watch_console)

    def log_in(self, user: Any) -> None:
        """Give this browser the session of ``user``."""
        # Loads models; the pictures are taken by a process that has none.
        from allauth.account.internal.flows.login import record_authentication  # noqa: PLC0415

        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        request = HttpRequest()
        request.session = client.session
        record_authentication(request, user, method="password", reauthenticated=True)  # account changes ask nothing
        request.session.save()
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        self.context.clear_cookies()
        self.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": self.address}])

    def open(self, path: str) -> int:
        """Open ``path``, wait until fonts and charts are there, and return the status."""
        answer = self.page.goto(self.address + path)
        if "text/html" in (answer.headers.get("content-type", "") if answer else ""):
            self.wait_until_drawn()
        return answer.status if answer else 0

    @property
    def path(self) -> str:
        """The path of the page that is open."""
        return urlsplit(self.page.url).path

    def wait_until_drawn(self) -> None:
        """Wait for the mark that our script sets, where the page has it."""
        if self.page.locator("script[src*='muster/muster']").count():
            self.page.wait_for_selector("html[data-ready=yes]", state="attached")

    def use_theme(self, theme: str) -> None:
        """Switch the colors as the system would."""
        self.page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]

    def close(self) -> None:
        """Close the window."""
        self.context.close()

    def _watch_request(self, request: Any) -> None:
        if not request.url.startswith((*self.known_hosts, "data:", "blob:")):
            self.faults.append(f"request to {request.url}")

    def _watch_console(self, message: Any) -> None:
        if message.type == "error" and "the server responded with a status of 4" not in message.text:
            self.faults.append(f"console: {message.text}")


def find_axe_violations(page: Page) -> list[str]:
    """Return one line for each element that breaks WCAG 2.2 AA or a best practice."""
    page.evaluate(AXE)
    found = page.evaluate(
        "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}, resultTypes: ['violations']})", RULES
    )
    return [
        f"{violation['id']} ({violation['impact']}): {node['target']} {node['html'][:160]}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


def find_sideways_overflow(page: Page) -> list[str]:
    """Return what reaches beyond the window's width; empty when the page does not scroll sideways."""
    return page.evaluate(
        """() => {
        const width = document.documentElement.clientWidth;
        if (document.documentElement.scrollWidth <= width) { return []; }
        const hidden = element => element.closest('.scroll, .visually-hidden, .menu');
        const outside = box => box.right > width + 1 || box.left < -1;
        const beyond = element => outside(element.getBoundingClientRect()) && !hidden(element);
        const found = [...document.body.querySelectorAll('*')].filter(beyond).slice(0, 5);
        return found.length ? found.map(element => element.outerHTML.slice(0, 160)) : ['the page scrolls sideways'];
        }"""
    )


def check_every_look(visitor: Visitor, picture: str = "") -> list[str]:
    """Return the findings on the open page in light and dark, wide and on a phone.

    Where PICTURES names a folder, each look goes there under the name ``picture`` (``make pictures``).
    """
    findings: list[str] = []
    for size, name in ((WIDE, "1280"), (PHONE, "390")):
        visitor.page.set_viewport_size(size)  # type: ignore[arg-type]
        visitor.page.evaluate("new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
        findings += [f"{name}: {fault}" for fault in find_sideways_overflow(visitor.page)]
        for theme in THEMES:
            visitor.use_theme(theme)
            findings += [f"{name} {theme}: {fault}" for fault in find_axe_violations(visitor.page)]
            if picture and os.environ.get("PICTURES"):
                visitor.page.wait_for_load_state("networkidle")
                file = Path(os.environ["PICTURES"]) / f"{picture}-{name}-{theme}.png"
                visitor.page.screenshot(path=file, full_page=True)
    return findings + visitor.faults

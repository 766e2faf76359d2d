"""A small piece of annotation work in the shape of the demo's real data, and a stand-in for Stripe to be paid through."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.apps import apps
from django.conf import LazySettings

from payouts.rails import registry
from payouts.sandbox.core import Sandbox
from payouts.sandbox.server import start_server
from payouts.sandbox.settings import SandboxSettings

SATURDAY = datetime(2024, 9, 14, 9, tzinfo=UTC)
#: Errors planted in one passage: enough for quality to judge by them instead of by reviews.
CHECKS = 12
#: After the end of the small data's week, moved by whole weeks.
AS_OF = datetime(2026, 11, 20, tzinfo=UTC)
#: When workers and the provider are, which is later.
REAL_NOW = datetime(2026, 11, 21, 6, tzinfo=UTC)


def write_small_data(folder: Path, *, workers: tuple[str, ...] = ("rater1", "rater2")) -> Path:
    """Write three translations judged by each worker in two sessions; rater2 missed one of the planted errors."""
    folder.mkdir(exist_ok=True)
    with (folder / "errors.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["system", "doc", "seg", "worker", "category", "severity", "ts"])
        for worker in workers:
            writer.writerows(_marks_of(worker))
    return folder


def _marks_of(worker: str) -> Iterator[list[object]]:
    planted = ["Found"] * CHECKS
    if worker == "rater2":
        planted[0] = "Missed"
    marks = (
        ("1", "Accuracy/Mistranslation", "Major", 0),
        *(("1", category, "HOTW-test", 2) for category in planted),
        ("2", "No-error", "No-error", 5),
        ("3", "Fluency/Punctuation", "Minor", 60),
        ("3", "Fluency/Grammar", "Minor", 64),
    )
    for seg, category, severity, minute in marks:
        at = SATURDAY + timedelta(minutes=minute)
        yield ["Online-A", "news-7", seg, worker, category, severity, int(at.timestamp() * 1000)]


@contextmanager
def stand_in(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let a stand-in answer the real library over HTTP for as long as the test takes."""
    sandbox = Sandbox(SandboxSettings())
    server = start_server(sandbox, "127.0.0.1", 0)
    settings.STRIPE_API_BASE = f"http://127.0.0.1:{server.server_port}"
    settings.STRIPE_API_KEY = sandbox.settings.api_key
    sandbox.world.settings = replace(sandbox.world.settings, public_url=settings.STRIPE_API_BASE)
    monkeypatch.setattr(registry, "_rails", {})
    answering = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    answering.start()
    try:
        with _passing_time(sandbox):
            yield
    finally:
        server.shutdown()
        server.server_close()
        answering.join()
        sandbox.close()


@contextmanager
def _passing_time(sandbox: Sandbox) -> Iterator[None]:
    """Let the stand-in's banks do their work whenever it is asked something."""
    ask = sandbox.handle

    def advance_then_ask(request: Any) -> Any:
        sandbox.advance()
        return ask(request)

    sandbox.handle = advance_then_ask  # type: ignore[method-assign]
    yield


def count_rows() -> dict[str, int]:
    """Return how many rows every table holds."""
    return {model._meta.label: model._base_manager.count() for model in apps.get_models() if model._meta.managed}

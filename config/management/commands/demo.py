"""`manage.py demo`: the whole job once, on the real parts, then served."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.environment import read_environment
from config.management.commands.dev import answers
from config.services.layout import PROJECT_DIR
from config.services.supervisor import find_address
from marketplace.demo.annotations import read_dataset
from marketplace.demo.cast import PASSWORD, list_log_ins
from marketplace.demo.errors import BadDemoData
from marketplace.demo.play import FIXED_AS_OF, REAL_DATA, USUAL_CROWD, DemoOptions, play
from marketplace.demo.report import tell_of_mistakes

READY_TIMEOUT_S = 180
#: What tests.browser.screenshots calls the roles of finance.
_SHORT = {"finance preparer": "finance", "finance approver": "approver"}


class Command(BaseCommand):
    """Starts what `manage.py dev` starts, plays the demo through everyone's commands, and goes on serving."""

    help = "Play a real piece of expert work from sign-up to money in the bank; then serve it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="do not serve; print one JSON object as the last line")
        parser.add_argument("--data", type=Path, default=REAL_DATA, metavar="DIR", help="other files of the same shape")
        parser.add_argument("--seed", type=int, default=1, help="seed of the made-up population")
        parser.add_argument("--as-of", type=_instant, help="everything happened before this day (2026-11-20)")
        parser.add_argument("--crowd", type=int, default=USUAL_CROWD, help="how many made-up experts")
        parser.add_argument("--port", type=int, help="port of the web server")

    def handle(self, *args: Any, **options: Any) -> None:
        self._began = time.monotonic()
        self._check(options["data"])
        # Progress is what people want to read here; the servers keep their own logs.
        logging.getLogger().setLevel(logging.WARNING)
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        as_of = options["as_of"] or (FIXED_AS_OF if options["json"] else _today())
        with self._running(options["port"]) as (address, server):
            chosen = DemoOptions(
                data=options["data"],
                as_of=as_of,
                seed=options["seed"],
                crowd=options["crowd"],
                base_url=address,
            )
            report = play(chosen, say=self._say)
            self._say("played")
            self._write_log_ins()
            if options["json"]:
                self.stdout.write(json.dumps(report))
                return
            self._print_log_ins(address, report)
            server.wait()

    def _check(self, data: Path) -> None:
        """Read the data once before anything is started, so that bad files leave nothing behind."""
        try:
            read_dataset(data)
        except BadDemoData as error:
            raise CommandError(str(error)) from None

    @contextmanager
    def _running(self, port: int | None) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
        """Run `manage.py dev` as a child and yield its address once it answers."""
        words = [sys.executable, str(PROJECT_DIR / "manage.py"), "dev"]
        if port:
            words += ["--port", str(port)]
        # A session of its own: Ctrl-C is passed on once, as the one word that lets it stop in order.
        server = subprocess.Popen(  # noqa: S603
            words, stdout=sys.stderr, stderr=sys.stderr, cwd=PROJECT_DIR, start_new_session=True
        )
        try:
            yield self._wait_for(server), server
        except KeyboardInterrupt:
            self._say("stopping …")
        finally:
            if server.poll() is None:
                server.send_signal(signal.SIGTERM)
            server.wait(60)

    def _wait_for(self, server: subprocess.Popen[bytes]) -> str:
        """Return the address that ``server`` chose, once it answers there."""
        deadline = time.monotonic() + READY_TIMEOUT_S
        layout = read_environment().layout
        while not (address := find_address(layout, server.pid)) or not answers(address):
            if server.poll() is not None:
                raise CommandError("Muster did not start; the lines above say why.")
            if time.monotonic() > deadline:
                raise CommandError(f"Muster does not answer; see {settings.MUSTER_HOME}/log.")
            time.sleep(0.2)
        return address

    def _say(self, words: str) -> None:
        self.stderr.write(f"{time.monotonic() - self._began:4.0f} s  {words}")
        self.stderr.flush()

    def _write_log_ins(self) -> None:
        """Keep the log-ins where the screenshot script looks for them; they open made-up accounts on this machine."""
        log_ins = {_SHORT.get(role, role): {"email": email, "password": PASSWORD} for role, email in list_log_ins()}
        path = Path(settings.MUSTER_HOME) / "demo_logins.json"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(log_ins, file, indent=2)

    def _print_log_ins(self, address: str, report: dict[str, Any]) -> None:
        self.stdout.write(
            f"\n{report['submissions_decided']} pieces of work decided, {report['hours_approved']} hours approved, "
            f"{report['cycles_paid']} weekly cycles paid, {report['ledger_differences']} differences in the books.\n"
            f"{tell_of_mistakes(report['mistakes'])}\n\n"
        )
        for role, email in list_log_ins():
            self.stdout.write(f"  {role:<17} {email:<34} {PASSWORD}")
        self.stdout.write(f"\nOpen {address} — Ctrl-C stops it.")
        self.stdout.flush()


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _today() -> datetime:
    return datetime.now(tz=UTC).replace(hour=0, minute=0, second=0, microsecond=0)

"""``manage.py payees``: what operators start by hand about payees."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from common import clock
from common.errors import DomainError
from payouts.payees import commands


class Command(BaseCommand):
    """Runs one verb and prints one JSON object; exits 1 if something was refused or left out."""

    help = (
        "Compare bank accounts at the provider with ours, import a list of names, or screen payees against the lists."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("compare", help="ask the provider for the bank account of every payee; what differs is held")
        verbs.add_parser("screen", help="screen who was not screened against a list's edition in use")
        importing = verbs.add_parser("import-list", help="import an edition of a list of names, CSV with id and name")
        importing.add_argument("file", type=Path)
        importing.add_argument("--name", required=True, help="the list's name, such as OFAC-SDN")
        importing.add_argument("--edition", required=True, help="the publisher's version")
        importing.add_argument(
            "--date", required=True, type=date.fromisoformat, help="the publisher's date, YYYY-MM-DD"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        verbs = {"compare": self._compare, "screen": self._screen, "import-list": self._import}
        try:
            answer = verbs[options["verb"]](options)
        except DomainError as error:
            raise CommandError(f"{error.code}: {error}") from error
        self.stdout.write(json.dumps(answer))
        if not answer["ok"]:
            raise SystemExit(1)

    def _compare(self, options: dict[str, Any]) -> dict[str, Any]:
        asked, missed = commands.compare_destinations(now=clock.now())
        return {"ok": not missed, "asked": asked, "not_compared": [str(payee_id) for payee_id in missed]}

    def _screen(self, options: dict[str, Any]) -> dict[str, Any]:
        screened = 0
        while found := commands.screen_due(now=clock.now()):
            screened += found
        return {"ok": True, "screened": screened}

    def _import(self, options: dict[str, Any]) -> dict[str, Any]:
        try:
            text = options["file"].read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"The file cannot be read: {error}") from error
        row = commands.import_list(
            lines=text.splitlines(),
            name=options["name"],
            version=options["edition"],
            dated=options["date"],
            now=clock.now(),
        )
        return {"ok": True, "list": row.name, "version": row.version, "entries": row.entry_count}

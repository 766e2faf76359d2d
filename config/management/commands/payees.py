"""``manage.py payees``: what operators start by hand about payees."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from common import clock
from payouts.payees import commands


class Command(BaseCommand):
    """Compares bank accounts at the provider with ours; exits 1 if some could not be compared."""

    help = "Compare the bank account of every payee at the provider with the one we know; what differs is held."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("compare", help="ask the provider about every payee")

    def handle(self, *args: Any, **options: Any) -> None:
        asked, missed = commands.compare_destinations(now=clock.now())
        answer = {"ok": not missed, "asked": asked, "not_compared": [str(payee_id) for payee_id in missed]}
        self.stdout.write(json.dumps(answer))
        if missed:
            raise SystemExit(1)

"""`manage.py seed_demo`: made-up organizations and experts that outside checks can act as."""

from __future__ import annotations

import json
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from common import clock
from config.environment import read_environment
from config.services.binaries import ServiceError
from config.services.embedded import start_services, stop_services
from marketplace.demo.seeding import SeedOptions, seed


class Command(BaseCommand):
    """Makes people of every role in several organizations, with work in every state; run again, it finds them."""

    help = "Make organizations and experts with passwords, tokens and API keys for checks from outside."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=_count, default=1, help="names everything; another seed, other people")
        parser.add_argument("--orgs", type=_count, default=2, help="how many organizations")
        parser.add_argument("--experts", type=_count, default=20, help="how many experts, at least two an organization")
        parser.add_argument("--json", action="store_true", help="print one JSON object with every secret")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["experts"] < 2 * options["orgs"]:
            raise CommandError("--experts: each organization needs two or more.")
        env = read_environment()
        try:
            started = start_services(env)
        except ServiceError as error:
            raise CommandError(str(error)) from None
        try:
            call_command("migrate", verbosity=0)
            chosen = SeedOptions(options["seed"], options["orgs"], options["experts"])
            with transaction.atomic():
                report = seed(chosen, now=clock.now())
        finally:
            if started:
                stop_services(env)
        self._print(report, as_json=options["json"])

    def _print(self, report: dict[str, Any], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(report))
            return
        staff = [user for organization in report["organizations"] for user in organization["users"]]
        for user in [*report["platform"], *staff, *report["experts"]]:
            self.stdout.write(f"{user['role']:<17} {user['email']:<48} {user['password']}")


def _count(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= 10_000:
        raise ArgumentTypeError("write a whole number from 1 to 10000")
    return int(text)

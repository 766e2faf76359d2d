"""``manage.py faults``: the points at which ``FAULT`` can stop, kill or break a process."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from common.faults import list_crash_points


class Command(BaseCommand):
    """Lists every declared failpoint. Only with ``ALLOW_FAULTS``, which ``check --deploy`` refuses, does one act."""

    help = "List the failpoints that FAULT=<failpoint>:<n>:<kill|pause|raise> can name."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--list", action="store_true", help="list them, which is all there is to do")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        points = list_crash_points()
        if options["json"]:
            self.stdout.write(json.dumps({"allowed": settings.ALLOW_FAULTS, "armed": settings.FAULT, "points": points}))
            return
        self.stdout.write("\n".join(points))

"""`manage.py services start|stop|status`: the embedded PostgreSQL and Valkey of this checkout."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.environment import read_environment
from config.services.binaries import ServiceError
from config.services.embedded import list_services, start_services, stop_services


class Command(BaseCommand):
    """Starts, stops or shows the servers that DATABASE_URL and CELERY_BROKER_URL don't replace."""

    help = "Start, stop or show the embedded PostgreSQL and Valkey."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["start", "stop", "status"])
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        env = read_environment()
        changed: list[str] = []
        try:
            if options["action"] == "start":
                changed = start_services(env)
            elif options["action"] == "stop":
                changed = stop_services(env)
            statuses = list_services(env)
        except ServiceError as error:
            raise CommandError(str(error)) from None
        if options["json"]:
            report = {"changed": changed, "services": [status.as_dict() for status in statuses]}
            self.stdout.write(json.dumps(report))
            return
        for status in statuses:
            words = {True: "runs", False: "is stopped", None: "is not ours"}[status.running]
            self.stdout.write(f"{status.name:10} {words:12} {status.address}")

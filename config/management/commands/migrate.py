"""Django's `migrate`, as the owner of the tables, and the application's rights afterwards."""

from typing import Any

from django.conf import settings
from django.core.management.commands.migrate import Command as DjangoMigrate
from django.db import connections

from config.grants import grant_to_application
from config.owner import as_owner


class Command(DjangoMigrate):
    """Migrates as the role of DATABASE_OWNER_URL, then grants the role of DATABASE_URL what it needs."""

    def handle(self, *args: Any, **options: Any) -> None:
        with as_owner(options["database"]):
            super().handle(*args, **options)
            is_shown_only = options["plan"] or options["check_unapplied"]
            if settings.DATABASE_APP_ROLE and not is_shown_only:
                grant_to_application(connections[options["database"]], settings.DATABASE_APP_ROLE)

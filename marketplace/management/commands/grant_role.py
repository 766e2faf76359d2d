"""Make the first operators: from then on operators grant roles to each other in the portal."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from common import clock
from common.errors import DomainError
from marketplace.identity.commands import grant_platform_role
from marketplace.identity.models import PlatformGrant, User


class Command(BaseCommand):
    """Gives one person the role of an operator; other roles are granted by operators, with a name and a face."""

    help = "Make a registered person an operator: manage.py grant_role EMAIL"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the command."""
        user = User.objects.filter(email__iexact=options["email"]).first()
        if user is None:
            raise CommandError(f"Nobody is registered as {options['email']}.")
        try:
            grant_platform_role(user_id=user.id, role=PlatformGrant.Role.OPERATOR, by=None, now=clock.now())
        except DomainError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{user.email} is an operator now.")

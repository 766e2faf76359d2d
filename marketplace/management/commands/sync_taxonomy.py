"""Bring the tree of domains, skills and credentials in line with the catalogue's files."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from marketplace.taxonomy.commands import sync_catalogue


class Command(BaseCommand):
    """Safe to repeat; says how many entries were added."""

    help = "Bring the tree of domains, skills and credentials in line with the catalogue's files."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the command."""
        self.stdout.write(f"{sync_catalogue()} entries added")

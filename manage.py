#!/usr/bin/env python
"""Runs Muster's commands; `manage.py help` lists them."""

import os
import sys


def main() -> None:
    """Run the command named on the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
    try:
        from django.core.management import execute_from_command_line  # noqa: PLC0415 - told in words if absent
    except ImportError:
        sys.exit("Django is not installed here: run bin/bootstrap, then .venv/bin/python manage.py …")
    from django.db.utils import OperationalError  # noqa: PLC0415

    try:
        execute_from_command_line(sys.argv)
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) is not None:
            raise
        sys.exit(f"{error}\nThe database does not answer: run manage.py services start, or see DATABASE_URL.")


if __name__ == "__main__":
    main()

"""The last look before a process of a real installation begins its work."""

import sys

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import SystemCheckError


def refuse_unsafe_start() -> None:
    """End the process with the list of unsafe settings, if this is a real installation and there are any."""
    if not settings.IS_PRODUCTION:
        return
    try:
        call_command("check", deploy=True, fail_level="ERROR", verbosity=0)
    except SystemCheckError as error:
        sys.exit(str(error))

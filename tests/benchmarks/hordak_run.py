"""Posts through django-hordak's own API and prints how many a second; run by the Python of the bench's environment.

Arguments: a PostgreSQL socket folder, a database, how many transfers, how many accounts.
"""

from __future__ import annotations

import sys
import time

import django
from django.conf import settings
from django.core.management import call_command

FOLDER, DATABASE, TRANSFERS, ACCOUNTS = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])

settings.configure(
    DATABASES={
        "default": {"ENGINE": "django.db.backends.postgresql", "NAME": DATABASE, "USER": "postgres", "HOST": FOLDER}
    },
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "mptt", "djmoney", "hordak"],
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    USE_TZ=True,
    SECRET_KEY="-",  # signs nothing
    CURRENCIES=("EUR",),
    DEFAULT_CURRENCY="EUR",
)
django.setup()


def run() -> float:
    """Post each transfer in a transaction of its own, as the API does, and return how many a second."""
    from hordak.models import Account, Leg  # noqa: PLC0415 - Django is set up by now
    from moneyed import Money  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    work = Account.objects.create(name="Work", type="EX", currencies=["EUR"])
    owed = [Account.objects.create(name=f"Owed {n}", type="LI", currencies=["EUR"]) for n in range(ACCOUNTS)]
    started = time.perf_counter()
    for number in range(TRANSFERS):
        owed[number % ACCOUNTS].transfer_to(work, Money("1.25", "EUR"))
    took = time.perf_counter() - started
    if Leg.objects.count() != 2 * TRANSFERS:
        raise SystemExit("a transfer is missing")
    return TRANSFERS / took


print(run())  # noqa: T201  # the bench reads it

"""What `check --deploy` refuses, and with it the start of a real installation: settings that fail open."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

SHORTEST_SECRET_KEY = 50


@register(Tags.security, deploy=True)
def check_unsafe_settings(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Return an error for each setting with which a real installation must not start."""
    found = [*_web_errors(), *_money_errors(), *_data_errors()]
    return [Error(words, hint=hint, id=f"muster.{code}") for code, is_unsafe, words, hint in found if is_unsafe]


@register(Tags.security, deploy=True)
def check_test_key(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Warn about a key that moves no real money: right on a rehearsal, wrong on the day."""
    if "_test_" not in (settings.STRIPE_API_KEY or ""):
        return []
    return [Warning("STRIPE_API_KEY is a test key: no payout moves real money.", id="muster.W001")]


def _web_errors() -> list[tuple[str, bool, str, str]]:
    key = settings.SECRET_KEY
    weak_key = len(key) < SHORTEST_SECRET_KEY or key.startswith(("insecure-", "only-for-tests-"))
    hosts = settings.ALLOWED_HOSTS
    return [
        ("E001", settings.DEBUG, "DEBUG is on: errors show the code and its data.", "Leave DEBUG out."),
        ("E002", weak_key, "SECRET_KEY is a development key or too short.", "Write 50 random characters."),
        ("E003", not hosts or "*" in hosts, "ALLOWED_HOSTS permits any host.", "Name the hosts."),
        (
            "E004",
            urlsplit(settings.BASE_URL).scheme != "https",
            "BASE_URL is not an https:// address.",
            "Write the address that people open.",
        ),
        (
            "E005",
            settings.WEBHOOK_ALLOW_LOOPBACK,
            "Webhooks may be sent to this machine itself.",
            "Use config.settings.prod.",
        ),
    ]


def _money_errors() -> list[tuple[str, bool, str, str]]:
    address = settings.STRIPE_API_BASE or ""
    is_stand_in = address != "" and not _is_stripe(address)
    return [
        ("E006", settings.ALLOW_FAULTS, "ALLOW_FAULTS is on: anybody who sets FAULT stops it.", "Leave it out."),
        ("E007", bool(settings.FAULT), "FAULT is set.", "Leave FAULT out."),
        (
            "E013",
            len(settings.TAX_ID_KEY) < SHORTEST_SECRET_KEY or settings.TAX_ID_KEY.startswith("only-for-tests-"),
            "TAX_ID_KEY is missing or too short: hashes of taxpayer numbers could be undone by trying all numbers.",
            "Write 50 random characters, and keep them: under another key no duplicates are found.",
        ),
        ("E008", is_stand_in, "STRIPE_API_BASE is not Stripe: payouts would be pretended.", "Leave it out."),
        ("E009", not settings.STRIPE_API_KEY, "STRIPE_API_KEY is missing.", "Write the secret key."),
        (
            "E010",
            not settings.STRIPE_WEBHOOK_SECRETS,
            "STRIPE_WEBHOOK_SECRET is missing: webhooks could not be told from forged ones.",
            "Write the endpoint's signing secret.",
        ),
    ]


def _data_errors() -> list[tuple[str, bool, str, str]]:
    database = settings.DATABASES["default"]
    return [
        (
            "E011",
            database["USER"] == settings.DATABASE_OWNER["USER"],
            "The application connects as the owner of the tables, who may change the books.",
            "Give DATABASE_URL and DATABASE_OWNER_URL different roles.",
        ),
        (
            "E012",
            settings.CELERY_BROKER_URL.startswith("memory:"),
            "CELERY_BROKER_URL is a broker inside one process.",
            "Write the address of Redis, Valkey or RabbitMQ.",
        ),
    ]


def _is_stripe(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    return host == "stripe.com" or host.endswith(".stripe.com")

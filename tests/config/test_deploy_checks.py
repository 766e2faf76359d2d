"""What a real installation is refused with."""

import pytest
from django.core.checks import Error
from pytest_django import Settings

from config.checks import check_test_key, check_unsafe_settings
from config.startup import refuse_unsafe_start


@pytest.fixture
def safe(settings: Settings) -> Settings:
    """Return settings with which an installation may start."""
    settings.DEBUG = False
    settings.SECRET_KEY = "8f" * 30
    settings.TAX_ID_KEY = "9a" * 30
    settings.ALLOWED_HOSTS = ["muster.example.org"]
    settings.BASE_URL = "https://muster.example.org"
    settings.WEBHOOK_ALLOW_LOOPBACK = False
    settings.ALLOW_FAULTS = False
    settings.FAULT = ""
    settings.STRIPE_API_BASE = None
    settings.STRIPE_API_KEY = "rk_live_1"
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_1"]
    settings.DATABASE_OWNER = {**settings.DATABASES["default"], "USER": "someone_else"}
    settings.CELERY_BROKER_URL = "redis://broker.example.org/0"
    return settings


def _found() -> list[str]:
    return [str(message.id) for message in check_unsafe_settings(None) if isinstance(message, Error)]


def test_safe_settings_are_accepted(safe: Settings) -> None:
    assert _found() == []
    assert check_test_key(None) == []


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("DEBUG", True, "muster.E001"),
        ("SECRET_KEY", "insecure-" + "8f" * 30, "muster.E002"),
        ("SECRET_KEY", "short", "muster.E002"),
        ("TAX_ID_KEY", "", "muster.E013"),
        ("TAX_ID_KEY", "only-for-tests-" + "9a" * 30, "muster.E013"),
        ("ALLOWED_HOSTS", ["*"], "muster.E003"),
        ("ALLOWED_HOSTS", [], "muster.E003"),
        ("BASE_URL", "http://muster.example.org", "muster.E004"),
        ("WEBHOOK_ALLOW_LOOPBACK", True, "muster.E005"),
        ("ALLOW_FAULTS", True, "muster.E006"),
        ("FAULT", "payouts.submit:1:kill", "muster.E007"),
        ("STRIPE_API_BASE", "http://127.0.0.1:12111", "muster.E008"),
        ("STRIPE_API_BASE", "https://api.stripe.com.example.org", "muster.E008"),
        ("STRIPE_API_KEY", None, "muster.E009"),
        ("STRIPE_WEBHOOK_SECRETS", [], "muster.E010"),
        ("CELERY_BROKER_URL", "memory://", "muster.E012"),
    ],
)
def test_each_unsafe_setting_is_refused_by_name(safe: Settings, name: str, value: object, code: str) -> None:
    setattr(safe, name, value)

    assert _found() == [code]


def test_the_owner_of_the_tables_is_refused_as_the_applications_role(safe: Settings) -> None:
    safe.DATABASE_OWNER = safe.DATABASES["default"]

    assert _found() == ["muster.E011"]


def test_a_test_key_is_warned_of(safe: Settings) -> None:
    safe.STRIPE_API_KEY = "sk_test_1"

    assert [message.id for message in check_test_key(None)] == ["muster.W001"]


def test_a_real_installation_with_unsafe_settings_does_not_start(safe: Settings) -> None:
    safe.IS_PRODUCTION = True
    safe.ALLOW_FAULTS = True

    with pytest.raises(SystemExit, match="ALLOW_FAULTS is on"):
        refuse_unsafe_start()


def test_a_development_machine_starts_with_the_same_settings(safe: Settings) -> None:
    safe.ALLOW_FAULTS = True

    refuse_unsafe_start()

    assert _found() == ["muster.E006"]

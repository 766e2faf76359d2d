"""What the environment may hold, and the sentence for what it may not."""

from pathlib import Path

import pytest

from config.environment import BadEnvironment, database_settings, mail_settings, read_environment, require

VARIABLES = [
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
    "CELERY_BROKER_URL",
    "ALLOWED_HOSTS",
    "STRIPE_API_KEY",
    "STRIPE_WEBHOOK_SECRET",
    "MUSTER_HOME",
    "MUSTER_PORT",
    "FAULT",
]


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        (
            "DATABASE_URL",
            "mysql://localhost/muster",
            "DATABASE_URL can't be used (only PostgreSQL is supported): write "
            "postgresql://user:password@host:5432/name, or leave it out for the embedded server.",
        ),
        (
            "CELERY_BROKER_URL",
            "sqs://",
            "CELERY_BROKER_URL can't be used (it begins with none of redis://, rediss://, redis+socket://, amqp://, "
            "amqps://, memory://): write redis://host:6379/0 or amqp://user:password@host/vhost.",
        ),
        (
            "STRIPE_API_KEY",
            "pk_live_1",
            "STRIPE_API_KEY can't be used (it is no secret key): write a key that begins with sk_ or rk_.",
        ),
        (
            "STRIPE_WEBHOOK_SECRET",
            "whsec_1,secret",
            "STRIPE_WEBHOOK_SECRET can't be used (it holds something that is no signing secret): write the endpoint's "
            "signing secrets, each beginning with whsec_, separated by commas.",
        ),
        (
            "MUSTER_PORT",
            "80",
            "MUSTER_PORT can't be used (Input should be greater than or equal to 1024): write a port from 1024 to "
            "65535.",
        ),
        (
            "FAULT",
            "somewhere",
            "FAULT can't be used (it is no fault): write <failpoint>:<n>:<kill|pause|raise>.",
        ),
    ],
)
def test_a_bad_value_ends_the_start_with_one_sentence(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(BadEnvironment) as ended:
        read_environment()

    assert str(ended.value) == sentence


def test_a_missing_value_is_named_with_what_to_write() -> None:
    with pytest.raises(BadEnvironment, match=r"^SECRET_KEY is not set: write at least 50 random characters\.$"):
        require("SECRET_KEY", None)


def test_lists_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_HOSTS", "muster.example.org, www.example.org,")
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET", "whsec_new,whsec_old")

    env = read_environment()

    assert env.ALLOWED_HOSTS == ["muster.example.org", "www.example.org"]
    assert env.STRIPE_WEBHOOK_SECRET == ["whsec_new", "whsec_old"]


def test_an_empty_value_counts_as_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "")

    env = read_environment()

    assert env.DATABASE_URL is None
    assert env.database_url.startswith("postgresql://muster_app@/muster?host=")
    assert env.database_owner_url.startswith("postgresql://muster_owner@/muster?host=")


def test_two_homes_have_servers_of_their_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    addresses = set()
    for home in (tmp_path / "ada", tmp_path / "bola"):
        monkeypatch.setenv("MUSTER_HOME", str(home))
        env = read_environment()
        addresses |= {env.database_url, env.broker_url}

    assert len(addresses) == 4


def test_a_socket_address_stays_short_however_long_the_path_of_the_checkout_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MUSTER_HOME", str(tmp_path / ("x" * 200)))

    sockets = read_environment().layout.sockets

    assert len(f"{sockets}/.s.PGSQL.5432") < 60


def test_an_address_is_taken_apart_with_its_escapes() -> None:
    assert database_settings("postgresql://ada:p%40ss@db.example.org:5433/muster?sslmode=require") == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "muster",
        "USER": "ada",
        "PASSWORD": "p@ss",
        "HOST": "db.example.org",
        "PORT": "5433",
        "OPTIONS": {"sslmode": "require"},
    }


@pytest.mark.parametrize(
    ("url", "port", "is_wrapped", "is_upgraded"),
    [
        ("smtp://mail.example.org", 587, False, True),
        ("smtps://mail.example.org", 465, True, False),
        ("smtp://mail.example.org:25", 25, False, False),
    ],
)
def test_mail_is_encrypted_except_on_the_old_port(url: str, port: int, is_wrapped: bool, is_upgraded: bool) -> None:
    options = mail_settings(url)["OPTIONS"]

    assert (options["port"], options["use_ssl"], options["use_tls"]) == (port, is_wrapped, is_upgraded)


def test_the_development_key_is_made_once_and_marked_as_unsafe(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MUSTER_HOME", str(tmp_path))

    first, second = read_environment().local_secret_key(), read_environment().local_secret_key()

    assert first == second
    assert first.startswith("insecure-")
    assert len(first) > 60
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]

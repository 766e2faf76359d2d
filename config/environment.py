"""The process environment, typed: the only place where it is read.

A value that can't be used ends the start with one sentence that names the variable and says what to write.
"""

import os
import secrets
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qs, unquote, urlsplit
from zoneinfo import available_timezones

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from config.services.layout import APP_ROLE, OWNER_ROLE, PROJECT_DIR, Layout

#: What to write for a variable, shown with the complaint about what was written.
ADVICE = {
    "DATABASE_URL": "write postgresql://user:password@host:5432/name, or leave it out for the embedded server",
    "DATABASE_OWNER_URL": "write postgresql://owner:password@host:5432/name: the role that owns the tables",
    "CELERY_BROKER_URL": "write redis://host:6379/0 or amqp://user:password@host/vhost",
    "SECRET_KEY": "write at least 50 random characters",
    "TAX_ID_KEY": "write at least 50 random characters, and never change them",
    "ALLOWED_HOSTS": "write the host names separated by commas, for example muster.example.org",
    "BASE_URL": "write the address people open, for example https://muster.example.org",
    "EMAIL_URL": "write smtp://user:password@host:587, smtps://…:465, console: or file:/folder",
    "STRIPE_API_BASE": "write an http:// or https:// address, or leave it out for Stripe itself",
    "STRIPE_API_KEY": "write a key that begins with sk_ or rk_",
    "STRIPE_WEBHOOK_SECRET": "write the endpoint's signing secrets, each beginning with whsec_, separated by commas",
    "STRIPE_FINANCIAL_ACCOUNT": "write the fa_… that Global Payouts pays from, or leave it out to pay over Connect alone",
    "STRIPE_FINANCIAL_CURRENCIES": "write the currencies that the financial account holds, separated by commas",
    "STRIPE_FUNDING_METHOD": "write the bank account at Stripe that tops the financial account up, or leave it out",
    "LEGAL_ENTITY": "write the name of the legal entity that pays, as it stands on statements and tax files",
    "LEGAL_ENTITY_EIN": "write the legal entity's employer identification number, 12-3456789, for tax files",
    "LEGAL_ENTITY_TIME_ZONE": "write the IANA name of the zone in which the legal entity's year begins, such as America/New_York",
    "STRIPE_CALLS_PER_SECOND": "write how many requests a second one endpoint of Stripe may get, 0 for no limit",
    "PAYOUT_SECOND_APPROVAL_OVER": 'write whole units by currency, such as {"EUR": 250000}; "*" is for every other one',
    "FAULT": "write <failpoint>:<n>:<kill|pause|raise>",
    "ALLOW_FAULTS": "write 1 or 0",
    "DEBUG": "write 1 or 0",
    "MUSTER_HOME": "write the path of a folder that this user can write",
    "MUSTER_PORT": "write a port from 1024 to 65535",
    "PG_BIN": "write the folder that holds the programs of PostgreSQL 18",
    "BEHIND_PROXY": "write 1 only where a proxy sets X-Forwarded-Proto and removes it from what clients send",
    "FAULT_RESUME": "write the path of the file whose appearance ends a pause",
}


class BadEnvironment(SystemExit):
    """The environment can't be used; the text is one sentence for the person who set it."""


class Environment(BaseSettings):
    """Every variable that Muster reads."""

    model_config = SettingsConfigDict(case_sensitive=True, extra="ignore", env_ignore_empty=True)

    DATABASE_URL: str | None = None
    DATABASE_OWNER_URL: str | None = None
    CELERY_BROKER_URL: str | None = None
    SECRET_KEY: str | None = None
    TAX_ID_KEY: str | None = None
    ALLOWED_HOSTS: Annotated[list[str], NoDecode] = Field(default_factory=list)
    BASE_URL: str | None = None
    EMAIL_URL: str | None = None
    STRIPE_API_BASE: str | None = None
    STRIPE_API_KEY: str | None = None
    STRIPE_WEBHOOK_SECRET: Annotated[list[str], NoDecode] = Field(default_factory=list)
    STRIPE_FINANCIAL_ACCOUNT: str | None = None
    STRIPE_FINANCIAL_CURRENCIES: Annotated[list[str], NoDecode] = Field(default_factory=lambda: ["USD"])
    STRIPE_FUNDING_METHOD: str | None = None
    LEGAL_ENTITY: str = Field(default="Muster", min_length=1, max_length=200)
    LEGAL_ENTITY_EIN: str = Field(default="", pattern=r"^(\d{2}-\d{7})?$")
    LEGAL_ENTITY_TIME_ZONE: str = "UTC"
    STRIPE_CALLS_PER_SECOND: float = Field(default=20.0, ge=0, le=1000)
    PAYOUT_SECOND_APPROVAL_OVER: dict[str, Annotated[int, Field(ge=0, le=10**12)]] = Field(default_factory=dict)
    FAULT: str | None = None
    FAULT_RESUME: Path | None = None
    ALLOW_FAULTS: bool = False
    DEBUG: bool | None = None
    MUSTER_HOME: Path = PROJECT_DIR / "var"
    MUSTER_PORT: int | None = Field(default=None, ge=1024, le=65535)
    PG_BIN: str | None = None
    BEHIND_PROXY: bool = False

    @field_validator("ALLOWED_HOSTS", "STRIPE_FINANCIAL_CURRENCIES", "STRIPE_WEBHOOK_SECRET", mode="before")
    @classmethod
    def _split_commas(cls, value: Any) -> Any:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("DATABASE_URL", "DATABASE_OWNER_URL")
    @classmethod
    def _is_postgresql(cls, value: str | None) -> str | None:
        if value is not None:
            database_settings(value)
        return value

    @field_validator("CELERY_BROKER_URL")
    @classmethod
    def _is_broker(cls, value: str | None) -> str | None:
        return _with_scheme(value, "redis", "rediss", "redis+socket", "amqp", "amqps", "memory")

    @field_validator("STRIPE_API_BASE", "BASE_URL")
    @classmethod
    def _is_web_address(cls, value: str | None) -> str | None:
        _with_scheme(value, "http", "https")
        return value.rstrip("/") if value else value

    @field_validator("EMAIL_URL")
    @classmethod
    def _is_mail_address(cls, value: str | None) -> str | None:
        if value is not None:
            mail_settings(value)
        return value

    @field_validator("LEGAL_ENTITY_TIME_ZONE")
    @classmethod
    def _is_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("there is no such time zone")
        return value

    @field_validator("STRIPE_API_KEY")
    @classmethod
    def _is_stripe_key(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("sk_", "rk_")):
            raise ValueError("it is no secret key")
        return value

    @field_validator("STRIPE_WEBHOOK_SECRET")
    @classmethod
    def _are_signing_secrets(cls, value: list[str]) -> list[str]:
        if any(not secret.startswith("whsec_") for secret in value):
            raise ValueError("it holds something that is no signing secret")
        return value

    @field_validator("STRIPE_FINANCIAL_ACCOUNT")
    @classmethod
    def _is_financial_account(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith("fa_"):
            raise ValueError("it is no financial account")
        return value

    @field_validator("STRIPE_FINANCIAL_CURRENCIES")
    @classmethod
    def _are_currencies(cls, value: list[str]) -> list[str]:
        if any(len(code) != 3 or not code.isascii() or not code.isupper() for code in value):
            raise ValueError("it holds something that is no currency")
        return value

    @field_validator("FAULT")
    @classmethod
    def _is_fault(cls, value: str | None) -> str | None:
        if value is not None:
            parts = value.split(":")
            if len(parts) != 3 or not parts[1].isdigit() or parts[2] not in {"kill", "pause", "raise"}:
                raise ValueError("it is no fault")
        return value

    @field_validator("MUSTER_HOME")
    @classmethod
    def _is_absolute(cls, value: Path) -> Path:
        return value if value.is_absolute() else PROJECT_DIR / value

    @property
    def layout(self) -> Layout:
        return Layout(self.MUSTER_HOME)

    @property
    def database_url(self) -> str:
        """The application's database: it may read and write rows, and append to the books."""
        return self.DATABASE_URL or self.layout.database_url(APP_ROLE)

    @property
    def database_owner_url(self) -> str:
        """The database as the owner of its tables: for migrations alone."""
        if self.DATABASE_OWNER_URL:
            return self.DATABASE_OWNER_URL
        return self.DATABASE_URL or self.layout.database_url(OWNER_ROLE)

    @property
    def broker_url(self) -> str:
        return self.CELERY_BROKER_URL or self.layout.broker_url

    def local_secret_key(self) -> str:
        """This checkout's own key, made at first use: only for development.

        The name begins with `insecure-`, so that `check --deploy` refuses it.
        """
        path = self.MUSTER_HOME / "secret_key"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = path.with_name(f"secret_key.{os.getpid()}")
            draft.touch(mode=0o600)
            draft.write_text(f"insecure-{secrets.token_urlsafe(50)}")
            # Two first starts at once must end with one key: link() fails where the file is already there.
            try:
                path.hardlink_to(draft)
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        return path.read_text()


def read_environment() -> Environment:
    """Read the process environment.

    Raises: BadEnvironment with one sentence, if a variable holds what can't be used.
    """
    try:
        return Environment()
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        complaint = str(first["msg"]).removeprefix("Value error, ")
        raise BadEnvironment(f"{name} can't be used ({complaint}): {ADVICE[name]}.") from None


def require(name: str, value: Any) -> Any:
    """Return the value, or end the start with the sentence for a variable that must be set here."""
    if not value:
        raise BadEnvironment(f"{name} is not set: {ADVICE[name]}.")
    return value


def database_settings(url: str) -> dict[str, Any]:
    """Turn a PostgreSQL address into an entry of Django's DATABASES.

    Raises: ValueError if it names another database system, or no database.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"}:
        raise ValueError("only PostgreSQL is supported")
    name = unquote(parts.path.lstrip("/"))
    if not name:
        raise ValueError("it names no database")
    options = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", None) or parts.hostname or "",
        "PORT": str(options.pop("port", None) or parts.port or ""),
        "OPTIONS": options,
    }


def mail_settings(url: str) -> dict[str, Any]:
    """Turn a mail address of the form of EMAIL_URL into an entry of Django's MAILERS.

    Raises: ValueError if the form is unknown.
    """
    parts = urlsplit(url)
    backends = "django.core.mail.backends"
    if parts.scheme == "console":
        return {"BACKEND": f"{backends}.console.EmailBackend"}
    if parts.scheme == "memory":
        return {"BACKEND": f"{backends}.locmem.EmailBackend"}
    if parts.scheme == "file" and parts.path:
        return {"BACKEND": f"{backends}.filebased.EmailBackend", "OPTIONS": {"file_path": parts.path}}
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ValueError("it is no mail server")
    is_wrapped = parts.scheme == "smtps"
    return {
        "BACKEND": f"{backends}.smtp.EmailBackend",
        "OPTIONS": {
            "host": parts.hostname,
            "port": parts.port or (465 if is_wrapped else 587),
            "username": unquote(parts.username or ""),
            "password": unquote(parts.password or ""),
            "use_ssl": is_wrapped,
            "use_tls": not is_wrapped and parts.port != 25,
            "timeout": 10,
        },
    }


def _with_scheme(value: str | None, *schemes: str) -> str | None:
    if value is not None and urlsplit(value).scheme not in schemes:
        raise ValueError(f"it begins with none of {', '.join(f'{scheme}://' for scheme in schemes)}")
    return value

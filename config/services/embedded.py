"""The embedded servers together: those that the environment does not replace by real ones."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from config.environment import Environment
from config.services.postgres import embedded_postgres
from config.services.valkey import embedded_valkey


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """What is known of one server; `address` is what the application connects to."""

    name: str
    embedded: bool
    running: bool | None
    address: str

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


def start_services(env: Environment) -> list[str]:
    """Start the servers that are ours and don't run yet, and make the database; return the names of the started.

    Servers that the environment names are left to whoever runs them. Starting twice starts nothing.

    Raises: ServiceError with what to do, if one doesn't come up.
    """
    started = []
    if env.DATABASE_URL is None:
        server = embedded_postgres(env.layout, env.PG_BIN)
        if server.start():
            started.append("postgres")
        server.ensure_database()
    if env.CELERY_BROKER_URL is None and embedded_valkey(env.layout).start():
        started.append("valkey")
    return started


def stop_services(env: Environment) -> list[str]:
    """Stop the servers that are ours and run; return their names."""
    stopped = []
    if env.CELERY_BROKER_URL is None and embedded_valkey(env.layout).stop():
        stopped.append("valkey")
    if env.DATABASE_URL is None and embedded_postgres(env.layout, env.PG_BIN).stop():
        stopped.append("postgres")
    return stopped


@contextmanager
def database_running(env: Environment) -> Iterator[None]:
    """Let a command that ends work on a database that runs: one that had to be started is stopped again.

    Raises: ServiceError with what to do, if it doesn't come up.
    """
    server = embedded_postgres(env.layout, env.PG_BIN) if env.DATABASE_URL is None else None
    started = server is not None and server.start()
    try:
        yield
    finally:
        if server is not None and started:
            server.stop()


def list_services(env: Environment) -> list[ServiceStatus]:
    """Return what is known of each server; a server of somebody else is not asked whether it runs."""
    own_database, own_broker = env.DATABASE_URL is None, env.CELERY_BROKER_URL is None
    return [
        ServiceStatus(
            "postgres",
            embedded=own_database,
            running=embedded_postgres(env.layout, env.PG_BIN).is_running() if own_database else None,
            address=env.database_url if own_database else "DATABASE_URL",
        ),
        ServiceStatus(
            "valkey",
            embedded=own_broker,
            running=embedded_valkey(env.layout).is_running() if own_broker else None,
            address=env.broker_url if own_broker else "CELERY_BROKER_URL",
        ),
    ]

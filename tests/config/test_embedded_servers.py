"""The launcher of PostgreSQL and Valkey, with real servers."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from config.environment import Environment
from config.services.binaries import ServiceError, find_account
from config.services.embedded import database_running, list_services, start_services, stop_services
from config.services.layout import PROJECT_DIR
from config.services.postgres import claim_folder, embedded_postgres
from config.services.valkey import embedded_valkey


@pytest.fixture
def env(tmp_path: Path) -> Iterator[Environment]:
    """Yield the environment of a checkout of its own; its servers are stopped and removed afterwards."""
    made = Environment(MUSTER_HOME=tmp_path, DATABASE_URL=None, CELERY_BROKER_URL=None)
    yield made
    stop_services(made)
    shutil.rmtree(made.layout.sockets, ignore_errors=True)


def test_servers_start_once_keep_their_data_and_stop(env: Environment) -> None:
    assert start_services(env) == ["postgres", "valkey"]
    with psycopg.connect(env.database_owner_url) as owner:
        owner.execute("CREATE TABLE kept AS SELECT 7 AS number")
        owner.execute("GRANT SELECT ON kept TO muster_app")

    assert start_services(env) == []
    assert [status.running for status in list_services(env)] == [True, True]

    assert stop_services(env) == ["valkey", "postgres"]
    assert [status.running for status in list_services(env)] == [False, False]
    assert stop_services(env) == []

    assert start_services(env) == ["postgres", "valkey"]
    with psycopg.connect(env.database_url) as application:
        assert application.execute("SELECT number FROM kept").fetchone() == (7,)


def test_a_database_that_ran_already_is_left_running_and_one_that_was_started_is_stopped(env: Environment) -> None:
    with database_running(env):
        assert embedded_postgres(env.layout).is_running()
    assert not embedded_postgres(env.layout).is_running()

    start_services(env)
    with database_running(env):
        pass
    assert embedded_postgres(env.layout).is_running()


@pytest.mark.parametrize("database", ["never made", "made but empty"])
def test_verify_on_a_database_without_tables_says_what_to_do(env: Environment, database: str) -> None:
    if database == "made but empty":
        start_services(env)
    words = [sys.executable, "-W", "ignore", "manage.py", "verify"]
    outside = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "CELERY_BROKER_URL")}
    chosen = {"MUSTER_HOME": str(env.MUSTER_HOME), "DJANGO_SETTINGS_MODULE": "config.settings.dev"}

    done = subprocess.run(words, cwd=PROJECT_DIR, env=outside | chosen, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "Run manage.py migrate first." in done.stderr
    assert "Traceback" not in done.stderr


def test_a_killed_postgres_is_started_again(env: Environment) -> None:
    server = embedded_postgres(env.layout)
    server.start()
    os.kill(int((server.data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)

    assert server.start() is True

    assert server.is_running()


def test_postgres_listens_on_no_port_and_sorts_by_code_point(env: Environment) -> None:
    start_services(env)

    with embedded_postgres(env.layout).connect("muster") as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        assert connection.execute("SHOW max_connections").fetchone() == ("300",)
        assert connection.execute(
            "SELECT datlocprovider::text, datlocale FROM pg_database WHERE datname = 'muster'"
        ).fetchone() == ("b", "C.UTF-8")


def test_the_application_role_owns_nothing_and_the_owner_is_no_superuser(env: Environment) -> None:
    start_services(env)

    with embedded_postgres(env.layout).connect("muster") as connection:
        rows = connection.execute(
            "SELECT rolname, rolsuper, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname LIKE 'muster%' ORDER BY 1"
        ).fetchall()

    assert rows == [("muster_app", False, False, False), ("muster_owner", False, False, False)]


def test_data_and_sockets_are_open_to_their_account_alone(env: Environment) -> None:
    start_services(env)

    layout = env.layout
    modes = {path.stat().st_mode & 0o777 for path in (layout.sockets, layout.postgres_data, layout.valkey_data)}
    owners = {path.stat().st_uid for path in (layout.sockets, layout.postgres_data, layout.valkey_data)}

    assert modes == {0o700}
    assert owners == {find_account().uid}


def test_a_server_of_somebody_else_is_neither_started_nor_stopped(tmp_path: Path) -> None:
    env = Environment(
        MUSTER_HOME=tmp_path,
        DATABASE_URL="postgresql://ada@db.example.org/muster",
        CELERY_BROKER_URL="redis://broker.example.org/0",
    )

    assert start_services(env) == []
    assert stop_services(env) == []
    assert [(status.embedded, status.running) for status in list_services(env)] == [(False, None), (False, None)]
    assert not env.layout.sockets.exists()


def test_a_folder_that_somebody_else_made_first_is_not_used(tmp_path: Path) -> None:
    if os.getuid() != 0:
        pytest.skip("only root can give a folder away")
    folder = tmp_path / "sockets"
    folder.mkdir()
    os.chown(folder, 12345, 12345)

    with pytest.raises(ServiceError, match=r"belongs to another user \(id 12345\)"):
        claim_folder(folder, find_account())

    assert folder.stat().st_uid == 12345


def test_valkey_keeps_what_it_was_told_over_a_restart(env: Environment) -> None:
    server = embedded_valkey(env.layout)
    server.start()
    pid = server.pid()

    assert server.start() is False
    assert server.pid() == pid
    assert (server.data / "appendonlydir").is_dir()

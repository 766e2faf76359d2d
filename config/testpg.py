"""A pytest plugin: one throwaway PostgreSQL for the run, shared by its workers and gone afterwards.

Named with `-p` in pyproject.toml: its address has to stand in the environment before Django reads its settings.
"""

import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from config import testcache
from config.services.binaries import find_account
from config.services.layout import APP_ROLE, OWNER_ROLE, SHORT_ROOT
from config.services.postgres import THROWAWAY, PostgresServer, claim_folder, one_at_a_time
from config.services.processes import is_same_process, own_start_time

ADDRESS = "MUSTER_TEST_SERVER"
TEMPLATE = "muster_template"
PREFIX = "muster-test-"
#: A run makes and drops hundreds of databases of a thousand files each. In memory one takes 40 ms; on a disk it can take a
#: second of the kernel's time, for files that nobody will read again.
MEMORY = Path("/dev/shm")  # noqa: S108 - the folder inside is 0700 and its owner is checked
LEAST_MEMORY = 8 * 1024**3


def choose_root(memory: Path = MEMORY) -> Path:
    """Return where this run's server lives: in memory where there is plenty, else on the disk."""
    try:
        room = min(shutil.disk_usage(memory).free, os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (OSError, ValueError):
        return SHORT_ROOT
    return memory if room >= LEAST_MEMORY and os.access(memory, os.W_OK | os.X_OK) else SHORT_ROOT


def _prepare_environment() -> bool:
    """Name the run's folder; at import, since pytest-django reads the settings before any hook of ours.

    Returns whether this process is the one that starts and removes the server: its workers inherit the name.
    """
    owns_server = ADDRESS not in os.environ
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.test"
    os.environ.setdefault(ADDRESS, str(choose_root() / f"{PREFIX}{os.getpid()}-{time.time_ns() % 10**6}"))
    os.environ["DATABASE_URL"] = f"postgresql://{OWNER_ROLE}@/{TEMPLATE}?host={os.environ[ADDRESS]}"
    os.environ.pop("DATABASE_OWNER_URL", None)
    return owns_server


_OWNS_SERVER = _prepare_environment()


def run_server() -> PostgresServer:
    """Return the server of this run."""
    folder = Path(os.environ[ADDRESS])
    return PostgresServer(data=folder / "data", sockets=folder, configuration=THROWAWAY)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    if _OWNS_SERVER and not session.config.option.collectonly:
        _start_server()


def _start_server() -> None:
    sweep()
    server = run_server()
    claim_folder(server.sockets, find_account())
    (server.sockets / "run.json").write_text(json.dumps({"pid": os.getpid(), "started": own_start_time()}))
    if testcache.restore(server):
        server.start()
        return
    server.start()
    with server.connect() as connection:
        for role in (OWNER_ROLE, APP_ROLE):
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
        # Lets a test try what the application may not do, by SET ROLE.
        connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(APP_ROLE), sql.Identifier(OWNER_ROLE)))


def pytest_unconfigure(config: pytest.Config) -> None:
    if _OWNS_SERVER:
        _end_server()


def _end_server() -> None:
    testcache.keep(run_server(), TEMPLATE)
    _remove(Path(os.environ[ADDRESS]))


@contextmanager
def throwaway_server() -> Iterator[None]:
    """Run the server outside pytest, for long proofs; the processes they start inherit its address."""
    _start_server()
    try:
        yield
    finally:
        _end_server()


def set_up_django() -> None:
    """Make Django ready on this run's server, once."""
    import django  # noqa: PLC0415 - reads its settings, which name the server
    from django.apps import apps  # noqa: PLC0415

    if not apps.ready:
        django.setup()


@contextmanager
def database_of_ones_own(name: str) -> Iterator[None]:
    """Let Django work in a fresh copy of the migrated database, and drop it afterwards."""
    from django.db import connections  # noqa: PLC0415

    connections.close_all()
    with run_server().connect() as control:
        create_database(control, name)
    connections.settings["default"]["NAME"] = name
    connections["default"].settings_dict["NAME"] = name
    try:
        yield
    finally:
        connections.close_all()
        with run_server().connect() as control:
            control.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def sweep() -> None:
    """Remove what runs left behind that were killed before they could."""
    for folder in chain(SHORT_ROOT.glob(f"{PREFIX}*"), MEMORY.glob(f"{PREFIX}*")):
        try:
            run = json.loads((folder / "run.json").read_text())
        except (OSError, ValueError):
            continue
        if not is_same_process(run["pid"], run["started"]):
            _remove(folder)


def _remove(folder: Path) -> None:
    if folder.exists():
        PostgresServer(data=folder / "data", sockets=folder).stop(mode="immediate")
        shutil.rmtree(folder, ignore_errors=True)


def make_template() -> None:
    """Migrate the database that all others of the run are copied from, in whichever worker comes first."""
    from django.core.management import call_command  # noqa: PLC0415 - Django is not set up when pytest loads plugins
    from django.db import connection  # noqa: PLC0415

    server = run_server()
    with one_at_a_time(server.sockets / "template.lock"):
        with server.connect() as control:
            if control.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE]).fetchone():
                return
            draft = f"{TEMPLATE}_draft"
            create_database(control, draft, template="template1")
        connection.settings_dict["NAME"] = draft
        call_command("migrate", verbosity=0, interactive=False)
        connection.close()
        with server.connect() as control:
            control.execute(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(draft), sql.Identifier(TEMPLATE))
            )


def create_database(control: psycopg.Connection[tuple[str, ...]], name: str, template: str = TEMPLATE) -> None:
    """Copy `template`, replacing a database `name` that is there already."""
    control.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
    control.execute(
        # The default strategy writes page by page through the log: ten times the work for a template of some 15 MB.
        sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY FILE_COPY").format(
            sql.Identifier(name), sql.Identifier(OWNER_ROLE), sql.Identifier(template)
        )
    )


def _restore(_test_case: object, name: str) -> None:
    from django.db import connections  # noqa: PLC0415

    connections.close_all()
    with run_server().connect() as control:
        create_database(control, name)


@pytest.fixture(scope="session")
def migrated_database(django_test_environment: None, django_db_blocker: "pytest.FixtureDef[None]") -> Iterator[str]:
    """Yield the name of this worker's copy of the migrated database."""
    from django.db import connections  # noqa: PLC0415
    from django.test import TransactionTestCase  # noqa: PLC0415

    name = f"test_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        make_template()
        with run_server().connect() as control:
            create_database(control, name)
    connections.settings["default"]["NAME"] = name
    # Append-only tables refuse the TRUNCATE by which Django clears up after a test that commits; a new copy takes
    # some 60 ms, and the database is the very one that the migrations make.
    setattr(TransactionTestCase, "_fixture_teardown", lambda case: _restore(case, name))  # noqa: B010 - not in its stubs
    yield name
    connections.close_all()


@pytest.fixture
def fresh_database(transactional_db: None) -> str:
    """Give the test a database of its own in which it can commit; yields the address for other processes.

    Threads use Django's connections as ever and close theirs when they end.
    """
    from django.db import connections  # noqa: PLC0415

    name = connections.settings["default"]["NAME"]
    return f"postgresql://{OWNER_ROLE}@/{name}?host={run_server().sockets}"

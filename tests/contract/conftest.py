"""The world that the API is called in, and its server."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.test import override_settings
from psycopg import sql

from common import clock
from config.services.layout import OWNER_ROLE
from config.testpg import create_database, run_server
from payouts.rails import registry
from payouts.sandbox.settings import SandboxSettings
from tests import racing
from tests.contract.bodies import Bodies, write_bodies
from tests.contract.cases import Made, fit, load_document, make_up
from tests.contract.fitting import Fitting, write_fitting
from tests.contract.known import Known, know
from tests.contract.proof import Caller
from tests.contract.world import inhabit
from tests.payouts.support.served import serve_stand_in


@dataclass(frozen=True, slots=True)
class Scene:
    """An inhabited world in the database ``url`` behind a running server; ``restore`` puts it back to what it was."""

    url: str
    address: str
    log: Path
    known: Known
    bodies: Bodies
    fitting: Sequence[Fitting]
    restore: Callable[[], None]
    authorizations: dict[str, str]

    def make_up(self, *, examples: int, named: str = "") -> dict[str, list[Made]]:
        """Return requests of the committed document for this world, first those that fit; see ``cases.make_up``."""
        schema = load_document()
        made = make_up(schema, self.known, self.bodies, self.address, examples=examples, named=named)
        fits = fit(schema, self.fitting, self.address)
        return {label: [*fits.get(label, ()), *cases] for label, cases in made.items()}

    def caller(self, role: str) -> Caller:
        """Return a role, in the world as it was made."""
        self.restore()
        return Caller(role, self.authorizations.get(role, ""), self.address, self.log, self.restore)


@pytest.fixture(scope="module")
def scene(migrated_database: str, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """One world for the tests of a module, with a stand-in for Stripe, at a real server."""
    log = tmp_path_factory.mktemp("contract") / "server.log"
    url = f"postgresql://{OWNER_ROLE}@/{migrated_database}?host={run_server().sockets}"
    with serve_stand_in(SandboxSettings(api_key=settings.STRIPE_API_KEY)) as provider, django_db_blocker.unblock():
        with override_settings(STRIPE_API_BASE=provider.address), pytest.MonkeyPatch.context() as patch:
            patch.setattr(registry, "_rails", {})
            inhabited = inhabit(provider)
            known, bodies = know(), write_bodies(inhabited.world, clock.now())
            fitting = write_fitting(inhabited.world, clock.now())
        with (
            kept(migrated_database) as restore,
            racing.serve(url, log=log, STRIPE_API_BASE=provider.address) as address,
        ):
            yield Scene(url, address, log, known, bodies, fitting, restore, inhabited.authorizations)


@contextmanager
def kept(name: str) -> Iterator[Callable[[], None]]:
    """Keep a copy of the database ``name`` and yield what puts it back under a running server; leave an empty world."""
    connections.close_all()
    with run_server().connect() as control:
        copy = f"{name}_kept"
        create_database(control, copy, template=name)
        try:
            yield partial(create_database, control, name, template=copy)
        finally:
            create_database(control, name)
            control.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(copy)))

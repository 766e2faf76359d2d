"""Acme, a client with an account in EUR; Amina prepares, Chiara approves, Bola manages Acme's projects."""

from __future__ import annotations

from typing import Any

import pytest

from payouts.clients.models import ClientAccount
from tests.marketplace import people
from tests.payouts.clients.stories import open_euros
from tests.payouts.people import make_person


@pytest.fixture
def amina(db: None) -> Any:
    return make_person("Amina", "FINANCE_PREPARER", "FINANCE_APPROVER")


@pytest.fixture
def chiara(db: None) -> Any:
    return make_person("Chiara", "FINANCE_APPROVER")


@pytest.fixture
def owner(db: None) -> Any:
    return people.make_user("Olu Owner")


@pytest.fixture
def acme(owner: Any) -> Any:
    return people.make_organization(owner)


@pytest.fixture
def account(acme: Any, amina: Any) -> ClientAccount:
    return open_euros(acme, amina)

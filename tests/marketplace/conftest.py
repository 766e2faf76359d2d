"""A client with a project that runs, as most marketplace tests need it."""

from __future__ import annotations

import pytest

from marketplace.identity.models import Organization, PlatformGrant, User
from marketplace.projects.models import Project
from marketplace.taxonomy.commands import sync_catalogue
from tests.marketplace import people


@pytest.fixture
def catalogue(db: None) -> None:
    """Fill the tree of domains and skills."""
    sync_catalogue()


@pytest.fixture
def olga(catalogue: None) -> User:
    """Return the owner of the client organization."""
    return people.make_user("Olga Owner")


@pytest.fixture
def paula(db: None) -> User:
    """Return a preparer of finance."""
    user = people.make_user("Paula Payer")
    PlatformGrant.objects.create(user=user, role="FINANCE_PREPARER", granted_at=people.START)
    return user


@pytest.fixture
def acme(olga: User) -> Organization:
    """Return the client organization."""
    return people.make_organization(olga)


@pytest.fixture
def project(acme: Organization, olga: User) -> Project:
    """Return a project in production."""
    return people.make_project(acme, olga)

"""People for the tests of quality."""

from __future__ import annotations

import pytest

from marketplace.models import User
from tests.factories.quality import MakeWorker


@pytest.fixture
def person(db: None) -> MakeWorker:
    """Make somebody by first name, once a name."""

    def make(name: str) -> User:
        return User.objects.get_or_create(email=f"{name.lower()}@example.org", defaults={"full_name": name})[0]

    return make

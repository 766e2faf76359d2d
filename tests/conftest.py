"""Fixtures of the whole suite."""

import pytest


@pytest.fixture(scope="session")
def django_db_setup(migrated_database: str) -> None:
    """Use the copies of one migrated database in place of a migration per worker."""

"""What load balancers and operators are told."""

from unittest.mock import patch

import pytest
from django.db import OperationalError
from django.test import Client

from config import health


def test_the_liveness_page_asks_nothing_of_the_database(client: Client) -> None:
    answer = client.get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
def test_a_process_that_can_work_is_ready(client: Client) -> None:
    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})


@pytest.mark.django_db
def test_a_process_without_its_database_is_not_ready_and_tells_the_anonymous_nothing_more(client: Client) -> None:
    with patch.object(health.connection, "cursor", side_effect=OperationalError("password of muster_app is wrong")):
        answer = client.get("/readyz")

    assert (answer.status_code, answer.json()) == (503, {"status": "unavailable"})


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_health_is_only_read(client: Client, method: str) -> None:
    assert getattr(client, method)("/healthz").status_code == 405

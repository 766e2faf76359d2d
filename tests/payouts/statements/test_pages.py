"""The pages of statements: each line leads to its work, and an original and its correction to each other."""

from __future__ import annotations

from typing import Any

from django.test import Client

from payouts.earnings.models import Earning
from payouts.statements.commands import correct_statement
from tests.payouts.people import NOW, make_person
from tests.payouts.statements.stating import came_back, issued, paid


def as_(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_each_line_leads_to_its_work_and_corrections_to_each_other(ada: Any, bola: Any) -> None:
    original = issued(paid(ada, bola, brought=30))
    came_back(original.payout_id)
    correction = correct_statement(payout_id=original.payout_id, now=NOW)
    assert correction is not None
    client = as_(make_person("Fatima", "FINANCE_PREPARER"))

    pages = [client.get(f"/statements/{row.id}/").content.decode() for row in (original, correction)]
    listed = client.get("/statements/").content.decode()

    for earning in Earning.objects.all():
        assert all(f'href="/trace/{earning.id}/"' in page for page in pages)
        assert client.get(f"/trace/{earning.id}/").status_code == 200
    assert "€100.30" in pages[0]
    assert "€100.30" in pages[1]
    assert f'href="/statements/{correction.id}/"' in pages[0]
    assert f'href="/statements/{original.id}/"' in pages[1]
    assert "ST-000001" in listed
    assert "ST-000002" in listed


def test_a_statement_is_not_found_by_others(ada: Any, bola: Any) -> None:
    statement = issued(paid(ada, bola))
    hana, bola_ = as_(make_person("Hana", "AUDITOR")), as_(bola)

    assert hana.get(f"/statements/{statement.id}/").status_code == 200
    assert bola_.get(f"/statements/{statement.id}/").status_code == 403
    assert Client().get(f"/statements/{statement.id}/").status_code == 302

"""Notices and webhooks in pages."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from marketplace.identity.models import Organization, User
from marketplace.notifications import commands, outbound
from marketplace.notifications.models import Notice, WebhookDelivery, WebhookEndpoint
from tests.marketplace import people
from tests.marketplace.people import NOW

ADDRESS = "https://client.example.com/hook"


def open_as(user: User) -> Client:
    """Return a browser without scripts in which ``user`` is logged in."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def tell(user: User, key: str = "payout:1") -> Notice:
    """Tell ``user`` of a payout."""
    commands.notify(
        user_id=user.pk, source_key=key, kind="payout.paid", title="Paid", body="All.", path="/notices/", now=NOW
    )
    return Notice.objects.get(user=user, source_key=key)


@pytest.fixture
def page(acme: Organization, olga: User, monkeypatch: pytest.MonkeyPatch) -> Client:
    """Return the owner's browser; the client's host is taken for a public one."""
    monkeypatch.setattr(outbound, "check_address", lambda url: ("client.example.com", "203.0.113.5", 443))
    return open_as(olga)


@pytest.fixture
def endpoint(page: Client, acme: Organization, olga: User) -> WebhookEndpoint:
    """Return an endpoint of the client."""
    events = ["batch.completed"]
    row, _secret = commands.create_endpoint(organization_id=acme.id, url=ADDRESS, events=events, by=olga, now=NOW)
    return row


def test_the_bell_counts_what_is_unread_until_it_is_opened(olga: User) -> None:
    notice, _other = tell(olga), tell(olga, "payout:2")
    page = open_as(olga)

    before = page.get("/notices/").content.decode()
    answer = page.post(f"/notices/{notice.id}/read/")
    after = page.get("/notices/").content.decode()
    page.post("/notices/read/")

    assert "<b>2</b>" in before
    assert answer["Location"] == "/notices/"
    assert "<b>1</b>" in after
    assert Notice.objects.filter(read_at__isnull=True).count() == 0


def test_somebody_elses_notice_is_not_there_and_stays_unread(olga: User) -> None:
    notice = tell(olga)

    answer = open_as(people.make_user("Ada Quispe")).post(f"/notices/{notice.id}/read/")

    notice.refresh_from_db()
    assert (answer.status_code, notice.read_at) == (404, None)


def test_a_signing_secret_is_shown_once(page: Client, acme: Organization) -> None:
    url = f"/organizations/{acme.id}/webhooks/"

    created = page.post(url, {"url": ADDRESS, "events": ["batch.completed"]}, follow=True).content.decode()
    again = page.get(url).content.decode()

    secret = WebhookEndpoint.objects.get().secrets[0]
    assert secret in re.sub(r"&#x27;|&amp;", "", created)
    assert secret not in again


def test_a_new_secret_signs_beside_the_old_one(page: Client, endpoint: WebhookEndpoint) -> None:
    old = endpoint.secrets[0]

    shown = page.post(f"/webhook-endpoints/{endpoint.id}/secret/", follow=True).content.decode()

    endpoint.refresh_from_db()
    assert endpoint.secrets[1] == old
    assert endpoint.secrets[0] in shown
    assert old not in shown


def test_a_test_is_logged_and_can_be_sent_again(page: Client, endpoint: WebhookEndpoint) -> None:
    page.post(f"/webhook-endpoints/{endpoint.id}/test/")
    WebhookDelivery.objects.update(state="EXHAUSTED", attempts=10)
    log = page.get(f"/webhook-endpoints/{endpoint.id}/").content.decode()

    page.post(f"/webhook-deliveries/{WebhookDelivery.objects.get().id}/again/")

    row = WebhookDelivery.objects.get()
    assert "Given up" in log
    assert (row.event_type, row.state, row.attempts) == ("test.ping", "PENDING", 0)


def test_a_disabled_endpoint_gets_nothing_more(page: Client, endpoint: WebhookEndpoint, acme: Organization) -> None:
    page.post(f"/webhook-endpoints/{endpoint.id}/disable/")

    sent = commands.enqueue_webhooks(
        organization_id=acme.id, event_type="batch.completed", source_key="batch:1", data={}, now=NOW
    )

    assert (sent, WebhookDelivery.objects.count()) == (0, 0)


def test_a_private_address_is_refused_at_its_field(acme: Organization, olga: User) -> None:
    answer = open_as(olga).post(
        f"/organizations/{acme.id}/webhooks/", {"url": "https://10.0.0.1/hook", "events": ["batch.completed"]}
    )

    assert answer.status_code == 422
    assert answer.context["form"].errors["url"]
    assert WebhookEndpoint.objects.count() == 0


@pytest.mark.parametrize("verb", ["", "secret/", "disable/", "test/"])
def test_another_clients_endpoint_is_not_there(endpoint: WebhookEndpoint, verb: str) -> None:
    other = people.make_user("Mallory Owner")
    people.make_organization(other, "Other Client")
    page: Any = open_as(other)
    url = f"/webhook-endpoints/{endpoint.id}/{verb}"

    answer = page.post(url) if verb else page.get(url)

    endpoint.refresh_from_db()
    assert (answer.status_code, endpoint.is_enabled, len(endpoint.secrets)) == (404, True, 1)
    assert WebhookDelivery.objects.count() == 0

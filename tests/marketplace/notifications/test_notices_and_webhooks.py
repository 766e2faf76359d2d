"""People are told once; clients get signed messages until they arrive."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from orjson import OPT_SORT_KEYS, dumps
from standardwebhooks.webhooks import Webhook

from common import events
from common.errors import InvalidInput
from marketplace.identity.models import Organization, User
from marketplace.notifications import commands, outbound
from marketplace.notifications.models import Notice, WebhookDelivery, WebhookEndpoint
from marketplace.projects.models import Project
from marketplace.work import commands as work
from marketplace.work.events import BatchCompleted
from marketplace.work.models import Batch, Task
from tests.marketplace import people
from tests.marketplace.people import NOW


def tell(user: User) -> None:
    """Tell ``user`` of one payout."""
    commands.notify(
        user_id=user.pk, source_key="payout:1:paid", kind="payout.paid", title="Paid", body="All.", path="/", now=NOW
    )


def test_a_person_is_told_once_in_the_app_and_by_mail(olga: User) -> None:
    tell(olga)
    tell(olga)

    assert commands.mail_due(now=NOW) == 1
    assert commands.mail_due(now=NOW) == 0

    notice = Notice.objects.get()
    assert (notice.mail_state, notice.mailed_at) == (Notice.MailState.SENT, NOW)
    assert [message.to for message in mail.outbox] == [["olga.owner@example.org"]]


def test_a_mail_server_that_is_down_loses_no_notice(olga: User, monkeypatch: pytest.MonkeyPatch) -> None:
    tell(olga)

    def refuse(*args: object, **kwargs: object) -> None:
        raise ConnectionRefusedError

    with monkeypatch.context() as broken:
        broken.setattr("marketplace.notifications.commands.notices.send_mail", refuse)
        assert commands.mail_due(now=NOW, limit=1) == 0
    assert Notice.objects.get().mail_state == Notice.MailState.PENDING

    assert commands.mail_due(now=NOW + timedelta(minutes=1)) == 1


def test_an_offer_is_told_to_the_expert(project: Project, olga: User, django_capture_on_commit_callbacks: Any) -> None:
    ada = people.make_expert("Ada Quispe")
    people.hire(people.make_opening(project, olga), ada, olga)

    events.deliver_due(now=NOW)

    assert sorted(Notice.objects.values_list("user__email", "kind")) == [
        ("ada.quispe@example.org", "offer.sent"),
        ("olga.owner@example.org", "offer.accepted"),
    ]


@pytest.fixture
def endpoint(acme: Organization, olga: User) -> WebhookEndpoint:
    """Return an endpoint of the organization."""
    row, _ = commands.create_endpoint(
        organization_id=acme.id, url="http://127.0.0.1:9/hook", events=["batch.completed"], by=olga, now=NOW
    )
    return row


def complete_batch(acme: Organization) -> None:
    """Publish that a batch is complete, and let the handlers act."""
    batch_id = "01890000-0000-7000-8000-000000000001"
    events.publish(
        BatchCompleted(batch_id=batch_id, organization_id=acme.id, batch_name="b", task_count=3),  # type: ignore[arg-type]
        now=NOW,
    )
    events.deliver_due(now=NOW)


def test_a_completed_batch_is_sent_signed_with_both_secrets_while_one_is_changed(
    acme: Organization, olga: User, endpoint: WebhookEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands.rotate_secret(endpoint_id=endpoint.id, by=olga, now=NOW)
    complete_batch(acme)
    sent: list[tuple[bytes, dict[str, str]]] = []

    def receive(url: str, body: bytes, headers: dict[str, str], *, timeout_s: float) -> int:
        sent.append((body, headers))
        return 204

    monkeypatch.setattr(outbound, "post", receive)
    assert commands.deliver_due_webhooks(now=NOW) == 1
    assert commands.deliver_due_webhooks(now=NOW) == 0

    endpoint.refresh_from_db()
    [(body, headers)] = sent
    delivery = WebhookDelivery.objects.get()
    assert body == dumps(delivery.body, option=OPT_SORT_KEYS)
    for secret in endpoint.secrets:
        assert Webhook(secret).sign(str(delivery.id), NOW, body.decode()) in headers["webhook-signature"].split()


def test_a_message_that_does_not_arrive_is_tried_again_later_and_at_last_kept(
    acme: Organization, endpoint: WebhookEndpoint
) -> None:
    complete_batch(acme)
    now = NOW

    for _ in range(10):
        commands.deliver_due_webhooks(now=now)
        now = WebhookDelivery.objects.get().next_attempt_at

    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.attempts) == (WebhookDelivery.State.EXHAUSTED, 10)
    assert now - NOW > timedelta(days=2.5)


@pytest.mark.parametrize(
    "url",
    [
        "https://10.0.0.1/x",
        "https://169.254.169.254/latest",
        "ftp://example.org/",
        "https://user@example.org/",
        "https:///x",
    ],
)
def test_an_address_in_a_private_network_is_refused(acme: Organization, olga: User, url: str) -> None:
    with pytest.raises(InvalidInput):
        commands.create_endpoint(organization_id=acme.id, url=url, events=["batch.completed"], by=olga, now=NOW)

    assert not WebhookEndpoint.objects.exists()


def test_accepted_work_is_sent_to_those_who_asked_for_it(
    project: Project, acme: Organization, olga: User, endpoint: WebhookEndpoint
) -> None:
    address = "http://127.0.0.1:9/work"
    asked, _ = commands.create_endpoint(
        organization_id=acme.id, url=address, events=["submission.accepted"], by=olga, now=NOW
    )
    ada = people.make_expert("Ada Quispe")
    people.hire(people.make_opening(project, olga), ada, olga)
    batch = Batch.objects.create(
        project=project, name="first", file_sha256="0" * 64, task_count=1, created_by=olga, created_at=NOW
    )
    task = Task.objects.create(batch=batch, external_id="seg-1", content={}, created_at=NOW)
    claim = work.claim_task(task_id=task.id, by=ada.user, now=NOW)
    submission = work.submit(claim_id=claim.id, content={"errors": []}, by=ada.user, now=NOW)
    work.review_submission(submission_id=submission.id, review=work.ReviewInput(decision="ACCEPT"), by=olga, now=NOW)

    events.deliver_due(now=NOW)

    sent = WebhookDelivery.objects.get(event_type="submission.accepted")
    assert sent.endpoint_id == asked.id
    assert (sent.body["data"]["external_id"], sent.body["data"]["submission_id"]) == ("seg-1", str(submission.id))

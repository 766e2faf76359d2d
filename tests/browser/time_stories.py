"""What appeals and webhooks show in the browser tests."""

from __future__ import annotations

from typing import Any

from common import clock
from marketplace.notifications.models import WebhookDelivery, WebhookEndpoint
from marketplace.work import commands as work
from marketplace.work.models import Task
from tests.browser.portal_stories import busy_ada
from tests.browser.world import World

REASON = (
    "The annotation marks style only; every mistranslation of the second sentence was left unmarked, see guidelines 2."
)


def a_rejection(world: World) -> dict[str, Any]:
    """Return Bola's rejection of a task that Ada did."""
    busy_ada(world)
    now, ada = clock.now(), world.people["Ada"]
    claim = work.claim_task(task_id=Task.objects.earliest("external_id").id, by=ada, now=now)
    submission = work.submit(claim_id=claim.id, content={"errors": []}, by=ada, now=now)
    review = work.ReviewInput(decision="REJECT", reason_code="ACCURACY", reason_text=REASON)
    row = work.review_submission(submission_id=submission.id, review=review, by=world.people["Bola"], now=now)
    return {"review_id": row.id}


def a_webhook(world: World) -> dict[str, Any]:
    """Return an endpoint of Meridian with a message that arrived, one that is tried again and one that was given up."""
    now = clock.now()
    endpoint = WebhookEndpoint.objects.create(
        organization=world.organization,
        url="https://hooks.meridian.example/muster/a-long-path/that-does-not-fit-on-a-phone",
        events=["batch.completed", "test.ping"],
        secrets=["whsec_new", "whsec_old"],
        created_by=world.people["Chen"],
        created_at=now,
    )
    WebhookDelivery.objects.bulk_create(
        WebhookDelivery(
            endpoint=endpoint,
            source_key=f"test:{state}",
            event_type="test.ping",
            body={},
            state=state,
            attempts=attempts,
            next_attempt_at=now,
            last_status=status,
            last_error=error,
            created_at=now,
            delivered_at=now if state == "DELIVERED" else None,
        )
        for state, attempts, status, error in (
            ("DELIVERED", 1, 200, ""),
            ("PENDING", 2, 503, ""),
            ("EXHAUSTED", 10, None, "timed out"),
        )
    )
    return {"endpoint_id": endpoint.id}


def an_organization_with_webhooks(world: World) -> dict[str, Any]:
    """Return Meridian with an endpoint."""
    a_webhook(world)
    return {"organization_id": world.organization.id}

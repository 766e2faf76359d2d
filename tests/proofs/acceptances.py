"""A reviewer who orders whole queues accepted, and what the database says became of them. Import it after ``django.setup()``."""

from __future__ import annotations

import urllib.request
from collections import Counter
from uuid import UUID

from orjson import dumps, loads

from common import clock
from marketplace.identity.commands import create_token
from marketplace.taxonomy.commands import sync_catalogue
from marketplace.work import commands as work
from marketplace.work.models import AcceptanceOrder, Batch, Review, Submission, Task
from payouts.earnings.models import Earning
from payouts.ledger.models import JournalEntry
from quality.evidence.models import Judgment
from tests.marketplace import people


class Reviewer:
    """Rita, who reviews what Ada hands in, over HTTP."""

    def __init__(self) -> None:
        sync_catalogue()
        self.olga = people.make_user("Olga Owner")
        acme = people.make_organization(self.olga)
        self.rita = people.add_member(acme, self.olga, "Rita Reviewer", "REVIEWER")
        self.project = people.make_project(acme, self.olga)
        opening = people.make_opening(self.project, self.olga)
        self.ada = people.make_expert("Ada Quispe")
        people.hire(opening, self.ada, self.olga)

    def hand_in(self, name: str, count: int) -> list[UUID]:
        """Let Ada hand in a batch of ``count`` tasks and return the submissions."""
        now = clock.now()
        batch = Batch.objects.create(
            project=self.project,
            name=name,
            file_sha256=name.encode().hex()[:64].ljust(64, "0"),
            task_count=count,
            created_by=self.olga,
            created_at=now,
        )
        rows = [Task(batch=batch, external_id=f"t-{n}", content={}, created_at=now) for n in range(count)]
        return [self._do(task) for task in Task.objects.bulk_create(rows)]

    def order_acceptances(self, address: str, submissions: list[UUID]) -> None:
        """Order all of them accepted with one request."""
        _, token = create_token(by=self.rita, now=clock.now())
        body = dumps({"submissions": submissions, "scores": {"completeness": 0.9}})
        headers = {"Authorization": f"Token {token}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{address}/api/v1/acceptances/", data=body, headers=headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert loads(answer.read()) == {"ordered": len(submissions)}

    def _do(self, task: Task) -> UUID:
        now = clock.now()
        claim = work.claim_task(task_id=task.id, by=self.ada.user, now=now)
        return work.submit(claim_id=claim.id, content={"errors": []}, by=self.ada.user, now=now).id


def count_orders(submissions: list[UUID]) -> Counter[str]:
    """Return how many orders of ``submissions`` are in which state."""
    orders = AcceptanceOrder.objects.filter(submission__in=submissions)
    return Counter(orders.values_list("state", flat=True))


def audit() -> tuple[str, list[str]]:
    """Return what stands in the database in a line, and what was lost or done twice."""
    keys = {f"submission:{row}" for row in Submission.objects.values_list("id", flat=True)}
    earned = Counter(Earning.objects.values_list("source_key", flat=True))
    reviewed = Counter(f"submission:{row}" for row in Review.objects.values_list("submission_id", flat=True))
    judged, entries = Judgment.objects.count(), JournalEntry.objects.count()
    faults = [
        f"{name}: {len(wrong)} submissions not exactly once, such as {wrong[0]}"
        for name, found in (("reviews", reviewed), ("earnings", earned))
        if (wrong := sorted(key for key in keys | set(found) if found[key] != 1))
    ]
    for name, count in (("judgments", judged), ("journal entries", entries)):
        if count != len(keys):
            faults.append(f"{count} {name} for {len(keys)} submissions")
    line = f"{len(keys)} submissions, {sum(reviewed.values())} reviews, {judged} judgments, {sum(earned.values())} earnings"
    return f"{line}, {entries} journal entries", faults

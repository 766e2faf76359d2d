"""Handing work in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from common import states
from marketplace.identity.models import User
from marketplace.projects.queries import find_current_guidelines
from marketplace.work.commands.claims import lock_own_claim, refuse_bad_content
from marketplace.work.models import Claim, Draft, Submission


@transaction.atomic
def submit(*, claim_id: UUID, content: Mapping[str, Any], by: User, now: datetime) -> Submission:
    """Hand in the work of one's own active claim: version 1, or the next one after a return.

    Raises:
        ClaimNotFound, LeaseEnded; InvalidInput: every defect of the content, by field.
    """
    claim = lock_own_claim(claim_id, by, now)
    refuse_bad_content(content, claim.project.task_kind)
    submission = Submission.objects.create(
        claim=claim,
        number=claim.submissions.count() + 1,
        content=dict(content),
        guidelines=find_current_guidelines(claim.project_id),
        submitted_at=now,
    )
    Draft.objects.filter(claim=claim).delete()
    states.move(claim, Claim.State.SUBMITTED, by=by.pk, now=now)
    return submission

"""What speaks for taking evidence back: keys that good people miss, reviewers whom the others contradict.

Both are worked out when asked, from what counts at that moment. An organization is compared with itself alone, so that nobody
learns anything of another's work.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from common.permissions import tenants_with
from quality.evidence.models import GoldItem
from quality.evidence.queries import list_gold_meetings, list_review_scores
from quality.evidence.values import GoldMeeting, ReviewScoreValue
from quality.methods.reviewer_differences import compare_reviewers
from quality.methods.wrong_keys import WrongKeyModel
from quality.withdrawals.queries.withdrawals import CORRECT
from quality.withdrawals.values import KeyFinding, ReviewerFinding


def list_key_findings(items: Collection[GoldItem]) -> dict[UUID, KeyFinding]:
    """Return, by its id, what speaks against the key of each of these items that is in use and that somebody met.

    Items of one project are weighed together: what people find of the others there is what to expect of them.
    """
    asked = {item.id for item in items if item.retired_at is None}
    pools: dict[tuple[str, str], list[GoldMeeting]] = defaultdict(list)
    wanted = {(item.tenant, item.project) for item in items if item.id in asked}
    for meeting in list_gold_meetings(wanted):
        pools[meeting.tenant, meeting.project].append(meeting)
    return {
        finding.gold_id: finding
        for meetings in pools.values()
        for finding in _weigh_keys(meetings)
        if finding.gold_id in asked
    }


def list_reviewer_findings(user: Any) -> list[ReviewerFinding]:
    """Return how the reviewers of each organization in which ``user`` corrects quality differ, the strictest first."""
    tenants = [str(tenant) for tenant in tenants_with(user, CORRECT)]
    found = [finding for tenant in sorted(tenants) for finding in _compare(tenant)]
    return sorted(found, key=lambda row: (-row.difference, row.tenant, row.reviewer_id))


def find_reviewer_finding(reviewer_id: UUID, tenant: str) -> ReviewerFinding | None:
    """Return how one reviewer differs from the others of an organization; None where they can't be compared."""
    return next((finding for finding in _compare(tenant) if finding.reviewer_id == reviewer_id), None)


def _weigh_keys(meetings: Sequence[GoldMeeting]) -> list[KeyFinding]:
    model = WrongKeyModel().fit(
        [str(row.gold_id) for row in meetings],
        [str(row.worker_id) for row in meetings],
        [float(row.found) for row in meetings],
    )
    columns = (model.items_, model.met_, model.hits_, model.expected_, model.chance_wrong_)
    return [
        KeyFinding(
            gold_id=UUID(str(gold)),
            met=int(met),
            found=int(found),
            expected=float(expected),
            chance_wrong=float(chance),
        )
        for gold, met, found, expected, chance in zip(*columns, strict=True)
    ]


def _compare(tenant: str) -> list[ReviewerFinding]:
    """Return the findings about the reviewers of one organization who can be compared."""
    scores = list_review_scores(tenant)
    if not scores:
        return []
    found = compare_reviewers(
        [f"{row.worker_id}|{row.scope_id}" for row in scores],
        [str(row.reviewer_id) for row in scores],
        [row.score for row in scores],
    )
    by_reviewer: dict[str, list[ReviewScoreValue]] = defaultdict(list)
    for row in scores:
        by_reviewer[str(row.reviewer_id)].append(row)
    columns = (found.reviewers, found.difference, found.low90, found.high90, found.p, found.is_comparable)
    return [
        ReviewerFinding(
            reviewer_id=UUID(str(reviewer)),
            tenant=tenant,
            reviews=len(by_reviewer[str(reviewer)]),
            people=len({row.worker_id for row in by_reviewer[str(reviewer)]}),
            difference=float(difference),
            low90=float(low),
            high90=float(high),
            p=float(p),
        )
        for reviewer, difference, low, high, p, is_comparable in zip(*columns, strict=True)
        if is_comparable
    ]

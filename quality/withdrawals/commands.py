"""Verbs of withdrawals. Lock order: planted item or judgments, then the workers' estimates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from common import audit
from common.errors import FourEyesRequired, InvalidInput
from common.events import publish_each
from common.permissions import require_grant
from common.text import clean_text
from quality.errors import GoldAlreadyRetired, GoldNotFound, NothingToWithdraw
from quality.estimates.commands import update_estimates_online
from quality.estimates.models import QualityEstimate
from quality.events import ScoreCorrected
from quality.evidence import commands as evidence
from quality.evidence.models import Judgment
from quality.evidence.queries import list_pairs_of_actor, list_pairs_of_gold
from quality.evidence.values import RetirementReason
from quality.withdrawals.models import Withdrawal, WithdrawalEffect
from quality.withdrawals.queries import CORRECT, find_gold, find_reviewer_finding, list_key_findings

#: A mean that moves by less is the same for everybody who reads it.
LEAST_MOVE = 1e-6
SHORTEST_REASON, LONGEST_REASON = 10, 2000

type Pair = tuple[UUID, UUID]


@transaction.atomic
def withdraw_gold(*, gold_id: UUID, words: str, by: Any, now: datetime) -> Withdrawal:
    """Retire a planted item because its key was wrong, take back every result and list whose scores moved.

    Raises:
        GoldNotFound: there is none in a tenant where ``by`` corrects quality.
        GoldAlreadyRetired: it was retired before.
        FourEyesRequired: the score of ``by`` stands on it.
        InvalidInput: too few words.
    """
    item = find_gold(by, gold_id)
    if item is None:
        raise GoldNotFound("There is no such planted item.")
    if item.retired_at is not None:
        raise GoldAlreadyRetired
    reason = _clean(words)

    def take_back() -> Sequence[Judgment]:
        return evidence.retire(gold_key=item.source_key, reason=RetirementReason.WRONG_KEY, now=now)[1]

    pairs = list_pairs_of_gold(item.id)
    finding = list_key_findings([item]).get(item.id)
    row = Withdrawal(gold=item, tenant=item.tenant, words=reason, by=by, at=now)
    row.finding = {} if finding is None else finding.figures
    return _withdraw(row, pairs, take_back, now)


@transaction.atomic
def withdraw_reviewer(*, reviewer_id: UUID, tenant: UUID, words: str, by: Any, now: datetime) -> Withdrawal:
    """Take back every judgment of one reviewer in a tenant and list whose scores moved.

    Raises:
        NotPermitted: ``by`` does not correct quality there.
        FourEyesRequired: it is ``by`` who reviewed, or whose score stands on it.
        NothingToWithdraw: nothing that they judged there counts.
        InvalidInput: too few words.
    """
    require_grant(by, CORRECT, tenant=tenant)
    if by.pk == reviewer_id:
        raise FourEyesRequired("Somebody else takes back your reviews.")
    reason = _clean(words)

    def take_back() -> Sequence[Judgment]:
        return evidence.withdraw_of_actor(actor_id=reviewer_id, tenant=str(tenant), now=now)

    pairs = list_pairs_of_actor(reviewer_id, str(tenant))
    if not pairs:
        raise NothingToWithdraw
    finding = find_reviewer_finding(reviewer_id, str(tenant))
    row = Withdrawal(reviewer_id=reviewer_id, tenant=str(tenant), words=reason, by=by, at=now)
    row.finding = {} if finding is None else finding.figures
    return _withdraw(row, pairs, take_back, now)


def _withdraw(
    row: Withdrawal, pairs: set[Pair], take_back: Callable[[], Sequence[Judgment]], now: datetime
) -> Withdrawal:
    workers = {worker for worker, _ in pairs}
    if row.by_id in workers:
        raise FourEyesRequired("Your own score stands on this: somebody else takes it back.")
    # Brought up to date first, so that what is listed is the withdrawal's doing and nothing else's.
    update_estimates_online(pairs=pairs, now=now)
    before = _current(workers)
    withdrawn = take_back()
    update_estimates_online(pairs=pairs, now=now)
    row.judgments = len(withdrawn)
    row.save(force_insert=True)
    counts = Counter((judgment.worker_id, judgment.scope_id) for judgment in withdrawn)
    effects = _list_effects(row, before, _current(workers), counts)
    WithdrawalEffect.objects.bulk_create(effects, batch_size=1000)
    audit.record(action="quality.withdraw", target=row, by=row.by_id, now=now, reason_text=row.words)
    publish_each([_news(row, effect) for effect in effects if effect.judgments], now=now)
    return row


def _current(workers: set[UUID]) -> dict[Pair, QualityEstimate]:
    rows = QualityEstimate.objects.filter(worker_id__in=workers, is_current=True).select_related("scope")
    return {(estimate.worker_id, estimate.scope_id): estimate for estimate in rows}


def _list_effects(
    row: Withdrawal,
    before: Mapping[Pair, QualityEstimate],
    after: Mapping[Pair, QualityEstimate],
    counts: Mapping[Pair, int],
) -> list[WithdrawalEffect]:
    effects = []
    for pair in sorted(before.keys() & after.keys()):
        old, new = before[pair], after[pair]
        if abs(new.mean - old.mean) < LEAST_MOVE and not counts.get(pair):
            continue
        effect = WithdrawalEffect(withdrawal=row, worker_id=pair[0], scope=new.scope, judgments=counts.get(pair, 0))
        effect.mean_before, effect.low90_before, effect.high90_before = old.mean, old.low90, old.high90
        effect.mean_after, effect.low90_after, effect.high90_after = new.mean, new.low90, new.high90
        effects.append(effect)
    return effects


def _news(row: Withdrawal, effect: WithdrawalEffect) -> ScoreCorrected:
    codes = effect.scope.codes
    return ScoreCorrected(
        withdrawal_id=row.id,
        worker_id=effect.worker_id,
        domain=codes.domain,
        locale=codes.locale,
        task_kind=codes.task_kind,
        mean_before=effect.mean_before,
        mean_after=effect.mean_after,
        was_planted=row.gold_id is not None,
    )


def _clean(words: str) -> str:
    try:
        cleaned = clean_text(words, max_length=LONGEST_REASON)
    except ValueError as error:
        raise InvalidInput.of("/words", f"The reason {error}.") from error
    if len(cleaned) < SHORTEST_REASON:
        raise InvalidInput.of("/words", f"Say why, in {SHORTEST_REASON} characters or more.", "too_short")
    return cleaned

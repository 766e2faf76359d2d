"""Reads of planted items and withdrawals, within the tenants where the reader corrects quality."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet, Sum

from common.permissions import tenants_with
from quality.errors import WithdrawalNotFound
from quality.evidence.models import GoldItem, Judgment
from quality.evidence.values import JudgmentKind
from quality.withdrawals.models import Withdrawal, WithdrawalEffect

CORRECT = "quality.correct"


def list_gold(user: Any) -> QuerySet[GoldItem]:
    """Return planted items with how many people met each (``met``) and found it (``hits``); never their answers."""
    return (
        GoldItem.objects.filter(tenant__in=_tenants(user))
        .defer("answer")
        .annotate(met=Count("exposures"), hits=Count("exposures", filter=Q(exposures__found=True)))
    )


def find_gold(user: Any, gold_id: UUID) -> GoldItem | None:
    """Return a planted item that ``user`` may retire, if there is one."""
    return list_gold(user).filter(id=gold_id).first()


def list_withdrawals(user: Any) -> QuerySet[Withdrawal]:
    """Return withdrawals with how many people's scores each moved (``people``)."""
    people = Count("effects__worker", distinct=True)
    rows = Withdrawal.objects.filter(tenant__in=_tenants(user)).select_related("gold", "reviewer", "by")
    return rows.annotate(people=people)


def get_withdrawal(user: Any, withdrawal_id: UUID) -> Withdrawal:
    """Return a withdrawal that ``user`` may see.

    Raises:
        WithdrawalNotFound: it does not exist, or not for this person.
    """
    row = list_withdrawals(user).filter(id=withdrawal_id).first()
    if row is None:
        raise WithdrawalNotFound
    return row


def list_effects(withdrawal: Withdrawal) -> QuerySet[WithdrawalEffect]:
    """Return what a withdrawal changed, by worker and scope."""
    rows = WithdrawalEffect.objects.filter(withdrawal=withdrawal).select_related("worker", "scope")
    return rows.order_by("worker__full_name", "worker_id", "-judgments", "scope_id")


def list_remaining_shares(withdrawal: Withdrawal) -> dict[tuple[UUID, UUID], float]:
    """Return, by worker and scope, the plain share (0..1) that evidence of the kind that was taken back gives there now.

    It knows no shrinkage and no prior: whoever reads a score before and after can see which of both it agrees with. A
    (worker, scope) in which nothing of the kind counts any more is left out.
    """
    effects = WithdrawalEffect.objects.filter(withdrawal=withdrawal, judgments__gt=0)
    pairs = set(effects.values_list("worker_id", "scope_id"))
    kind = JudgmentKind.REVIEW if withdrawal.gold_id is None else JudgmentKind.GOLD
    rows = Judgment.objects.effective().filter(
        kind=kind, worker_id__in={worker for worker, _ in pairs}, scope_id__in={scope for _, scope in pairs}
    )
    shares = rows.values_list("worker_id", "scope_id").annotate(
        share=Sum(F("value") * F("confidence")) / Sum("confidence")
    )
    return {(worker, scope): share for worker, scope, share in shares if (worker, scope) in pairs}


def _tenants(user: Any) -> list[str]:
    return [str(tenant) for tenant in tenants_with(user, CORRECT)]

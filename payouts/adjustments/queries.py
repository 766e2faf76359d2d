"""Reads of adjustments."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef
from django.db.models.functions import Lower

from payouts.adjustments.errors import UnknownAdjustment, UnknownImport
from payouts.adjustments.models import Adjustment, AdjustmentImport
from payouts.earnings.models import Earning
from payouts.payees.models import Payee


def get_adjustment(user: Any, adjustment_id: UUID) -> Adjustment:
    """Return an adjustment that ``user`` may see.

    Raises:
        UnknownAdjustment: it does not exist, or not for this person.
    """
    rows = Adjustment.objects.visible_to(user).select_related("worker", "proposed_by", "decided_by", "imported")
    found = rows.filter(id=adjustment_id).first()
    if found is None:
        raise UnknownAdjustment
    return found


def get_import(user: Any, import_id: UUID) -> AdjustmentImport:
    """Return a file of adjustments that ``user`` may see.

    Raises:
        UnknownImport: it does not exist, or not for this person.
    """
    rows = AdjustmentImport.objects.visible_to(user).select_related("proposed_by", "decided_by")
    found = rows.filter(id=import_id).first()
    if found is None:
        raise UnknownImport
    return found


def find_experts(emails: Iterable[str]) -> dict[str, Any]:
    """Return by lower-case mail address who works or worked here, or has said how to be paid; inactive accounts too."""
    has_earned = Earning.objects.filter(worker_id=OuterRef("pk"))
    has_payee = Payee.objects.filter(worker_id=OuterRef("pk"))
    people = get_user_model().objects.annotate(address=Lower("email")).filter(address__in=list(emails))
    return {person.address: person for person in people.filter(Exists(has_earned) | Exists(has_payee))}


def find_used_references(references: Iterable[str]) -> dict[str, UUID]:
    """Return the ids of the adjustments, proposed or approved, that have these references."""
    rows = Adjustment.objects.filter(reference__in=list(references), state__in=["PROPOSED", "APPROVED"])
    return {reference: row_id for reference, row_id in rows.values_list("reference", "id") if reference}

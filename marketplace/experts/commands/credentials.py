"""Verbs of credentials: claimed by the expert, verified by somebody else, counted while they are valid."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from common import states
from common.errors import FieldProblem, InvalidInput
from common.text import clean_text
from marketplace.experts import search_row
from marketplace.experts.commands.shared import (
    load_nodes,
    lock_own_profile,
    lock_to_assess,
    make_credential,
    refuse,
    save_change,
)
from marketplace.experts.errors import ExpertProfileNotFound
from marketplace.experts.inputs import CredentialInput, find_credential_problems, find_text_problems
from marketplace.experts.models import Credential, Expert
from marketplace.identity.models import User


@transaction.atomic
def add_credential(*, credential: CredentialInput, by: User, now: datetime) -> Credential:
    """Claim a credential; it counts once somebody has verified it.

    Raises:
        ExpertProfileNotFound; InvalidInput: also for an unknown code or one that is claimed already.
    """
    row = lock_own_profile(by)
    nodes = load_nodes("CREDENTIAL")
    problems = find_credential_problems(credential)
    if ("CREDENTIAL", credential.code) not in nodes:
        problems.append(FieldProblem("/code", "unknown", f"There is no credential {credential.code[:80]!r}."))
    refuse(problems, "The credential is not valid.")
    claimed = make_credential(row, credential, nodes)
    try:
        with transaction.atomic():
            claimed.save(force_insert=True)
    except IntegrityError as error:
        raise InvalidInput.of("/code", "You have claimed this credential already.", "repeated") from error
    save_change(row, "expert.credential_added", by, now)
    return claimed


@transaction.atomic
def remove_credential(*, credential_id: UUID, by: User, now: datetime) -> Expert:
    """Remove one of the caller's credentials.

    Raises:
        ExpertProfileNotFound: no such credential on the caller's profile.
    """
    row = lock_own_profile(by)
    deleted, _ = row.credentials.filter(id=credential_id).delete()
    if not deleted:
        raise ExpertProfileNotFound("There is no such credential on your profile.")
    save_change(row, "expert.credential_removed", by, now)
    return row


@transaction.atomic
def verify_credential(
    *, expert_id: UUID, credential_id: UUID, to: str, method: str, reason_text: str = "", by: User, now: datetime
) -> Credential:
    """Verify or refuse another person's credential, saying how; a refusal says why.

    Raises:
        NotPermitted, ExpertProfileNotFound, IllegalTransition; InvalidInput: no method, or a refusal without words.
    """
    expert = lock_to_assess(expert_id, by)
    row = Credential.objects.select_for_update().filter(id=credential_id, expert=expert).first()
    if row is None:
        raise ExpertProfileNotFound("There is no such credential.")
    problems = find_text_problems("/method", method, 100, required=True)
    problems += find_text_problems("/reason_text", reason_text, 4000, required=to == Credential.State.REFUSED)
    refuse(problems, "The verification is not valid.")
    also = {"verified_by": by, "verified_at": now, "verification_method": clean_text(method)}
    states.move(row, to, by=by.pk, now=now, reason_text=clean_text(reason_text), also=also)
    search_row.refresh([expert.id], now=now)
    return row


@transaction.atomic
def refresh_dated_credentials(*, now: datetime) -> int:
    """Rewrite the search rows whose verified credentials began or ended since they were written; return how many."""
    today = now.date()
    began = Q(valid_from__lte=today, valid_from__gt=F("expert__search__updated_at__date"))
    ended = Q(valid_until__lte=today, valid_until__gt=F("expert__search__updated_at__date"))
    rows = Credential.objects.filter(began | ended, state=Credential.State.VERIFIED, expert__search__isnull=False)
    expert_ids = sorted(set(rows.values_list("expert_id", flat=True)))
    search_row.refresh(expert_ids, now=now)
    return len(expert_ids)

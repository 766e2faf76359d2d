"""Opening a case. A person does it, says what was tried first, and never decides it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from common import audit, events
from common.errors import FourEyesRequired, InvalidInput
from common.permissions import has_grant, require_grant, visible_workers
from marketplace.experts.queries import find_decided_restriction
from marketplace.identity.models import Organization, User
from marketplace.identity.queries import organizations_with
from marketplace.standing.commands.words import clean_words
from marketplace.standing.errors import AdverseWhileAppealed, CaseRunning, NothingToRestore, WorkerNotFound
from marketplace.standing.events import CaseOpened
from marketplace.standing.models import Case
from marketplace.standing.rules import DECIDE_CASES, OPEN_CASES, SHORTEST_REASON
from quality import facade as quality

#: What a person may report without a proposal; a promotion always rests on the gates.
REPORTED = (Case.Kind.PAUSE, Case.Kind.COACH, Case.Kind.RESTORE)


@transaction.atomic
def open_case(*, proposal_id: UUID, tried: str, by: User, now: datetime) -> Case:
    """Take up an open proposal as a case. ``tried`` says what was tried before. Lock order: worker, proposal, case.

    Raises:
        NotPermitted; ProposalNotFound, ProposalNotOpen; InvalidInput: too few words, or about all work; CaseRunning;
        AdverseWhileAppealed; NothingToRestore.
    """
    require_grant(by, OPEN_CASES)
    seen = quality.get_visible_proposal(by, proposal_id)
    _lock_worker(seen.worker_id)
    taken = quality.take_up_proposal(proposal_id=proposal_id, by=by, now=now)
    case = Case(
        worker_id=taken.worker_id,
        kind=taken.kind,
        proposal_id=taken.id,
        evidence=taken.evidence,
        ground_lost_at=taken.ground_lost_at,
    )
    return _open(case, taken.scope, tried, by, now)


@transaction.atomic
def report_case(
    *, worker_id: UUID, scope: quality.ScopeCodes, kind: str, report: str, tried: str, by: User, now: datetime
) -> Case:
    """Open a case on a person's own report, in words that the worker reads.

    Raises:
        As ``open_case``; WorkerNotFound: nobody whose work the caller may see.
    """
    require_grant(by, OPEN_CASES)
    if kind not in REPORTED:
        raise InvalidInput.of("/kind", f"Must be one of {', '.join(REPORTED)}.", "unknown")
    if not _may_see(by, worker_id):
        raise WorkerNotFound
    _lock_worker(worker_id)
    words = clean_words(report, "/report", shortest=SHORTEST_REASON)
    return _open(Case(worker_id=worker_id, kind=kind, report_text=words), scope, tried, by, now)


def _may_see(by: User, worker_id: UUID) -> bool:
    if not User.objects.filter(id=worker_id, expert__isnull=False).exists():
        return False
    seen = visible_workers(by)
    return has_grant(by, DECIDE_CASES) or User.objects.filter(id=worker_id, id__in=seen).exists()


def _lock_worker(worker_id: UUID) -> None:
    """Let one case about a worker be opened or appealed at a time; writers of other things of the person don't wait."""
    User.objects.select_for_update(no_key=True).filter(id=worker_id).values_list("id", flat=True).first()


def _open(case: Case, scope: quality.ScopeCodes, tried: str, by: User, now: datetime) -> Case:
    if case.worker_id == by.pk:
        raise FourEyesRequired("Nobody opens a case about themselves.")
    if not scope.domain:
        raise InvalidInput.of("/domain", "A case is about one domain at the widest, never about all work.")
    _refuse_adverse_while_appealed(case, scope, by)
    if case.kind == Case.Kind.RESTORE and find_decided_restriction(case.worker_id, **asdict(scope)) is None:
        raise NothingToRestore
    case.domain, case.locale, case.task_kind = scope.domain, scope.locale, scope.task_kind
    case.tried_text = clean_words(tried, "/tried", shortest=SHORTEST_REASON)
    case.organization = _organization_of(by)
    case.opened_by, case.opened_at = by, now
    try:
        with transaction.atomic():
            case.save(force_insert=True)
    except IntegrityError as error:
        raise CaseRunning from error
    audit.record(action="case.open", target=case, by=by.pk, now=now, reason_text=case.tried_text)
    events.publish(CaseOpened(case_id=case.id, worker_id=case.worker_id, kind=case.kind), now=now)
    return case


def _refuse_adverse_while_appealed(case: Case, scope: quality.ScopeCodes, by: User) -> None:
    """Source: product.md, invariant I8."""
    appealed = Case.objects.of_scope(case.worker_id, scope).filter(state=Case.State.APPEALED)
    if case.is_adverse and any(by.pk in row.involved for row in appealed):
        raise AdverseWhileAppealed


def _organization_of(by: User) -> Organization | None:
    """The organization for which a manager opens; an operator opens for none."""
    return Organization.objects.filter(id__in=organizations_with(by, OPEN_CASES)).order_by("id").first()

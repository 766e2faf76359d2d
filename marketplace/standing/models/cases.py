"""Cases: whether somebody's standing in one scope changes, decided by people with notice, answer and appeal."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common.append_only import unless_erasing
from common.identifiers import uuid7
from common.permissions import has_grant
from marketplace.identity.models import Organization, User
from marketplace.identity.queries import organizations_with
from marketplace.standing.rules import ANSWER_WINDOW, DECIDE_CASES, EXTENSION, OPEN_CASES, URGENT_CODES
from quality.facade import ScopeCodes

#: What is fixed when a case is opened, once it is decided, and once its appeal is.
_GROUND = (
    "worker_id",
    "organization_id",
    "domain",
    "locale",
    "task_kind",
    "kind",
    "proposal_id",
    "evidence",
    "report_text",
    "tried_text",
    "opened_by_id",
    "opened_at",
)
_DECISION = ("outcome", "decided_by_id", "decided_at", "decision_text")
_APPEAL_DECISION = ("appeal_outcome", "appeal_by_id", "appeal_decided_at", "appeal_answer")
#: What an erasure may write anew (``erasure.py``).
_WORDS = (
    "report_text",
    "tried_text",
    "answer_text",
    "urgent_text",
    "decision_text",
    "appeal_text",
    "appeal_answer",
)


def _fixed(name: str, columns: tuple[str, ...], *, once: str = "") -> pgtrigger.Trigger:
    """Return a trigger that refuses to change ``columns``, from the moment on that ``once`` is set if it names a column."""
    changed = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)
    begun = f"OLD.{once} IS NOT NULL AND " if once else ""
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        level=pgtrigger.Row,
        func=unless_erasing(*_WORDS)
        + f"IF {begun}({changed}) THEN "
        + f"RAISE EXCEPTION '{name}' USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW;",
    )


class CaseQuerySet(models.QuerySet["Case"]):
    """Cases, scoped to who asks."""

    def visible_to(self, user: User) -> CaseQuerySet:
        """Return the cases about oneself once notice was given, those of one's organizations, all for deciders and auditors."""
        own = Q(worker=user, notice_at__isnull=False)
        if has_grant(user, DECIDE_CASES) or has_grant(user, "audit.read"):
            return self.filter(own | ~Q(worker=user))
        return self.filter(own | ~Q(worker=user) & Q(organization__in=organizations_with(user, OPEN_CASES)))

    def running_in(self, worker_id: UUID, scope: ScopeCodes) -> CaseQuerySet:
        """Return the cases about a worker in this very scope that nobody has decided."""
        states = (Case.State.OPENED, Case.State.ANSWERING)
        return self.of_scope(worker_id, scope).filter(state__in=states)

    def of_scope(self, worker_id: UUID, scope: ScopeCodes) -> CaseQuerySet:
        """Return the cases about a worker in this very scope."""
        codes = {"domain": scope.domain, "locale": scope.locale, "task_kind": scope.task_kind}
        return self.filter(worker_id=worker_id, **codes)


class Case(models.Model):
    """A row asks people whether one person's standing in one scope changes. A program may point; it never opens one.

    States: OPENED by a person → ANSWERING from the notice on → DECIDED by another person → APPEALED → CLOSED by a third,
    or for the worker when the appeal is late. In the worker's favor it may be decided without waiting for an answer.
    ``evidence`` is the proposal's snapshot, empty for a person's own report. ``ground_lost_at``: the evidence was withdrawn.
    """

    class Kind(models.TextChoices):
        PROMOTE = "PROMOTE", "Promotion"
        COACH = "COACH", "Feedback"
        PAUSE = "PAUSE", "Pause"
        RESTORE = "RESTORE", "Return"

    class State(models.TextChoices):
        OPENED = "OPENED"
        ANSWERING = "ANSWERING"
        DECIDED = "DECIDED"
        APPEALED = "APPEALED"
        CLOSED = "CLOSED"

    class Outcome(models.TextChoices):
        NO_ACTION = "NO_ACTION", "No action"
        FEEDBACK = "FEEDBACK", "Feedback"
        PAUSED = "PAUSED", "Paused in this scope"
        PROMOTED = "PROMOTED", "Promoted in this scope"
        RESTORED = "RESTORED", "Restored in this scope"

    class AppealOutcome(models.TextChoices):
        UPHELD = "UPHELD"
        OVERTURNED = "OVERTURNED"

    TRANSITIONS: ClassVar = {
        "OPENED": {"ANSWERING", "DECIDED"},
        "ANSWERING": {"DECIDED"},
        "DECIDED": {"APPEALED"},
        "APPEALED": {"CLOSED"},
        "CLOSED": set(),
    }

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    worker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="cases")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, null=True, related_name="cases")
    domain = models.CharField(max_length=120)
    locale = models.CharField(max_length=35, blank=True)
    task_kind = models.CharField(max_length=60, blank=True)
    kind = models.CharField(max_length=10, choices=Kind)
    proposal_id = models.UUIDField(null=True, unique=True)
    evidence = models.JSONField(default=dict)
    report_text = models.TextField(blank=True)
    tried_text = models.TextField()
    state = models.CharField(max_length=10, choices=State, default=State.OPENED)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    ground_lost_at = models.DateTimeField(null=True)
    notice_at = models.DateTimeField(null=True)
    answer_due_at = models.DateTimeField(null=True)
    extended_at = models.DateTimeField(null=True)
    answer_text = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True)
    urgent_code = models.CharField(max_length=20, choices=list(URGENT_CODES.items()), blank=True)
    urgent_text = models.TextField(blank=True)
    urgent_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    urgent_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_text = models.TextField(blank=True)
    appeal_text = models.TextField(blank=True)
    appealed_at = models.DateTimeField(null=True)
    appeal_due_at = models.DateTimeField(null=True)
    appeal_outcome = models.CharField(max_length=10, choices=AppealOutcome, blank=True)
    appeal_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    appeal_decided_at = models.DateTimeField(null=True)
    appeal_answer = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = CaseQuerySet.as_manager()

    class Meta:
        triggers: ClassVar = [
            _fixed("case_ground_is_fixed", _GROUND),
            pgtrigger.Protect(name="case_is_kept", operation=pgtrigger.Delete),
            _fixed("case_is_decided_once", _DECISION, once="decided_at"),
            _fixed("case_appeal_is_decided_once", _APPEAL_DECISION, once="appeal_decided_at"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["worker", "domain", "locale", "task_kind"],
                condition=Q(state__in=["OPENED", "ANSWERING"]),
                name="case_one_running_in_a_scope",
            ),
            models.CheckConstraint(condition=~Q(domain=""), name="case_never_about_all_work"),
            models.CheckConstraint(condition=~Q(tried_text=""), name="case_says_what_was_tried_first"),
            models.CheckConstraint(
                condition=Q(proposal_id__isnull=False) & ~Q(evidence={})
                | Q(proposal_id__isnull=True) & ~Q(report_text=""),
                name="case_has_evidence",
            ),
            models.CheckConstraint(condition=~Q(opened_by=F("worker")), name="case_opened_by_another"),
            models.CheckConstraint(
                condition=Q(notice_at__isnull=True, answer_due_at__isnull=True, extended_at__isnull=True)
                | Q(notice_at__isnull=False, answer_due_at__isnull=False)
                & (
                    Q(extended_at__isnull=True, answer_due_at=F("notice_at") + ANSWER_WINDOW)
                    | Q(extended_at__isnull=False, answer_due_at=F("notice_at") + (ANSWER_WINDOW + EXTENSION))
                ),
                name="case_answer_window_of_7_days_extended_once",
            ),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, answer_text="")
                | Q(answered_at__isnull=False, notice_at__isnull=False) & ~Q(answer_text=""),
                name="case_answered_after_notice",
            ),
            models.CheckConstraint(
                condition=Q(urgent_at__isnull=True, urgent_by__isnull=True, urgent_code="", urgent_text="")
                | Q(urgent_at__isnull=False, urgent_by__isnull=False, kind="PAUSE")
                & ~Q(urgent_code="")
                & ~Q(urgent_text="")
                & ~Q(urgent_by=F("worker")),
                name="case_urgent_for_a_named_reason",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=["OPENED", "ANSWERING"], outcome="", decided_by__isnull=True, decided_at__isnull=True
                )
                | Q(state__in=["DECIDED", "APPEALED", "CLOSED"], decided_by__isnull=False, decided_at__isnull=False)
                & ~Q(outcome="")
                & ~Q(decision_text=""),
                name="case_decided_with_words",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("opened_by")) & ~Q(decided_by=F("worker")),
                name="case_decided_by_another",
            ),
            models.CheckConstraint(
                # A comparison with NULL is no refusal in a CHECK, so that each column is asked for by name.
                condition=~Q(outcome__in=["PAUSED", "FEEDBACK"])
                | Q(notice_at__isnull=False, answer_due_at__isnull=False, answer_due_at__lte=F("decided_at"))
                | Q(notice_at__isnull=False, answered_at__isnull=False, answered_at__lte=F("decided_at")),
                name="case_nothing_adverse_before_notice_and_answer",
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=["", "NO_ACTION"])
                | Q(outcome="FEEDBACK", kind__in=["COACH", "PAUSE"])
                | Q(outcome="PAUSED", kind="PAUSE")
                | Q(outcome="PROMOTED", kind="PROMOTE")
                | Q(outcome="RESTORED", kind="RESTORE"),
                name="case_outcome_was_proposed",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="PAUSED") | Q(ground_lost_at__isnull=True) | Q(ground_lost_at__gt=F("decided_at")),
                name="case_no_pause_on_lost_ground",
            ),
            models.CheckConstraint(
                condition=Q(appealed_at__isnull=True, appeal_due_at__isnull=True, appeal_text="")
                & ~Q(state__in=["APPEALED", "CLOSED"])
                | Q(appealed_at__isnull=False, appeal_due_at__isnull=False, outcome__in=["PAUSED", "FEEDBACK"])
                & ~Q(appeal_text=""),
                name="case_appealed_with_words",
            ),
            models.CheckConstraint(
                condition=~Q(state="CLOSED", appeal_outcome="")
                & (
                    Q(appeal_outcome="", appeal_decided_at__isnull=True, appeal_by__isnull=True)
                    | Q(state="CLOSED", appeal_decided_at__isnull=False, appeal_by__isnull=False) & ~Q(appeal_answer="")
                    | Q(
                        state="CLOSED",
                        appeal_by__isnull=True,
                        appeal_outcome="OVERTURNED",
                        appeal_decided_at__isnull=False,
                        appeal_due_at__isnull=False,
                        appeal_decided_at__gte=F("appeal_due_at"),
                    )
                ),
                name="case_late_appeal_is_won",
            ),
            models.CheckConstraint(
                condition=Q(appeal_by__isnull=True)
                | ~Q(appeal_by=F("opened_by"))
                & ~Q(appeal_by=F("decided_by"))
                & ~Q(appeal_by=F("worker"))
                & (Q(urgent_by__isnull=True) | ~Q(appeal_by=F("urgent_by"))),
                name="case_appeal_heard_by_somebody_uninvolved",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["appeal_due_at"], condition=Q(state="APPEALED"), name="case_appeal_due"),
            models.Index(fields=["opened_at"], name="case_by_opening"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state} {self.id}"

    @property
    def scope(self) -> ScopeCodes:
        """What the case is about."""
        return ScopeCodes(self.domain, self.locale, self.task_kind)

    @property
    def is_adverse(self) -> bool:
        """Whether what is asked for would cost the worker something."""
        return self.kind in (Case.Kind.PAUSE, Case.Kind.COACH)

    @property
    def involved(self) -> frozenset[UUID]:
        """The ids of those who took part: the worker, and whoever opened, paused urgently or decided."""
        ids = (self.worker_id, self.opened_by_id, self.urgent_by_id, self.decided_by_id)
        return frozenset(each for each in ids if each is not None)

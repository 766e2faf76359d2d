"""A whole life of one expert, with personal strings planted wherever the software keeps any."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection

from common import audit, clock, events
from common.models import Delivery, IdempotencyKey, OutboxEvent
from common.money import Money
from marketplace.experts import commands as experts
from marketplace.experts.inputs import CredentialInput
from marketplace.experts.models import Credential, Expert
from marketplace.hiring.models import Application
from marketplace.identity import commands as identity
from marketplace.identity.models import Membership, Organization, PlatformGrant, User
from marketplace.projects.models import Project
from marketplace.staffing import commands as staffing
from marketplace.staffing.models import Engagement, Invitation
from marketplace.standing import commands as standing
from marketplace.timesheets import commands as time
from marketplace.timesheets.models import TimeEvent
from marketplace.work import commands as work
from marketplace.work.models import Batch, Draft, ImportReport, Review, Task
from payouts.adjustments.models import Adjustment
from payouts.cycles.models import CycleLine, LineDestination, PayCycle
from payouts.earnings.models import Earning
from payouts.facade import reverse_earning
from payouts.holds.models import Hold
from payouts.ledger.models import JournalEntry
from payouts.ledger.queries import get_balance
from payouts.ledger.rules import payable
from payouts.payees.commands import refresh_payee, register_payee
from payouts.payees.models import Payee, PayeeHold, ScreeningResult, TaxForm
from payouts.reversals.models import Reversal
from payouts.transfers.models import Payout, PayoutAttempt, ProviderEvent
from quality.facade import ScopeCodes
from quality.models import FitRun, Proposal, Scope, Withdrawal
from tests.marketplace import people
from tests.marketplace.people import NOW
from tests.payouts.statements.stating import look_now
from tests.payouts.support.story import Story

NAME: Final = "Adalgisa Quispe-Mamani"
LEGAL: Final = "Adalgisa Roxana Quispe Mamani"
EMAIL: Final = "adalgisa.qm@private.example"
OTHER_EMAIL: Final = "roxana@home.example"
#: What they wrote of themselves.
STORY: Final = "I grew up in Achacachi"
PHONE: Final = "+591 7123 4567"
DEVICE: Final = "laptop-of-adalgisa"
BANK: Final = "Banco Titicaca"
#: Everything by which somebody could know them again; found in a column, it was not erased.
PLANTED: Final = ("adalgisa", "roxana", "quispe", "mamani", "achacachi", "7123 4567", "titicaca", "private.example")
#: They are erased when no bank can send money back any more.
THEN: Final = NOW + timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Life:
    """Ada, and the operators who decide over her."""

    ada: User
    expert: Expert
    omar: User
    nina: User


def live(acme: Organization, olga: User, project: Project, story: Story) -> Life:
    """Let Ada live through everything that the software knows of people, to its end: nothing is owed, nothing is open."""
    omar, nina = (_operator(name) for name in ("Omar Operator", "Nina Next"))
    rita = people.add_member(acme, olga, "Rita Reviewer", "PROJECT_MANAGER")
    user = identity.register_user(email=EMAIL, password=people.PASSWORD, full_name=NAME, now=people.START)
    expert = _profile(user)
    _accounts(user, acme, olga)
    _work(user, expert, project, olga, rita)
    _money(user, olga, rita, story)
    _proposed(user, rita)
    _kernel(user, omar)
    with clock.at(NOW):
        events.deliver_due(now=NOW)
    expert.refresh_from_db()
    look_now()
    return Life(user, expert, omar, nina)


def _operator(name: str) -> User:
    user = people.make_user(name)
    PlatformGrant.objects.create(user=user, role="OPERATOR", granted_by=None, granted_at=people.START)
    return user


def _profile(user: User) -> Expert:
    profile = replace(people.PROFILE, legal_name=LEGAL, preferred_name="Adalgisa", headline=f"{STORY}", biography=PHONE)
    skills = (replace(people.TRANSLATION[0], evidence=f"{STORY}, {PHONE}"),)
    new = experts.NewExpert(
        user_id=user.id, profile=profile, languages=people.ENGLISH_GERMAN, skills=skills, windows=people.WEEKDAYS
    )
    expert = experts.create_profiles(experts=[new], by=None, now=people.START)[0]
    stated = CredentialInput(code="bachelor", issuer=f"Court of {STORY}", country="BO", valid_from=date(2020, 1, 1))
    row = experts.add_credential(credential=stated, by=user, now=people.START)
    Credential.objects.filter(id=row.id).update(reference=PHONE, evidence=STORY, verification_method=f"Called {PHONE}")
    return expert


def _accounts(user: User, acme: Organization, olga: User) -> None:
    EmailAddress.objects.create(user=user, email=EMAIL, primary=True, verified=True)
    EmailAddress.objects.create(user=user, email=OTHER_EMAIL, verified=True)
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": STORY})
    identity.create_token(by=user, now=NOW)
    for log in (AccessAttempt, AccessFailureLog, AccessLog):
        facts = {"failures_since_start": 1} if log is AccessAttempt else {}
        log.objects.create(username=EMAIL, ip_address="192.0.2.7", user_agent=DEVICE, path_info="/", **facts)
    kind = ContentType.objects.get_for_model(User)
    LogEntry.objects.create(
        user=olga, content_type=kind, object_id=str(user.pk), object_repr=EMAIL, action_flag=CHANGE, change_message=NAME
    )
    identity.grant_membership(organization_id=acme.id, user_id=user.id, role="PROJECT_MANAGER", by=olga, now=NOW)
    end = NOW + timedelta(days=30)
    identity.create_api_key(
        organization_id=acme.id, name=f"Key of {NAME}", scopes=["projects.read"], expires_at=end, by=user, now=NOW
    )
    member = Membership.objects.get(user=user, organization=acme, ended_at=None)
    identity.end_membership(organization_id=acme.id, membership_id=member.id, by=olga, now=NOW)


def _work(user: User, expert: Expert, project: Project, olga: User, rita: User) -> None:
    opening = people.make_opening(project, olga)
    Application.objects.create(
        opening=opening,
        expert=expert,
        note=STORY,
        state="REJECTED",
        reason_code="OTHER",
        reason_text=f"{NAME} is late.",
        created_at=NOW,
    )
    Invitation.objects.create(
        opening=opening,
        expert=expert,
        message=f"Dear {NAME}",
        reason_text=f"Not now. {LEGAL}",
        sent_by=olga,
        sent_at=NOW,
        expires_at=NOW + timedelta(days=90),
    )
    engagement = people.hire(opening, expert, olga)
    engagement.offer.terms["words"] += f" for {NAME}"
    engagement.offer.reason_text = f"{NAME} asked for it."
    engagement.offer.save()
    batch = Batch.objects.create(
        project=project, name="first", file_sha256="0" * 64, task_count=2, created_by=olga, created_at=NOW
    )
    tasks = [Task(batch=batch, external_id=f"seg-{number}", content={}, created_at=NOW) for number in (1, 2)]
    for number, task in enumerate(Task.objects.bulk_create(tasks), start=1):
        claim = work.claim_task(task_id=task.id, by=user, now=NOW)
        row = work.submit(claim_id=claim.id, content={"errors": []}, by=user, now=NOW)
        Draft.objects.create(claim=claim, content={"note": STORY}, saved_at=NOW)
        flaw = [{"category": "Accuracy/Mistranslation", "severity": "MINOR", "note": f"{NAME} missed it"}]
        words = (
            {"decision": "ACCEPT", "errors": flaw, "scores": {"completeness": 0.8}}
            if number == 1
            else {"decision": "REJECT"}
        )
        review = work.ReviewInput(
            reason_code="OTHER",
            reason_text=f"QUISPE left it to {EMAIL}. " + "The second sentence is not done. " * 4,
            **words,
        )
        work.review_submission(submission_id=row.id, review=review, by=rita, now=NOW)
        if number == 1:
            reworked = work.OutcomeInput(row.id, "REWORKED", f"{NAME} does not know our glossary.")
            work.report_outcomes(batch_id=batch.id, outcomes=[reworked], by=olga, now=NOW)
    ImportReport.objects.create(
        project=project, file_name=f"{NAME}.csv", is_dry_run=True, row_count=0, created_by=user, created_at=NOW
    )
    hours = _hours(user, expert, project, olga, rita)
    for each in (engagement, hours):
        staffing.move_engagement(
            engagement_id=each.id,
            to="ENDED",
            reason_code="PROJECT_ENDED",
            reason_text=f"Thank you, {NAME}.",
            by=olga,
            now=NOW,
        )


def _hours(user: User, expert: Expert, project: Project, olga: User, rita: User) -> Engagement:
    """Let an hour be cut and appealed."""
    hours = people.hire(people.make_opening(project, olga, unit="HOUR", rate=Money(3000, "EUR")), expert, olga)
    TimeEvent.objects.create(
        expert_user=user, engagement=hours, device=DEVICE, sequence=1, kind="START", client_at=NOW, server_at=NOW
    )
    begin = NOW - timedelta(hours=2)
    entry = time.add_manual_entry(
        engagement_id=hours.id, starts_at=begin, ends_at=NOW, reason=f"{NAME} had no power.", by=user, now=NOW
    )
    type(entry).objects.filter(id=entry.id).update(device=DEVICE)
    cut = time.cut_entry(
        entry_id=entry.id,
        approved_seconds=3600,
        reason_code="NO_OUTPUT",
        reason_text="Adalgisa was away, her phone was off.",
        by=rita,
        now=NOW,
    )
    appeal = standing.appeal_time_cut(decision_id=cut.id, text=f"{STORY} and had no power.", by=user, now=NOW)
    standing.decide_appeal(appeal_id=appeal.id, outcome="UPHELD", answer=f"No, {NAME}.", by=olga, now=NOW)
    return hours


def _money(user: User, olga: User, rita: User, story: Story) -> None:
    register_payee(worker_id=user.id, legal_name=LEGAL, country="DE", currency="EUR", by=user, now=NOW)
    story.fill_in_form(user, number="DE89370400440532013000")
    payee = refresh_payee(payee_id=Payee.objects.get(worker=user).id, now=NOW)
    Payee.objects.filter(id=payee.id).update(bank_name=BANK, requirements=[{"for": NAME}])
    ScreeningResult.objects.create(
        worker=user,
        list_name="sdn",
        list_version="1",
        list_dated=NOW.date(),
        legal_name=LEGAL,
        country="DE",
        hits=["quispe"],
        screened_at=NOW,
    )
    words = {"reason_code": "DUPLICATE", "reason_text": f"{NAME} was paid twice."}
    earning = Earning.objects.filter(worker=user).order_by("id").first()
    reverse_earning(source_key=earning.source_key, by=olga.pk, now=NOW, **words)
    decided = {"state": "REJECTED", "decided_by": rita, "decided_at": NOW, "decision_text": f"Not for {NAME}."}
    proposed = {**words, "worker": user, "proposed_by": olga, "proposed_at": NOW, **decided}
    Adjustment.objects.create(kind="BONUS", currency="EUR", amount_minor=1, **proposed)
    Reversal.objects.create(entry=JournalEntry.objects.order_by("id").first(), **proposed)
    owed = get_balance(payable(user.id, "EUR"))
    story.fund(Money(100_000, "EUR"))
    payout = story.reserve(user, owed)
    story.sweep(hours=120, step_minutes=360)
    _paid(user, payout, olga)
    _holds(user, olga, rita)
    account = Payee.objects.get(worker=user).account_id
    ProviderEvent.objects.create(
        event_id="evt_1",
        type="account.updated",
        account=account,
        object_id=account,
        is_live=False,
        body=f'{{"individual": "{LEGAL}", "email": "{EMAIL}"}}',
        state="DONE",
        last_error=NAME,
        received_at=NOW,
        processed_at=NOW,
    )


def _paid(user: User, payout: Payout, olga: User) -> None:
    """Word the payout, its attempt and an approved line as a provider and a reviewer might."""
    Payout.objects.filter(id=payout.id).update(failure_text=f"Account of {LEGAL} was slow.")
    PayoutAttempt.objects.filter(payout=payout).update(error_text=f"{EMAIL} is not known")
    cycle = PayCycle.objects.create(
        currency="EUR",
        maker=olga,
        starts_at=NOW - timedelta(days=7),
        ends_at=NOW,
        expected_pay_on=NOW.date(),
        created_at=NOW,
    )
    line = CycleLine.objects.create(
        cycle=cycle,
        worker=user,
        currency="EUR",
        state="HELD",
        reason_code="HELD",
        reason_text=f"{NAME} has to act.",
        earned_minor=0,
        amount_minor=0,
        earnings_count=0,
    )
    LineDestination.objects.create(
        line=line, bank_fingerprint="fp", bank_last4="3000", bank_name=BANK, currency="EUR", taken_at=NOW
    )


def _holds(user: User, olga: User, rita: User) -> None:
    Hold.objects.create(
        worker=user,
        currency="EUR",
        held_minor=5,
        amount_minor=5,
        reason_code="LOOK",
        reason_text=f"Who is {NAME}?",
        state="RELEASED",
        placed_by=olga,
        placed_at=NOW,
        ends_at=NOW + timedelta(days=3),
        released_by=rita,
        released_at=NOW,
        release_text=f"It is {LEGAL}.",
        appeal_text=STORY,
        appealed_at=NOW,
    )
    PayeeHold.objects.create(
        worker=user,
        kind="NAME_LISTED",
        subject="sdn:17:quispe mamani",
        reason_text=f"{NAME} is on a list.",
        facts={"entry": LEGAL},
        started_at=NOW,
        proposed_by=olga,
        proposed_at=NOW,
        proposal_text=f"Not {NAME}.",
        lifted_by=rita,
        lifted_at=NOW,
        lift_text=f"{LEGAL} is another.",
        appeal_text=STORY,
        appealed_at=NOW,
    )
    TaxForm.objects.create(
        worker=user,
        version=1,
        form="W8BEN",
        legal_name=LEGAL,
        tax_country="BO",
        tin_last4="quis",
        tin_hash="quispe",
        works_in_us=False,
        signed_on=NOW.date(),
        expires_on=date(2029, 12, 31),
        submitted_at=NOW,
        state="VALID",
        reviewed_by=rita,
        reviewed_at=NOW,
        review_text=f"{NAME} is in order.",
    )


def _proposed(user: User, rita: User) -> None:
    run = FitRun.objects.create(
        as_of=NOW, method_version="1", watermark="0", result_sha256="0", parameters={}, seconds=0.0, metrics={}
    )
    Proposal.objects.create(
        worker=user,
        scope=Scope.objects.exclude(domain="").order_by("id")[0],
        kind="COACH",
        bar=0.8,
        evidence={"score": 0.7},
        fit_run=run,
        proposed_at=NOW,
        state="TURNED_DOWN",
        closed_by=rita,
        closed_at=NOW,
        settled_at=NOW,
        reason_text=f"{NAME} was ill.",
    )
    _looked_into(user, rita)


def _looked_into(user: User, rita: User) -> None:
    """Let a case about Ada be opened, answered, decided, appealed and closed."""
    omar, nina = User.objects.get(full_name="Omar Operator"), User.objects.get(full_name="Nina Next")
    words = f"{NAME} was told twice, with examples of what was missed."
    scope = ScopeCodes("linguistics/translation", "de-DE", "rubric")
    case = standing.report_case(
        worker_id=user.id, scope=scope, kind="PAUSE", report=words, tried=words, by=omar, now=NOW
    )
    standing.give_notice(case_id=case.id, now=NOW)
    standing.pause_urgently(case_id=case.id, code="FRAUD", reason=words, by=omar, now=NOW)
    harsh = Review.objects.get(author=user, decision="REJECT")
    standing.dispute_unit(case_id=case.id, review_id=harsh.id, text=f"{STORY} knows better.", by=user, now=NOW)
    standing.save_answer_draft(case_id=case.id, text=STORY, by=user, now=NOW)
    standing.answer_case(case_id=case.id, text=STORY, by=user, now=NOW)
    standing.save_answer_draft(case_id=case.id, text=f"{STORY}, and more.", by=user, now=NOW)
    standing.decide_case(case_id=case.id, outcome="PAUSED", reason=words, by=nina, now=NOW)
    standing.appeal_case(case_id=case.id, text=f"I come from {STORY}, ask there.", by=user, now=NOW)
    third = _operator("Third Operator")
    standing.decide_case_appeal(case_id=case.id, outcome="OVERTURNED", answer=words, by=third, now=NOW)
    Withdrawal.objects.create(
        reviewer=user, tenant="acme", words=f"{NAME} was in a hurry.", judgments=0, by=rita, at=NOW
    )


def _kernel(user: User, omar: User) -> None:
    audit.record(
        action="user.looked_at", target=user, by=omar.pk, now=NOW, reason_text=f"{NAME} called.", detail={"said": EMAIL}
    )
    audit.record(action="user.wrote", target=omar, by=user.pk, now=NOW, reason_text=STORY)
    told = OutboxEvent.objects.create(
        name="payouts.payee.destination_changed",
        payload={"worker_id": str(user.pk), "bank_last4": "quis", "words": f"{NAME} moved."},
        occurred_at=NOW,
    )
    Delivery.objects.create(event=told, handler="x", next_attempt_at=NOW, last_error=NAME, delivered_at=NOW)
    for person in (user, omar):
        IdempotencyKey.objects.create(
            principal=f"user:{person.pk}", key="1", request_sha256="0", body={"name": NAME}, created_at=NOW
        )


def places_of(words: tuple[str, ...] = PLANTED) -> set[str]:
    """Return each column of the whole database in which one of ``words`` stands, whatever its case, as ``table.column``."""
    found = set()
    with connection.cursor() as cursor:
        for table, columns in text_columns().items():
            wanted = ", ".join(f"""bool_or(coalesce("{name}"::text, '') ILIKE ANY(%(words)s))""" for name in columns)
            cursor.execute(f'SELECT {wanted} FROM "{table}"', {"words": [f"%{word}%" for word in words]})
            found |= {f"{table}.{name}" for name, stands in zip(columns, cursor.fetchone(), strict=True) if stands}
    return found


def text_columns() -> dict[str, list[str]]:
    """Return every column of every table that can hold words, whoever made the table."""
    columns: dict[str, list[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.table_name, c.column_name FROM information_schema.columns c JOIN information_schema.tables t"
            " USING (table_schema, table_name) WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'"
            " AND c.data_type IN ('text', 'character varying', 'character', 'json', 'jsonb', 'ARRAY', 'inet', 'bytea')"
            " ORDER BY 1, c.ordinal_position"
        )
        for table, column in cursor.fetchall():
            columns.setdefault(table, []).append(column)
    return columns

"""Who is told what: every subscription to news stands here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse

from common.events import subscribe
from common.money import Money
from marketplace.erasure.events import ErasureRefused, ErasureRequested
from marketplace.erasure.models import ErasureRequest
from marketplace.identity.models import PlatformGrant
from marketplace.notifications import money, standing
from marketplace.notifications.commands import enqueue_webhooks, notify
from marketplace.staffing.events import EngagementEnded, InvitationSent, OfferAccepted, OfferSent
from marketplace.standing.events import (
    AppealDecided,
    AppealOpened,
    CaseAppealDecided,
    CaseAppealed,
    CaseDecided,
    CaseOpened,
    CasePausedUrgently,
)
from marketplace.timesheets.events import TimeDecided
from marketplace.work.events import BatchCompleted, OutcomeReported, SubmissionDecided
from marketplace.work.models import Submission
from payouts.facade import (
    AdjustmentBooked,
    DebtForgiven,
    DebtRecovered,
    EarningReversed,
    HoldEnded,
    HoldPlaced,
    PayCarriedOver,
    PayeeDestinationChanged,
    PayeeHeld,
    PayeeReady,
    PaymentHeld,
    PayoutFailed,
    PayoutPaid,
    PayoutReturned,
    TaxFormExpiring,
)
from quality.facade import ScoreCorrected

type Payload = Mapping[str, Any]


def tell_of_invitation(news: Payload, now: datetime) -> None:
    """Tell the expert that they were invited."""
    notify(
        user_id=news["expert_user_id"],
        source_key=f"invitation:{news['invitation_id']}",
        kind="invitation.sent",
        title=f"You are invited: {news['opening_title']}",
        body=f"{news['project_name']} invites you to apply for “{news['opening_title']}”.",
        path=reverse("staffing:mine"),
        now=now,
    )


def tell_of_offer(news: Payload, now: datetime) -> None:
    """Tell the expert what they were offered."""
    notify(
        user_id=news["expert_user_id"],
        source_key=f"offer:{news['offer_id']}",
        kind="offer.sent",
        title=f"An offer: {news['opening_title']}",
        body=f"{news['project_name']} offers you “{news['opening_title']}”: {news['terms_words']}.",
        path=reverse("staffing:mine"),
        now=now,
    )


def tell_of_acceptance(news: Payload, now: datetime) -> None:
    """Tell the manager that the offer was accepted."""
    notify(
        user_id=news["sent_by_id"],
        source_key=f"offer:{news['offer_id']}:accepted",
        kind="offer.accepted",
        title=f"Accepted: {news['opening_title']}",
        body=f"Your offer for “{news['opening_title']}” was accepted.",
        path=reverse("portal:board"),
        now=now,
    )


def tell_of_end(news: Payload, now: datetime) -> None:
    """Tell the expert that an engagement ended, and why."""
    notify(
        user_id=news["expert_user_id"],
        source_key=f"engagement:{news['engagement_id']}:ended",
        kind="engagement.ended",
        title=f"Ended: {news['opening_title']}",
        body=f"Your engagement “{news['opening_title']}” has ended. {news['reason_text']} What you earned is paid.",
        path=reverse("staffing:mine"),
        now=now,
    )


_DECISIONS = {"ACCEPT": "accepted", "RETURN": "returned to you", "REJECT": "rejected"}


def _appeal_page(kind: str, decision_id: object) -> str:
    """Return where a decision is read and appealed; once it is appealed, that page leads to the appeal."""
    return reverse(f"standing:appeal_{kind}", args=[decision_id])


def tell_of_decision(news: Payload, now: datetime) -> None:
    """Tell the expert what was decided on their work; acceptance is shown in the app as an earning, without a mail each."""
    if news["decision"] == "ACCEPT":
        return
    appeal = "" if news["decision"] == "RETURN" else " You can appeal once, to another person, within 30 days."
    path = reverse("work:decisions") if news["decision"] == "RETURN" else _appeal_page("review", news["review_id"])
    notify(
        user_id=news["expert_user_id"],
        source_key=f"review:{news['review_id']}",
        kind=f"submission.{news['decision'].lower()}",
        title=f"{news['task_external_id']} was {_DECISIONS[news['decision']]}",
        body=f"{news['project_name']}: {news['reason_text']}{appeal}",
        path=path,
        now=now,
    )


def tell_of_time(news: Payload, now: datetime) -> None:
    """Tell the expert that time was cut; approval in full is shown in the app."""
    if news["decision"] != "CUT":
        return
    minutes = (news["entry_seconds"] - news["approved_seconds"]) / 60
    notify(
        user_id=news["expert_user_id"],
        source_key=f"time_decision:{news['decision_id']}",
        kind="time.cut",
        title=f"{minutes:.0f} minutes were cut: {news['project_name']}",
        body=f"{news['reason_text']} The rest is approved and paid. You can appeal once, to another person, within 30 days.",
        path=_appeal_page("time", news["decision_id"]),
        now=now,
    )


def tell_of_outcome(news: Payload, now: datetime) -> None:
    """Tell the expert what the client did not keep, and why."""
    if news["kind"] == "KEPT":
        return
    did = "reworked" if news["kind"] == "REWORKED" else "did not use"
    notify(
        user_id=news["expert_user_id"],
        source_key=f"outcome:{news['outcome_id']}",
        kind="work.outcome",
        title=f"The client {did} your work: {news['task_external_id']}",
        body=f"{news['project_name']}: {news['reason_text']} It counts for your quality and changes nothing of your pay.",
        path=reverse("work:claim", args=[news["claim_id"]]),
        now=now,
    )


def tell_of_payment(news: Payload, now: datetime) -> None:
    """Tell the expert that money arrived."""
    amount = Money(news["amount_minor"], news["currency"]).format()
    notify(
        user_id=news["worker_id"],
        source_key=f"payout:{news['payout_id']}:paid",
        kind="payout.paid",
        title=f"{amount} is in your bank account",
        body=f"Your payout of {amount} has arrived. The statement lists every hour and task in it.",
        path=reverse("portal:earnings"),
        now=now,
    )


def tell_of_failure(news: Payload, now: datetime) -> None:
    """Tell the expert that a payout did not reach them, and what to do."""
    amount = Money(news["amount_minor"], news["currency"]).format()
    notify(
        user_id=news["worker_id"],
        source_key=f"payout:{news['payout_id']}:failed",
        kind="payout.failed",
        title=f"A payout of {amount} did not arrive",
        body=f"{news['words']} Your money is safe and goes into the next payout once this is mended. Your earnings say how.",
        path=reverse("portal:earnings"),
        now=now,
    )


def tell_of_readiness(news: Payload, now: datetime) -> None:
    """Tell the expert that they can be paid."""
    notify(
        user_id=news["worker_id"],
        source_key=f"payee:{news['worker_id']}:ready:{news['currency']}",
        kind="payee.ready",
        title="You can be paid now",
        body=f"Your bank account for {news['currency']} is ready.",
        path=reverse("portal:earnings"),
        now=now,
    )


def tell_of_new_account(news: Payload, now: datetime) -> None:
    """Tell the expert that another bank account took the place of theirs, so that they object in time if it is not theirs."""
    notify(
        user_id=news["worker_id"],
        source_key=f"payee:{news['worker_id']}:destination:{news['hold_until']}",
        kind="payee.destination_changed",
        title="Your bank account was changed",
        body=f"Your pay goes to the account ending in {news['bank_last4'] or 'nothing yet'}, but nothing is sent there before "
        f"{news['hold_until'][:16].replace('T', ' ')} UTC. If this was not you, change your password and write to us now.",
        path=reverse("portal:payout_method"),
        now=now,
    )


def tell_of_hold(news: Payload, now: datetime) -> None:
    """Tell the expert why nothing is paid to them now, and what they can do."""
    notify(
        user_id=news["worker_id"],
        source_key=f"payee_hold:{news['hold_id']}",
        kind="payee.held",
        title="Nothing is paid to you for now",
        body=f"{news['words']} If you did not expect this, open your payout method.",
        path=reverse("portal:payout_method"),
        now=now,
    )


def tell_of_held_payment(news: Payload, now: datetime) -> None:
    """Tell the expert that a payment that was approved is not sent."""
    amount = Money(news["amount_minor"], news["currency"]).format()
    notify(
        user_id=news["worker_id"],
        source_key=f"{news['source_key']}:held",
        kind="payment.held",
        title=f"A payment of {amount} waits",
        body=f"{news['words']} It was sent nowhere. Your money is safe.",
        path=reverse("portal:earnings"),
        now=now,
    )


def tell_of_erasure_request(news: Payload, now: datetime) -> None:
    """Tell the operators who may decide that somebody asked to be forgotten; the notice names nobody."""
    if not ErasureRequest.objects.filter(id=news["request_id"], state=ErasureRequest.State.OPEN).exists():
        return
    operators = PlatformGrant.objects.filter(role=PlatformGrant.Role.OPERATOR, revoked_at__isnull=True)
    for user_id in operators.exclude(user_id__in=[news["person_id"], news["asked_by_id"]]).values_list(
        "user_id", flat=True
    ):
        notify(
            user_id=user_id,
            source_key=f"erasure_request:{news['request_id']}",
            kind="erasure.requested",
            title="Somebody asks to be forgotten",
            body="Look at what stands in the way, then carry it out or say why not. They are to be answered within a month.",
            path=reverse("erasure:request", args=[news["request_id"]]),
            now=now,
        )


def tell_of_refused_erasure(news: Payload, now: datetime) -> None:
    """Tell the person why they were not forgotten."""
    notify(
        user_id=news["person_id"],
        source_key=f"erasure_request:{news['request_id']}:refused",
        kind="erasure.refused",
        title="Your request to be forgotten was refused",
        body=f"{news['words']} You can ask again, or complain to your country's data protection authority.",
        path=reverse("erasure:own"),
        now=now,
    )


def send_submission_accepted(news: Payload, now: datetime) -> None:
    """Tell the client's systems that one piece of work is accepted."""
    if news["decision"] != "ACCEPT":
        return
    submission = Submission.objects.select_related("claim__task", "claim__project").get(id=news["submission_id"])
    claim = submission.claim
    data = {
        "submission_id": str(submission.id),
        "task_id": str(claim.task_id),
        "external_id": claim.task.external_id,
        "batch_id": str(claim.task.batch_id),
        "number": submission.number,
    }
    enqueue_webhooks(
        organization_id=claim.project.organization_id,
        event_type="submission.accepted",
        source_key=f"review:{news['review_id']}:accepted",
        data=data,
        now=now,
    )


def send_batch_completed(news: Payload, now: datetime) -> None:
    """Tell the client's systems that a batch is complete."""
    data = {
        "batch_id": news["batch_id"],
        "name": news["batch_name"],
        "task_count": news["task_count"],
        "results": f"/api/v1/batches/{news['batch_id']}/results/",
    }
    enqueue_webhooks(
        organization_id=news["organization_id"],
        event_type="batch.completed",
        source_key=f"batch:{news['batch_id']}:completed",
        data=data,
        now=now,
    )


subscribe(InvitationSent, tell_of_invitation)
subscribe(ScoreCorrected, standing.tell_of_corrected_score)
subscribe(OfferSent, tell_of_offer)
subscribe(OfferAccepted, tell_of_acceptance)
subscribe(EngagementEnded, tell_of_end)
subscribe(SubmissionDecided, tell_of_decision)
subscribe(OutcomeReported, tell_of_outcome)
subscribe(TimeDecided, tell_of_time)
subscribe(AppealOpened, standing.tell_of_appeal)
subscribe(AppealDecided, standing.tell_of_appeal_decision)
subscribe(CaseOpened, standing.tell_of_case)
subscribe(CasePausedUrgently, standing.tell_of_urgent_pause)
subscribe(CaseDecided, standing.tell_of_case_decision)
subscribe(CaseAppealed, standing.tell_of_case_appeal)
subscribe(CaseAppealDecided, standing.tell_of_case_appeal_decision)
subscribe(PayoutPaid, tell_of_payment)
subscribe(PayoutFailed, tell_of_failure)
subscribe(PayoutReturned, tell_of_failure)
subscribe(PayeeReady, tell_of_readiness)
subscribe(PayeeDestinationChanged, tell_of_new_account)
subscribe(PayeeHeld, tell_of_hold)
subscribe(PaymentHeld, tell_of_held_payment)
subscribe(HoldPlaced, money.tell_of_placed_hold)
subscribe(HoldEnded, money.tell_of_ended_hold)
subscribe(AdjustmentBooked, money.tell_of_adjustment)
subscribe(DebtRecovered, money.tell_of_recovery)
subscribe(DebtForgiven, money.tell_of_forgiven_debt)
subscribe(EarningReversed, money.tell_of_reversal)
subscribe(PayCarriedOver, money.tell_of_carried_pay)
subscribe(TaxFormExpiring, money.tell_of_expiring_tax_form)
subscribe(ErasureRequested, tell_of_erasure_request)
subscribe(ErasureRefused, tell_of_refused_erasure)
subscribe(SubmissionDecided, send_submission_accepted)
subscribe(BatchCompleted, send_batch_completed)

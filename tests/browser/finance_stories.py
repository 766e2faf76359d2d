"""What the pages of finance show in the browser tests: last week's cycle, paid; this week's, to approve, with an exception."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from common import audit, clock, states
from common.money import Money
from marketplace.identity.models import User
from marketplace.timesheets import commands as time
from payouts.adjustments.commands import propose_adjustment
from payouts.cycles.commands import approve, calculate, draft_cycle, submit
from payouts.cycles.models import CycleLine, PayCycle
from payouts.exports.commands import read_export, request_export
from payouts.facade import EarningInput, post_earnings
from payouts.holds.commands import appeal_hold, place_hold
from payouts.ledger.commands import propose_close, seal_entries
from payouts.ledger.models import JournalEntry
from payouts.payees.commands import appeal, hold_after_security_change, propose_lift, submit_tax_form
from payouts.payees.models import Payee
from payouts.reconciliation.commands import match, propose_write_off
from payouts.reconciliation.models import Break, ProviderTransaction, ReconciliationFigure, ReconciliationRun
from payouts.statements.commands import issue_statement
from payouts.transfers.commands import PayoutOrder, reserve_payouts
from payouts.transfers.models import Payout, ProviderEvent
from tests.browser import portal_stories
from tests.browser.world import World


def submitted_cycle(world: World) -> dict[str, Any]:
    """Leave a cycle that waits for Fatou's approval, after an approved one, and return its id."""
    now = clock.now()
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    _payee(world.people["Ada"], now)
    earn(world, "Ada", "a:1", today - timedelta(days=10))
    last = submitted(world, today - timedelta(days=14), today - timedelta(days=7), now)
    approve(cycle_id=last.id, by=world.people["Fatou"], now=now)
    earn(world, "Ada", "a:2", today - timedelta(days=3), quantity=Decimal("7.5"))
    earn(world, "Dana", "d:1", today - timedelta(days=2))
    return {"cycle_id": submitted(world, today - timedelta(days=7), today, now).id}


def earned_week(world: World) -> tuple[datetime, datetime]:
    """Let Ada work three hours, approved by Bola within the same week, and return the week's first and last instant.

    The week is over; nothing is paid and Ada has told nobody where her bank is.
    """
    today = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    worked = today - timedelta(days=5)
    opening = portal_stories.make_opening(world, portal_stories.make_project(world), "Reviewer of news")
    engagement = portal_stories.engage(world, opening, portal_stories.make_findable(world))
    entry = time.add_manual_entry(
        engagement_id=engagement.id,
        starts_at=worked - timedelta(hours=3),
        ends_at=worked,
        reason="The timer was off.",
        by=world.people["Ada"],
        now=worked + timedelta(hours=1),
    )
    time.approve_entries(entry_ids=[entry.id], by=world.people["Bola"], now=worked + timedelta(hours=2))
    return today - timedelta(days=8), today - timedelta(days=1)


def approval_waiting(world: World) -> dict[str, Any]:
    """Leave a cycle to approve."""
    submitted_cycle(world)
    return {}


def some_payouts(world: World) -> dict[str, Any]:
    """Leave a reserved payout, the entries behind it, and a cycle."""
    cycle_id = submitted_cycle(world)["cycle_id"]
    ada = world.people["Ada"]
    order = PayoutOrder(ada.id, PayCycle.objects.get(id=cycle_id).lines.get(worker=ada).amount)
    reserve_payouts(cycle_id=None, lines=[order], by=None, now=clock.now())
    return {}


def a_traced_payout(world: World) -> dict[str, Any]:
    """Leave a reserved payout of a cycle's line and return it as a reference."""
    submitted_cycle(world)
    ada = world.people["Ada"]
    line = CycleLine.objects.get(worker=ada, cycle__state="APPROVED")
    reserve_payouts(cycle_id=None, lines=[PayoutOrder(ada.id, line.amount)], by=None, now=clock.now())
    payout = Payout.objects.get()
    CycleLine.objects.filter(id=line.id).update(payout_id=payout.id)
    return {"reference": str(payout.id)}


def a_corrected_statement(world: World) -> dict[str, Any]:
    """Leave a statement whose payment came back, with the one that takes it back, and return the first one's id."""
    now = clock.now()
    payout = Payout.objects.get(id=a_traced_payout(world)["reference"])
    times = {"transferred_at": now, "paid_at": now, "ended_at": now, "provider_ref": "tr_1"}
    Payout.objects.filter(id=payout.id).update(state="RETURNED", reversed_minor=payout.amount_minor, **times)
    return {"statement_id": issue_statement(payout_id=payout.id, now=now).id}


def some_statements(world: World) -> dict[str, Any]:
    """Leave a statement and its correction."""
    a_corrected_statement(world)
    return {}


def some_exports(world: World) -> dict[str, Any]:
    """Leave an export that was given out and one that nobody has read."""
    submitted_cycle(world)
    some_exports_of_books(world)
    return {}


def some_exports_of_books(world: World) -> None:
    """Leave two exports of whatever the books hold."""
    now = clock.now()
    for kind in ("JOURNAL", "XERO"):
        export = request_export(
            kind=kind,
            currency="EUR",
            starts_on=(now - timedelta(days=30)).date(),
            ends_on=now.date(),
            by=world.people["Fatou"],
            now=now,
        )
        if kind == "JOURNAL":
            list(read_export(export=export, now=now))


def a_payee(world: World) -> dict[str, Any]:
    """Leave Ada with a bank account and a document that the provider asks for."""
    now = clock.now()
    _payee(world.people["Ada"], now)
    payee = Payee.objects.get(worker=world.people["Ada"])
    payee.requirements = ["identity.individual.documents.primary_verification.front_back"]
    payee.save(update_fields=["requirements"])
    audit.record(action="payee.registered", target=payee, by=payee.worker_id, now=now)
    return {"payee_id": payee.id}


def some_payees(world: World) -> dict[str, Any]:
    """Leave Ada with a payout method."""
    a_payee(world)
    return {}


def a_month(world: World) -> dict[str, Any]:
    """Leave a month of the books that is over and that Fatou may close, and return its name."""
    first = clock.now().replace(day=1)
    last = first - timedelta(days=1)
    earn(world, "Ada", "a:1", last)
    seal_entries()
    month = f"{last:%Y-%m}"
    propose_close(month=month, reason_text="All is compared.", by=world.people["Emre"], now=clock.now())
    return {"month": month}


def some_months(world: World) -> dict[str, Any]:
    """Leave a month to close."""
    a_month(world)
    return {}


def an_adjustment(world: World) -> dict[str, Any]:
    """Leave a bonus that waits for Fatou's decision and return its id."""
    _payee(world.people["Ada"], clock.now())
    row = propose_adjustment(
        kind="BONUS",
        worker_id=world.people["Ada"].id,
        money=Money(4500, "EUR"),
        reason_code="REFERRAL",
        reason_text="Brought Dana to the project.",
        by=world.people["Emre"],
        now=clock.now(),
    )
    return {"adjustment_id": row.id}


def a_proposed_adjustment(world: World) -> dict[str, Any]:
    """Leave an adjustment to decide."""
    an_adjustment(world)
    return {}


def a_hold(world: World) -> dict[str, Any]:
    """Let Emre hold part of what Ada earned, and return the hold's id."""
    now = clock.now()
    earn(world, "Ada", "a:1", now - timedelta(days=1))
    row = place_hold(
        worker_id=world.people["Ada"].id,
        currency="EUR",
        money=Money(2000, "EUR"),
        reason_code="NAME_DIFFERS",
        reason_text="The name at the bank is another than yours.",
        ends_at=now + timedelta(days=6),
        by=world.people["Emre"],
        now=now,
    )
    return {"hold_id": row.id}


def a_payee_hold(world: World) -> dict[str, Any]:
    """Let Ada's password have changed, Emre propose to lift the hold, and Ada appeal; return the hold's id."""
    now = clock.now()
    _payee(world.people["Ada"], now)
    row = hold_after_security_change(worker_id=world.people["Ada"].id, what="password", now=now)
    assert row is not None
    propose_lift(hold_id=row.id, reason_text="Ada called and knew her history.", by=world.people["Emre"], now=now)
    appeal(hold_id=row.id, appeal_text="It was me.", by=world.people["Ada"], now=now)
    return {"payee_hold_id": row.id}


def a_tax_form(world: World) -> dict[str, Any]:
    """Let Ada submit a tax form and return its id."""
    now = clock.now()
    _payee(world.people["Ada"], now)
    row = submit_tax_form(
        worker_id=world.people["Ada"].id,
        form="W8BEN",
        legal_name="Ada Obi",
        tax_country="DE",
        tin="12 345 678 901",
        works_in_us=True,
        signed_on=now.date(),
        by=world.people["Ada"],
        now=now,
    )
    return {"tax_form_id": row.id}


def some_tax_forms(world: World) -> dict[str, Any]:
    """Leave a tax form that waits."""
    a_tax_form(world)
    return {}


def some_payee_holds(world: World) -> dict[str, Any]:
    """Leave a hold on a payee."""
    a_payee_hold(world)
    return {}


def an_appealed_hold(world: World) -> dict[str, Any]:
    """Let Ada appeal against it."""
    kwargs = a_hold(world)
    appeal_hold(**kwargs, appeal_text="It is my maiden name.", by=world.people["Ada"], now=clock.now())
    return kwargs


def a_placed_hold(world: World) -> dict[str, Any]:
    """Leave a hold with its appeal."""
    an_appealed_hold(world)
    return {}


def a_break(world: World) -> dict[str, Any]:
    """Leave a finished run of reconciliation with what is on its way, a proposed write-off, and an open break's id."""
    now = clock.now()
    long_ago = now - timedelta(days=9)
    for number, (kind, amount_minor, created) in enumerate(
        (("adjustment", -6120, long_ago), ("adjustment", 900, long_ago), ("payout", -50_000, now - timedelta(hours=2)))
    ):
        ProviderTransaction.objects.create(
            rail="connect",
            provider_id=f"txn_{number}",
            part="AMOUNT",
            kind=kind,
            currency="EUR",
            amount_minor=amount_minor,
            reference=f"provider:obj_{number}",
            created_at=created,
            fetched_at=now,
        )
    match(now=now)
    proposed, row = Break.objects.order_by("-amount_minor")
    propose_write_off(
        break_id=proposed.id,
        write_off="SUSPENSE",
        proposal_text="A correction of Stripe's own, asked about under case 12.",
        by=world.people["Emre"],
        now=now,
    )
    run = ReconciliationRun.objects.create(
        rail="connect", started_at=now, fetched=3, matched=0, breaks_opened=2, breaks_matched=0
    )
    ReconciliationFigure.objects.create(
        run=run,
        currency="EUR",
        ledger_minor=0,
        provider_minor=-55_220,
        under_way_minor=-50_000,
        explained_minor=0,
        unexplained_minor=-5220,
    )
    return {"break_id": row.id}


def an_exception(world: World) -> dict[str, Any]:
    """Leave a payout that is held though its payee can be paid, and return its id."""
    now, ada = clock.now(), world.people["Ada"]
    _payee(ada, now)
    earn(world, "Ada", "a:9", now - timedelta(days=1))
    payout_id = reserve_payouts(
        cycle_id=None, lines=[PayoutOrder(ada.id, Money(2000, "EUR"))], by=None, now=now - timedelta(hours=5)
    )[ada.id]
    reason = {"failure_code": "DESTINATION_CHANGED", "failure_text": "The bank account was changed meanwhile."}
    payout = Payout.objects.get(id=payout_id)
    states.move(payout, "HELD", by=None, now=now, also={**reason, "next_try_at": None})
    return {"payout_id": payout_id}


def some_exceptions(world: World) -> dict[str, Any]:
    """Leave an exception."""
    an_exception(world)
    return {}


def an_orphan(world: World) -> dict[str, Any]:
    """Leave news of a transfer that nobody of ours made, and return its id."""
    now = clock.now()
    row = ProviderEvent.objects.create(
        event_id="evt_unknown",
        type="transfer.created",
        object_id="tr_unknown",
        is_live=False,
        body='{"object": "event", "data": {"object": {"id": "tr_unknown"}}}',
        state="ORPHANED",
        attempts=8,
        received_at=now - timedelta(hours=3),
        processed_at=now - timedelta(hours=2),
    )
    return {"orphan_id": row.id}


def some_orphans(world: World) -> dict[str, Any]:
    """Leave an orphan."""
    an_orphan(world)
    return {}


def some_breaks(world: World) -> dict[str, Any]:
    """Leave breaks."""
    a_break(world)
    return {}


def an_entry(world: World) -> dict[str, Any]:
    """Leave an entry in the journal and return its id."""
    submitted_cycle(world)
    return {"entry_id": JournalEntry.objects.latest("created_at").id}


def submitted(world: World, start: datetime, end: datetime, now: datetime) -> PayCycle:
    """Return a cycle that Emre submitted."""
    emre = world.people["Emre"]
    cycle = draft_cycle(starts_at=start, ends_at=end, currency="EUR", by=emre, now=now)
    calculate(cycle_id=cycle.id, by=emre, now=now)
    return submit(cycle_id=cycle.id, by=emre, now=now)


def earn(
    world: World,
    name: str,
    source_key: str,
    posted: datetime,
    quantity: Decimal = Decimal(4),
    description: str = "Review of translations",
) -> None:
    """Let somebody have earned ``quantity`` hours, posted at ``posted``."""
    earning = EarningInput(
        worker_id=world.people[name].id,
        source_key=source_key,
        description=description,
        quantity=quantity,
        unit="HOUR",
        rate_minor=3200,
        currency="EUR",
        rate_line_key="rate_line:1",
        worked_from=posted - timedelta(hours=9),
        worked_to=posted,
        approved_by=world.people["Bola"].id,
        tenant=str(world.organization.id),
        project="translations",
    )
    post_earnings([earning], now=posted)


def _payee(user: User, now: datetime) -> None:
    Payee.objects.create(
        worker=user,
        legal_name=user.full_name,
        country="DE",
        currency="EUR",
        rail="connect",
        account_id="acct_ada",
        state=Payee.State.ACTIVE,
        bank_fingerprint="f1",
        bank_last4="3000",
        destination_changed_at=now - timedelta(days=30),
        ready_at=now - timedelta(days=30),
        created_at=now - timedelta(days=30),
    )

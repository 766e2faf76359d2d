"""A world in which every operation of the API has something to act on, and the roles that call it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from common import clock, events, states
from marketplace.hiring import commands as hiring
from marketplace.identity.commands import create_api_key, create_token
from marketplace.identity.models import ApiKey
from marketplace.identity.rules import ROLE_GRANTS
from marketplace.projects.models import Opening
from marketplace.staffing import commands as staffing
from marketplace.standing import commands as standing
from marketplace.taxonomy.commands import sync_catalogue
from marketplace.timesheets import commands as time
from marketplace.timesheets.models import TimeDecision
from marketplace.work import commands as work
from marketplace.work.models import Task
from payouts.adjustments.commands import propose_adjustment
from payouts.cycles import commands as cycles
from payouts.facade import hold_after_security_change, submit_tax_form
from payouts.holds.commands import place_hold
from payouts.ledger.commands import seal_entries
from payouts.ledger.commands.periods import open_periods, propose_close
from payouts.ledger.models import Period
from payouts.payees.commands import propose_lift
from payouts.payees.models import PayeeHold
from payouts.taxyears.commands import prepare_run
from payouts.transfers.models import Payout
from tests.browser import (
    adjustment_stories,
    client_stories,
    exchange_stories,
    finance_stories,
    page_arguments,
    portal_stories,
    quality_stories,
    standing_stories,
    tax_stories,
    time_stories,
    work_stories,
)
from tests.browser.world import World, make_world
from tests.marketplace import people
from tests.payouts.support.served import Served
from tests.payouts.support.story import Story, euros

#: Who calls the API: a role of ``ROLE_GRANTS`` and the person of the world who has it; nobody, and a program.
PEOPLE = {
    "expert": "Ada",
    "reviewer": "Dana",
    "project manager": "Bola",
    "owner": "Chen",
    "finance preparer": "Emre",
    "finance approver": "Fatou",
    "operator": "Goran",
    "auditor": "Hana",
}
ANONYMOUS, API_KEY = "anonymous", "API key"
ROLES = (ANONYMOUS, *PEOPLE, API_KEY)
LATER = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Inhabited:
    """The world, and by role the value of the ``Authorization`` header; the anonymous have none."""

    world: World
    authorizations: dict[str, str]


def inhabit(provider: Served) -> Inhabited:
    """Create the world: every kind of object that a path of the API names, most of them in several states."""
    sync_catalogue()
    world = make_world()
    world.people |= {name: people.make_user(f"{name} Example") for name in ("Ines", "Jonas")}
    portal_stories.busy_ada(world)
    portal_stories.some_notices(world)
    time_stories.a_webhook(world)
    page_arguments.requests_to_be_forgotten(world)
    page_arguments.credential(world)
    _hire(world)
    _work(world)
    _appeal(world)
    standing_stories.a_case(world)
    quality_stories.a_withdrawal(world)
    story = _pay(world, provider)
    _leave_to_do(world, story)
    _found_another_organization()
    return Inhabited(world, _authorize(world))


def _hire(world: World) -> None:
    now, chen, opening = clock.now(), world.people["Chen"], world.things["second"]
    ines, jonas = (portal_stories.make_findable(world, name) for name in ("Ines", "Jonas"))
    hard = Opening.objects.get(title="Authority in translation")
    hiring.apply(opening_id=opening.id, note="I know this client.", by=ines.user, now=now)
    hiring.apply(opening_id=hard.id, note="I would like to grow.", by=world.people["Ada"], now=now)
    for place, experts in ((world.things["first"], (ines, jonas)), (hard, (world.things["expert"],))):
        staffing.invite(
            opening_id=place.id,
            expert_ids=[expert.id for expert in experts],
            message="We liked your work.",
            expires_at=now + LATER,
            by=chen,
            now=now,
        )


def _work(world: World) -> None:
    """Leave a claim with a draft, and work that is handed in, returned, rejected and accepted; and a refused import."""
    bola, project = world.people["Bola"], world.things["project"]
    rows = "\n".join(f"law-{n},law,{n},We sat on the bank.,Wir saßen auf der Bank.,2" for n in range(9))
    data = f"external_id,document,segment,source,target,wanted\n{rows}\n".encode()
    for name, content in (("law", data), ("bad", b"external_id,wanted\na,1\na,0\n,1\n")):
        now = clock.now()
        work.import_batch(project_id=project.id, name=name, file_name="law.csv", data=content, by=bola, now=now)
    tasks = list(Task.objects.filter(external_id__startswith="law-").order_by("external_id"))
    held = work.claim_task(task_id=tasks[0].id, by=world.people["Ada"], now=clock.now())
    work.save_draft(claim_id=held.id, content=work_stories.FLAWED, by=world.people["Ada"], now=clock.now())
    words = {"reason_code": "ACCURACY", "reason_text": time_stories.REASON}
    _hand_in(world, tasks[1])
    for task, decision in zip(tasks[2:], ("RETURN", "REJECT", "REJECT", "ACCEPT"), strict=False):
        review = work.ReviewInput(decision=decision, **({} if decision == "ACCEPT" else words))
        work.review_submission(submission_id=_hand_in(world, task), review=review, by=bola, now=clock.now())


def _hand_in(world: World, task: Task) -> Any:
    ada = world.people["Ada"]
    claim = work.claim_task(task_id=task.id, by=ada, now=clock.now())
    return work.submit(claim_id=claim.id, content=work_stories.FLAWED, by=ada, now=clock.now()).id


def _appeal(world: World) -> None:
    cut = TimeDecision.objects.get(decision="CUT")
    text = "I answered the client's questions in that hour; the letters are in the project."
    standing.appeal_time_cut(decision_id=cut.id, text=text, by=world.people["Ada"], now=clock.now())


def _pay(world: World, provider: Served) -> Story:
    """Leave a cycle in each state from draft to paid with its statement, a payout outside of cycles, a hold and a bonus."""
    story = Story(now=clock.now() - timedelta(hours=1))
    story.sandbox = provider.sandbox
    today = story.now.replace(hour=0, minute=0, second=0, microsecond=0)
    week = timedelta(days=7)
    ada, emre = world.people["Ada"], world.people["Emre"]
    story.onboard(ada)
    story.fund(euros(1000))
    for name, key, days in (
        ("Ada", "w:1", 29),
        ("Ada", "w:2", 22),
        ("Ada", "w:3", 15),
        ("Dana", "w:4", 15),
        ("Ada", "w:5", 8),
        ("Ada", "w:6", 2),
    ):
        finance_stories.earn(world, name, key, today - timedelta(days=days))
    paid, approved, _ = (
        finance_stories.submitted(world, today - back * week, today - (back - 1) * week, story.now)
        for back in (5, 4, 3)
    )
    for cycle in (paid, approved):
        cycles.approve(cycle_id=cycle.id, by=world.people["Fatou"], now=story.now)
    cycles.execute(cycle_id=paid.id, by=emre, now=story.now)
    story.sweep(hours=0.2)
    events.deliver_due(now=story.now)
    cycles.tick(now=story.now)
    drafts = [
        cycles.draft_cycle(
            starts_at=today - back * week, ends_at=today - (back - 1) * week, currency="EUR", by=emre, now=story.now
        )
        for back in (2, 1)
    ]
    cycles.calculate(cycle_id=drafts[0].id, by=emre, now=story.now)
    story.earn(ada, euros(40))
    story.reserve(ada, euros(10))
    finance_stories.an_appealed_hold(world)
    finance_stories.a_break(world)
    finance_stories.some_exports_of_books(world)
    finance_stories.an_orphan(world)
    client_stories.some_invoices(world)
    exchange_stories.an_exchange(world)
    tax_stories.a_remittance(world)
    prepare_run(year=2026, by=emre, now=clock.now())
    hold_after_security_change(worker_id=ada.id, what="password", now=clock.now())
    submit_tax_form(
        worker_id=ada.id,
        form="W8BEN",
        legal_name="Ada Obi",
        tax_country="DE",
        tin="",
        works_in_us=False,
        signed_on=clock.now().date(),
        by=ada,
        now=clock.now(),
    )
    adjustment_stories.an_import(world)
    adjustment_stories.a_reversal(world)
    propose_adjustment(
        kind="BONUS",
        worker_id=ada.id,
        money=euros(45),
        reason_code="REFERRAL",
        reason_text="Brought Dana to the project.",
        by=emre,
        now=clock.now(),
    )
    return story


def _leave_to_do(world: World, story: Story) -> None:
    """Leave what the fitting requests act on: a cut and a hold to appeal, payouts held and frozen, a lift, a month to close."""
    now, ada, bola, dana, emre = clock.now(), *(world.people[name] for name in ("Ada", "Bola", "Dana", "Emre"))
    entry = time.add_manual_entry(
        engagement_id=world.things["engagement"].id,
        starts_at=now - timedelta(days=11, hours=3),
        ends_at=now - timedelta(days=11),
        reason="The timer was off.",
        by=ada,
        now=now,
    )
    time.cut_entry(
        entry_id=entry.id, approved_seconds=60, reason_code="NO_OUTPUT", reason_text="No work.", by=bola, now=now
    )
    words = {"reason_code": "NAME_DIFFERS", "reason_text": "The name at the bank is another than yours."}
    place_hold(
        worker_id=ada.id, currency="EUR", money=euros(1), ends_at=now + timedelta(days=6), by=emre, now=now, **words
    )
    lifted = PayeeHold.objects.get(worker=ada)
    propose_lift(hold_id=lifted.id, reason_text="Ada called and knew her history.", by=emre, now=now)
    Payout.objects.filter(worker=ada, state="RESERVED").update(needs_person=True)
    story.onboard(dana, number="DE89370400440532015000")
    story.reserve(dana, euros(10))
    states.move(Payout.objects.get(worker=dana, state="RESERVED"), "HELD", by=None, now=now, also={"next_try_at": None})
    seal_entries()
    open_periods([(now - timedelta(days=70)).date()])
    month = Period.objects.earliest("starts_on").month
    propose_close(month=month, reason_text="All is compared.", by=emre, now=now)


def _found_another_organization() -> None:
    """Leave a project, an opening and an expert with whom nobody of the world has anything to do."""
    kofi = people.make_user("Kofi Example")
    project = people.make_project(people.make_organization(kofi), kofi, code="elsewhere")
    people.hire(people.make_opening(project, kofi), people.make_expert("Leila Example"), kofi)


def _authorize(world: World) -> dict[str, str]:
    now = clock.now()
    tokens = {role: create_token(by=world.people[name], now=now)[1] for role, name in PEOPLE.items()}
    _, key = _make_key(world, now)
    return {role: f"Token {token}" for role, token in tokens.items()} | {API_KEY: f"Bearer {key}"}


def _make_key(world: World, now: datetime) -> tuple[ApiKey, str]:
    return create_api_key(
        organization_id=world.organization.id,
        name="Nightly import",
        scopes=sorted(ROLE_GRANTS["SERVICE"]),
        expires_at=now + LATER,
        by=world.people["Chen"],
        now=now,
    )

"""Nobody is paused without notice, an answer, a decision by another person, and an appeal to a third."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from common.errors import FourEyesRequired, InvalidInput, NotPermitted
from common.states import IllegalTransition
from marketplace.experts.models import Expert, Restriction
from marketplace.identity.models import Organization, PlatformGrant, User
from marketplace.projects.models import Project
from marketplace.standing import commands as standing
from marketplace.standing.errors import (
    AdverseWhileAppealed,
    AnswerStillOpen,
    AnswerTooLate,
    AppealTooLate,
    CaseNotFound,
    CaseRunning,
    ExtendedBefore,
    GroundLost,
    NotUrgent,
    WorkerNotFound,
)
from marketplace.standing.models import Case
from marketplace.standing.queries import count_cases, list_cases
from marketplace.work import commands as work
from marketplace.work.errors import ScopePaused
from marketplace.work.models import Batch, Claim, Task
from payouts.earnings.models import Earning
from quality.facade import ScopeCodes, propose, refit
from quality.models import Judgment, Proposal, ScopePause
from tests.factories.quality import give_gold
from tests.marketplace import people
from tests.marketplace.people import NOW

SCOPE = ScopeCodes("linguistics/translation", "de-DE", "rubric")
TRIED = "Feedback on 30 October and on 3 November, each with three examples of missed errors."
WHY = "Eleven of the last fourteen planted errors were missed, after feedback had been given twice."
WEEK = timedelta(days=7)

type Make = Callable[..., Case]


def operator(name: str) -> User:
    user = people.make_user(name)
    PlatformGrant.objects.create(user=user, role="OPERATOR", granted_by=None, granted_at=people.START)
    return user


@pytest.fixture
def ada(project: Project, olga: User) -> Expert:
    """Ada works in the project."""
    ada = people.make_expert("Ada Quispe")
    people.hire(people.make_opening(project, olga), ada, olga)
    return ada


@pytest.fixture
def omar(db: None) -> User:
    return operator("Omar Operator")


@pytest.fixture
def nina(db: None) -> User:
    return operator("Nina Next")


@pytest.fixture
def noticed(ada: Expert, olga: User) -> Make:
    """Open a case about Ada on Olga's report, and give notice."""

    def make(kind: str = "PAUSE", scope: ScopeCodes = SCOPE) -> Case:
        case = standing.report_case(
            worker_id=ada.user_id, scope=scope, kind=kind, report=WHY, tried=TRIED, by=olga, now=NOW
        )
        standing.give_notice(case_id=case.id, now=NOW)
        case.refresh_from_db()
        return case

    return make


@pytest.fixture
def paused(noticed: Make, omar: User) -> Case:
    """Ada is paused in the scope by Omar, a week after the notice."""
    return standing.decide_case(case_id=noticed().id, outcome="PAUSED", reason=WHY, by=omar, now=NOW + WEEK)


@pytest.fixture
def tasks(project: Project, olga: User) -> list[Task]:
    batch = Batch.objects.create(
        project=project, name="first", file_sha256="0" * 64, task_count=3, created_by=olga, created_at=NOW
    )
    return [Task.objects.create(batch=batch, external_id=f"s-{n}", content={}, created_at=NOW) for n in range(3)]


def test_a_proposal_becomes_a_case_with_its_evidence_and_is_settled_by_the_decision(
    ada: Expert, olga: User, omar: User
) -> None:
    for user, found in ((ada.user, 15), (olga, 56), (omar, 56)):
        give_gold(user.id, found=found, missed=60 - found, scope=SCOPE, at=NOW)
    refit(now=NOW)
    propose(now=NOW)
    proposal = Proposal.objects.get(worker=ada.user)

    case = standing.open_case(proposal_id=proposal.id, tried=TRIED, by=olga, now=NOW)
    standing.give_notice(case_id=case.id, now=NOW)
    standing.answer_case(case_id=case.id, text="The guidelines changed.", by=ada.user, now=NOW)
    standing.decide_case(case_id=case.id, outcome="PAUSED", reason=WHY, by=omar, now=NOW)

    proposal.refresh_from_db()
    assert (case.kind, case.scope, case.evidence) == ("PAUSE", SCOPE, proposal.evidence)
    assert (proposal.state, proposal.closed_by, proposal.settled_at) == ("TAKEN_UP", olga, NOW)
    assert ScopePause.objects.get().source_key == f"case:{case.id}"
    assert propose(now=NOW).proposed == 0


def test_nothing_adverse_is_decided_before_the_answer_or_the_end_of_its_window(noticed: Make, omar: User) -> None:
    case = noticed()

    with pytest.raises(AnswerStillOpen):
        standing.decide_case(
            case_id=case.id, outcome="PAUSED", reason=WHY, by=omar, now=NOW + WEEK - timedelta(seconds=1)
        )
    standing.decide_case(case_id=case.id, outcome="PAUSED", reason=WHY, by=omar, now=NOW + WEEK)

    assert Restriction.objects.get().user_id == case.worker_id


def test_a_case_in_the_workers_favor_is_decided_at_once(noticed: Make, omar: User) -> None:
    standing.decide_case(case_id=noticed().id, outcome="NO_ACTION", reason=WHY, by=omar, now=NOW)

    assert not Restriction.objects.exists()


def test_the_worker_takes_seven_more_days_once(noticed: Make, ada: Expert) -> None:
    case = noticed()

    row = standing.extend_answer(case_id=case.id, by=ada.user, now=NOW + timedelta(days=6))

    assert row.answer_due_at == NOW + 2 * WEEK
    with pytest.raises(ExtendedBefore):
        standing.extend_answer(case_id=case.id, by=ada.user, now=NOW + timedelta(days=8))
    standing.answer_case(case_id=case.id, text="Here I am.", by=ada.user, now=NOW + timedelta(days=13))
    with pytest.raises(AnswerTooLate):
        standing.answer_case(case_id=case.id, text="Once more.", by=ada.user, now=NOW + timedelta(days=14))


def test_the_worker_sees_the_case_from_the_notice_on_and_nobody_else_answers(
    ada: Expert, olga: User, omar: User
) -> None:
    case = standing.report_case(
        worker_id=ada.user_id, scope=SCOPE, kind="PAUSE", report=WHY, tried=TRIED, by=olga, now=NOW
    )
    before = list_cases(ada.user).count()

    standing.give_notice(case_id=case.id, now=NOW)

    assert (before, list_cases(ada.user).count()) == (0, 1)
    with pytest.raises(CaseNotFound):
        standing.answer_case(case_id=case.id, text="I am not Ada.", by=olga, now=NOW)


def test_whoever_opened_it_never_decides_it(ada: Expert, omar: User) -> None:
    case = standing.report_case(
        worker_id=ada.user_id, scope=SCOPE, kind="PAUSE", report=WHY, tried=TRIED, by=omar, now=NOW
    )

    with pytest.raises(FourEyesRequired):
        standing.decide_case(case_id=case.id, outcome="NO_ACTION", reason=WHY, by=omar, now=NOW)


def test_a_manager_opens_and_never_decides(noticed: Make, acme: Organization, olga: User) -> None:
    rita = people.add_member(acme, olga, "Rita Reviewer", "PROJECT_MANAGER")
    case = noticed()

    with pytest.raises(NotPermitted):
        standing.decide_case(case_id=case.id, outcome="NO_ACTION", reason=WHY, by=rita, now=NOW)


def test_a_case_about_a_stranger_is_not_opened(ada: Expert) -> None:
    other = people.make_user("Pavel Owner")
    people.make_organization(other, "Other Ltd")

    with pytest.raises(WorkerNotFound):
        standing.report_case(
            worker_id=ada.user_id, scope=SCOPE, kind="PAUSE", report=WHY, tried=TRIED, by=other, now=NOW
        )


@pytest.mark.parametrize(
    "wrong", [{"tried": "Nothing."}, {"report": "Bad."}, {"kind": "PROMOTE"}, {"scope": ScopeCodes()}]
)
def test_a_report_without_words_or_about_all_work_is_refused(ada: Expert, olga: User, wrong: dict[str, Any]) -> None:
    given = {"worker_id": ada.user_id, "scope": SCOPE, "kind": "PAUSE", "report": WHY, "tried": TRIED} | wrong

    with pytest.raises(InvalidInput):
        standing.report_case(**given, by=olga, now=NOW)
    assert not Case.objects.exists()


def test_one_case_runs_in_a_scope_at_a_time(noticed: Make) -> None:
    noticed()

    with pytest.raises(CaseRunning):
        noticed()


def test_a_pause_closes_new_claims_of_this_scope_with_its_reason_and_keeps_what_runs(
    noticed: Make, omar: User, ada: Expert, tasks: list[Task]
) -> None:
    held = work.claim_task(task_id=tasks[0].id, by=ada.user, now=NOW + WEEK)
    standing.decide_case(case_id=noticed().id, outcome="PAUSED", reason=WHY, by=omar, now=NOW + WEEK)

    with pytest.raises(ScopePaused, match="planted errors were missed"):
        work.claim_task(task_id=tasks[1].id, by=ada.user, now=NOW + WEEK)
    with pytest.raises(ScopePaused):
        work.claim_next(project_id=held.project_id, by=ada.user, now=NOW + WEEK)
    submission = work.submit(claim_id=held.id, content={"errors": []}, by=ada.user, now=NOW + WEEK)
    accept = work.ReviewInput(decision="ACCEPT", scores={"completeness": 1.0})
    work.review_submission(
        submission_id=submission.id,
        review=accept,
        by=held.project.organization.memberships.get(role="OWNER").user,
        now=NOW + WEEK,
    )

    assert Claim.objects.count() == 1
    assert Earning.objects.get().worker_id == ada.user_id


def test_other_scopes_stay_open(paused: Case, project: Project, ada: Expert, tasks: list[Task]) -> None:
    Project.objects.filter(id=project.id).update(locale="de-AT")

    assert work.claim_task(task_id=tasks[0].id, by=ada.user, now=NOW + WEEK).state == Claim.State.ACTIVE


def test_an_urgent_pause_ends_by_itself_after_72_hours(
    noticed: Make, omar: User, ada: Expert, tasks: list[Task]
) -> None:
    case = noticed()
    standing.pause_urgently(case_id=case.id, code="FRAUD", reason=WHY, by=omar, now=NOW)

    with pytest.raises(ScopePaused):
        work.claim_task(task_id=tasks[0].id, by=ada.user, now=NOW + timedelta(hours=71))
    work.claim_task(task_id=tasks[0].id, by=ada.user, now=NOW + timedelta(hours=72))
    with pytest.raises(NotUrgent):
        standing.pause_urgently(case_id=case.id, code="FRAUD", reason=WHY, by=omar, now=NOW)


def test_an_urgent_pause_wants_a_named_reason(noticed: Make, omar: User) -> None:
    with pytest.raises(InvalidInput):
        standing.pause_urgently(case_id=noticed().id, code="QUALITY", reason=WHY, by=omar, now=NOW)


def test_a_case_that_lost_its_evidence_ends_in_no_pause(noticed: Make, omar: User) -> None:
    case = noticed()
    Case.objects.filter(id=case.id).update(ground_lost_at=NOW)

    with pytest.raises(GroundLost):
        standing.decide_case(case_id=case.id, outcome="PAUSED", reason=WHY, by=omar, now=NOW + WEEK)
    standing.decide_case(case_id=case.id, outcome="NO_ACTION", reason=WHY, by=omar, now=NOW + WEEK)


def test_an_appeal_that_is_won_opens_the_scope_and_takes_back_what_was_found_wrong(
    ada: Expert, olga: User, omar: User, nina: User, noticed: Make, tasks: list[Task]
) -> None:
    claim = work.claim_task(task_id=tasks[0].id, by=ada.user, now=NOW)
    submission = work.submit(claim_id=claim.id, content={"errors": []}, by=ada.user, now=NOW)
    harsh = work.ReviewInput(decision="ACCEPT", scores={"completeness": 0.0})
    review = work.review_submission(submission_id=submission.id, review=harsh, by=olga, now=NOW)
    case = standing.decide_case(case_id=noticed().id, outcome="PAUSED", reason=WHY, by=omar, now=NOW + WEEK)
    standing.appeal_case(case_id=case.id, text="The key was wrong in nine of eleven.", by=ada.user, now=NOW + WEEK)

    with pytest.raises(FourEyesRequired):
        standing.decide_case_appeal(case_id=case.id, outcome="UPHELD", answer=WHY, by=omar, now=NOW + WEEK)
    standing.decide_case_appeal(
        case_id=case.id, outcome="OVERTURNED", answer=WHY, withdrawn=[review.id], by=nina, now=NOW + WEEK
    )

    assert Restriction.objects.get().ended_at == NOW + WEEK
    assert ScopePause.objects.get().ended_at == NOW + WEEK
    assert not Judgment.objects.effective().filter(source_key__startswith=f"review:{review.id}").exists()
    assert work.claim_task(task_id=tasks[1].id, by=ada.user, now=NOW + WEEK).state == Claim.State.ACTIVE


def test_an_unknown_review_is_not_taken_back(paused: Case, ada: Expert, nina: User) -> None:
    standing.appeal_case(case_id=paused.id, text="The key was wrong in nine of eleven.", by=ada.user, now=NOW + WEEK)

    with pytest.raises(InvalidInput):
        standing.decide_case_appeal(
            case_id=paused.id, outcome="OVERTURNED", answer=WHY, withdrawn=[uuid4()], by=nina, now=NOW + WEEK
        )
    assert Restriction.objects.get().ended_at is None


def test_a_late_appeal_is_decided_for_the_worker(paused: Case, ada: Expert, nina: User) -> None:
    standing.appeal_case(case_id=paused.id, text="The key was wrong in nine of eleven.", by=ada.user, now=NOW + WEEK)

    early = standing.decide_late_appeals(now=NOW + 3 * WEEK - timedelta(seconds=1))
    late = standing.decide_late_appeals(now=NOW + 3 * WEEK)

    paused.refresh_from_db()
    assert (early, late) == (0, 1)
    assert (paused.state, paused.appeal_outcome, paused.appeal_by) == ("CLOSED", "OVERTURNED", None)
    assert Restriction.objects.get().ended_at == NOW + 3 * WEEK
    with pytest.raises(IllegalTransition):
        standing.decide_case_appeal(case_id=paused.id, outcome="UPHELD", answer=WHY, by=nina, now=NOW + 3 * WEEK)


def test_an_appeal_comes_within_thirty_days(paused: Case, ada: Expert) -> None:
    with pytest.raises(AppealTooLate):
        standing.appeal_case(
            case_id=paused.id, text="The key was wrong in nine.", by=ada.user, now=NOW + WEEK + timedelta(days=31)
        )


def test_who_took_part_opens_nothing_adverse_while_the_appeal_is_heard(
    paused: Case, noticed: Make, ada: Expert
) -> None:
    standing.appeal_case(case_id=paused.id, text="The key was wrong in nine of eleven.", by=ada.user, now=NOW + WEEK)

    with pytest.raises(AdverseWhileAppealed):
        noticed("COACH")


def test_a_return_ends_the_pause(paused: Case, noticed: Make, nina: User) -> None:
    case = noticed("RESTORE")

    standing.decide_case(case_id=case.id, outcome="RESTORED", reason=WHY, by=nina, now=NOW + 2 * WEEK)

    assert Restriction.objects.get().ended_at == NOW + 2 * WEEK
    assert ScopePause.objects.get().ended_at == NOW + 2 * WEEK


def test_the_numbers_of_the_last_twelve_months(paused: Case, ada: Expert) -> None:
    standing.appeal_case(case_id=paused.id, text="The key was wrong in nine of eleven.", by=ada.user, now=NOW + WEEK)

    numbers = count_cases(now=NOW + WEEK)

    assert (numbers.opened, numbers.paused, numbers.appealed, numbers.overturned) == (1, 1, 1, 0)
    assert count_cases(now=NOW + timedelta(days=366)).opened == 0


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("decided_by_id = opened_by_id, outcome = 'NO_ACTION', state = 'DECIDED'", "case_decided_by_another"),
        ("decided_by_id = worker_id, outcome = 'NO_ACTION', state = 'DECIDED'", "case_decided_by_another"),
        ("decided_by_id = %(omar)s, outcome = 'PAUSED', state = 'DECIDED'", "case_nothing_adverse_before"),
        ("decided_by_id = %(omar)s, outcome = 'PROMOTED', state = 'DECIDED'", "case_outcome_was_proposed"),
        ("state = 'DECIDED'", "case_decided_with_words"),
        ("answer_due_at = notice_at + interval '6 days'", "case_answer_window"),
        ("notice_at = NULL", "case_answer_window"),
        ("tried_text = 'x'", "case_ground_is_fixed"),
    ],
)
def test_the_database_refuses_what_the_commands_refuse(noticed: Make, omar: User, change: str, constraint: str) -> None:
    case = noticed()
    words = ", decided_at = %(now)s, decision_text = 'x'" if "decided_by" in change else ""

    with pytest.raises(DatabaseError, match=constraint), transaction.atomic():
        connection.cursor().execute(
            f"UPDATE marketplace_case SET {change}{words} WHERE id = %(id)s",
            {"omar": omar.pk, "now": NOW, "id": case.id},
        )


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("decided_by_id = %(nina)s", "case_is_decided_once"),
        ("decision_text = 'x'", "case_is_decided_once"),
        (
            "state = 'CLOSED', appeal_outcome = 'UPHELD', appeal_decided_at = %(now)s, appeal_answer = 'x', "
            "appeal_by_id = decided_by_id",
            "case_appeal_heard_by_somebody_uninvolved",
        ),
        (
            "state = 'CLOSED', appeal_outcome = 'UPHELD', appeal_decided_at = appeal_due_at, appeal_answer = 'x'",
            "case_late_appeal_is_won",
        ),
        ("state = 'CLOSED', appeal_outcome = 'OVERTURNED', appeal_answer = 'x'", "case_late_appeal_is_won"),
    ],
)
def test_the_database_refuses_a_second_decision_and_an_appeal_heard_by_who_took_part(
    paused: Case, ada: Expert, nina: User, change: str, constraint: str
) -> None:
    standing.appeal_case(case_id=paused.id, text="The key was wrong in nine of eleven.", by=ada.user, now=NOW + WEEK)

    with pytest.raises(DatabaseError, match=constraint), transaction.atomic():
        connection.cursor().execute(
            f"UPDATE marketplace_case SET {change} WHERE id = %(id)s",
            {"nina": nina.pk, "now": NOW + WEEK, "id": paused.id},
        )


def test_the_database_refuses_an_urgent_pause_beyond_72_hours(ada: Expert) -> None:
    with pytest.raises(DatabaseError, match="restriction_provisional"), transaction.atomic():
        Restriction.objects.create(
            user=ada.user,
            domain="law",
            source_key="case:1",
            reason_text="x",
            is_provisional=True,
            began_at=NOW,
            until_at=NOW + timedelta(hours=73),
        )

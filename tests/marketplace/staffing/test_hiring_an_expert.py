"""From search to engagement."""

from __future__ import annotations

from datetime import timedelta

import pytest

from common.errors import NotPermitted
from common.money import Money
from common.states import IllegalTransition
from marketplace.experts import commands as experts
from marketplace.experts.inputs import LanguageInput
from marketplace.hiring import commands as hiring
from marketplace.hiring.errors import AlreadyApplied
from marketplace.hiring.models import Application
from marketplace.identity.models import Organization, User
from marketplace.projects.errors import OpeningNotFound
from marketplace.projects.models import Project
from marketplace.projects.rules import RequirementInput
from marketplace.staffing import commands as staffing
from marketplace.staffing.errors import AlreadyInvited, CannotBePaid, OfferExpired, SeatsFilled
from marketplace.staffing.models import Engagement, Offer
from marketplace.staffing.queries import funnel, list_matches, matching_openings, why_not
from tests.marketplace import people
from tests.marketplace.people import NOW, START

GERMAN = RequirementInput(kind="LANGUAGE", locale="de-DE", modality="WRITE", language_level="C1")
TRANSLATION = RequirementInput(kind="DOMAIN", node="linguistics/translation", level=3)
LIVES_IN_GERMANY = RequirementInput(kind="COUNTRY", countries=["DE"], is_hard=False, weight=3)
TWENTY_HOURS = RequirementInput(kind="CAPACITY", minutes=1200, is_hard=False, weight=1)


def test_a_match_tells_rule_by_rule_why_and_the_points_add_up(project: Project, olga: User) -> None:
    opening = people.make_opening(project, olga, requirements=(GERMAN, TRANSLATION, LIVES_IN_GERMANY, TWENTY_HOURS))
    ada, chen = people.make_expert("Ada Quispe"), people.make_expert("Chen Wei", residence_country="DE")

    matches = list_matches(opening, now=NOW)

    assert [match.expert_id for match in matches] == [chen.id, ada.id]
    assert [match.evaluation.score for match in matches] == [100.0, 25.0]
    for match in matches:
        assert sum(result.points for result in match.evaluation.results) == pytest.approx(match.evaluation.score)
    failed = [result for result in matches[1].evaluation.results if not result.passed]
    assert [(result.words, result.evidence) for result in failed] == [("Lives in Germany", "lives in Bolivia")]


def test_an_expert_who_fails_a_hard_rule_is_no_match_and_is_told_why(project: Project, olga: User) -> None:
    opening = people.make_opening(project, olga, requirements=(GERMAN,))
    ada = people.make_expert("Ada Quispe")
    experts.set_languages(
        languages=[LanguageInput(locale="es-BO", modality="WRITE", level="NATIVE")], by=ada.user, now=NOW
    )

    verdict = why_not(ada.id, opening, now=NOW)

    assert list_matches(opening, now=NOW) == []
    assert verdict is not None
    assert not verdict.evaluation.is_eligible
    [rule] = verdict.evaluation.results
    assert rule.evidence == "no written German (Germany) on the profile"
    assert rule.fix == "Only German (Germany) or a variety within 0 counts"


def test_a_near_variety_counts_only_as_far_as_the_project_says(project: Project, olga: User) -> None:
    near = RequirementInput(kind="LANGUAGE", locale="de-AT", modality="WRITE", language_level="C1", distance=5)
    far = RequirementInput(kind="LANGUAGE", locale="de-AT", modality="WRITE", language_level="C1", distance=0)
    people.make_expert("Ada Quispe")

    found = list_matches(people.make_opening(project, olga, requirements=(near,)), now=NOW)
    not_found = list_matches(people.make_opening(project, olga, requirements=(far,)), now=NOW)

    assert [match.name for match in found] == ["Ada"]
    assert not_found == []


def test_a_committed_change_of_the_profile_is_in_the_next_search(project: Project, olga: User) -> None:
    opening = people.make_opening(project, olga, requirements=(TRANSLATION,))
    ada = people.make_expert("Ada Quispe")
    assert len(list_matches(opening, now=NOW)) == 1

    experts.set_skills(skills=[], by=ada.user, now=NOW)

    assert list_matches(opening, now=NOW) == []


def test_the_funnel_counts_who_is_left_and_what_each_rule_costs(project: Project, olga: User) -> None:
    opening = people.make_opening(project, olga, requirements=(TRANSLATION, GERMAN))
    people.make_expert("Ada Quispe")
    bola = people.make_expert("Bola Ade")
    experts.set_languages(languages=[LanguageInput(locale="yo", modality="WRITE", level="C1")], by=bola.user, now=NOW)

    steps = funnel(opening)

    assert [(step.left, step.without_it) for step in steps] == [(2, 2), (2, 1), (1, 2)]


def test_an_expert_sees_openings_with_the_rules_that_pass_and_fail(project: Project, olga: User) -> None:
    fits = people.make_opening(project, olga, requirements=(GERMAN,))
    russian = RequirementInput(kind="LANGUAGE", locale="ru", modality="WRITE", language_level="C1")
    fits_not = people.make_opening(project, olga, requirements=(russian,))
    ada = people.make_expert("Ada Quispe")

    pairs = matching_openings(ada, now=NOW)

    assert [(opening.id, evaluation.is_eligible) for opening, evaluation in pairs] == [
        (fits.id, True),
        (fits_not.id, False),
    ]


def test_an_application_leads_through_an_offer_to_an_engagement_on_the_frozen_line(
    project: Project, olga: User
) -> None:
    opening = people.make_opening(project, olga)
    ada = people.make_expert("Ada Quispe")
    application = hiring.apply(opening_id=opening.id, note="I know MQM.", by=ada.user, now=START)
    hiring.shortlist(application_id=application.id, by=olga, now=START)

    engagement = people.hire(opening, ada, olga)

    application.refresh_from_db()
    assert application.state == Application.State.HIRED
    assert engagement.state == Engagement.State.PRODUCTION
    assert engagement.pay_line == people.pay_line_of(opening)
    assert engagement.timezone == "America/La_Paz"
    assert engagement.offer.terms["rate"] == {"amount_minor": 250, "currency": "EUR"}
    assert engagement.offer.terms["words"] == "€2.50 per accepted task, at most 40 h a week"


def test_the_last_seat_goes_to_the_first_who_accepts(project: Project, olga: User) -> None:
    opening = people.make_opening(project, olga, seats=1)
    ada, bola = people.make_expert("Ada Quispe"), people.make_expert("Bola Ade")
    offers = [
        staffing.send_offer(
            opening_id=opening.id,
            offer=staffing.OfferInput(
                expert_id=expert.id,
                pay_line_id=people.pay_line_of(opening).id,
                weekly_cap_minutes=600,
                expires_at=NOW + timedelta(days=1),
            ),
            by=olga,
            now=NOW,
        )
        for expert in (ada, bola)
    ]
    staffing.accept_offer(offer_id=offers[0].id, by=ada.user, now=NOW)

    with pytest.raises(SeatsFilled):
        staffing.accept_offer(offer_id=offers[1].id, by=bola.user, now=NOW)

    assert Offer.objects.get(id=offers[1].id).state == Offer.State.SENT
    assert Engagement.objects.count() == 1


def test_an_offer_cannot_be_accepted_late_by_another_or_twice(project: Project, olga: User) -> None:
    opening = people.make_opening(project, olga)
    ada, bola = people.make_expert("Ada Quispe"), people.make_expert("Bola Ade")
    engagement = people.hire(opening, ada, olga)
    terms = staffing.OfferInput(
        expert_id=bola.id,
        pay_line_id=people.pay_line_of(opening).id,
        weekly_cap_minutes=600,
        expires_at=NOW + timedelta(days=1),
    )
    offer = staffing.send_offer(opening_id=opening.id, offer=terms, by=olga, now=NOW)

    with pytest.raises(IllegalTransition):
        staffing.accept_offer(offer_id=engagement.offer_id, by=ada.user, now=NOW)
    with pytest.raises(OfferExpired):
        staffing.accept_offer(offer_id=offer.id, by=bola.user, now=NOW + timedelta(days=2))
    with pytest.raises(AlreadyInvited):
        staffing.send_offer(opening_id=opening.id, offer=terms, by=olga, now=NOW)
    with pytest.raises(NotPermitted):
        staffing.accept_offer(offer_id=offer.id, by=olga, now=NOW)

    assert Engagement.objects.count() == 1


def test_nobody_applies_twice_and_a_rejection_is_read_with_its_reason(project: Project, olga: User) -> None:
    opening = people.make_opening(project, olga)
    ada = people.make_expert("Ada Quispe")
    application = hiring.apply(opening_id=opening.id, note="", by=ada.user, now=NOW)

    with pytest.raises(AlreadyApplied):
        hiring.apply(opening_id=opening.id, note="again", by=ada.user, now=NOW)
    hiring.reject(
        application_id=application.id, reason_code="EVIDENCE", reason_text="No sample was given.", by=olga, now=NOW
    )

    application.refresh_from_db()
    assert (application.state, application.reason_text) == ("REJECTED", "No sample was given.")


def test_another_organization_finds_neither_opening_nor_application(
    project: Project, olga: User, acme: Organization
) -> None:
    opening = people.make_opening(project, olga)
    mallory = people.make_user("Mallory Rival")
    people.make_organization(mallory, "Rival")
    ada = people.make_expert("Ada Quispe")
    application = hiring.apply(opening_id=opening.id, note="", by=ada.user, now=NOW)

    with pytest.raises(OpeningNotFound):
        staffing.invite(
            opening_id=opening.id,
            expert_ids=[ada.id],
            message="",
            expires_at=NOW + timedelta(days=1),
            by=mallory,
            now=NOW,
        )
    with pytest.raises(Exception, match="There is no such application"):
        hiring.shortlist(application_id=application.id, by=mallory, now=NOW)

    assert Application.objects.get().state == Application.State.SUBMITTED


def test_money_of_a_rate_line_is_never_rewritten(project: Project, olga: User) -> None:
    from django.db import InternalError, connection  # noqa: PLC0415
    from django.db.utils import IntegrityError  # noqa: PLC0415

    opening = people.make_opening(project, olga, rate=Money(300, "EUR"))
    line = people.pay_line_of(opening)

    with pytest.raises((InternalError, IntegrityError), match="immutable"), connection.cursor() as cursor:
        cursor.execute("UPDATE marketplace_rateline SET amount_minor = 1 WHERE id = %s", [line.id])


def test_nobody_is_offered_work_who_cannot_be_paid_for_it(project: Project, olga: User) -> None:
    opening = people.make_opening(project, olga)
    lucia = people.make_expert("Lucia Mamani", bank_country="BO")

    with pytest.raises(CannotBePaid, match="bank in Bolivia cannot be paid yet"):
        people.hire(opening, lucia, olga)

    assert not Offer.objects.exists()

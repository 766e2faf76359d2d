"""What the night proposes, what lapses, and what the database refuses whoever asks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, transaction

from common import permissions
from common.errors import InvalidInput, NotPermitted
from common.models import OutboxEvent
from marketplace.models import User
from quality.errors import ProposalNotFound, ProposalNotOpen
from quality.estimates.commands import retire_gold
from quality.facade import (
    RetirementReason,
    ScopeCodes,
    begin_pause,
    end_pause,
    propose,
    refit,
    set_bars,
    settle_proposal,
    take_up_proposal,
    turn_down_proposal,
)
from quality.models import GoldItem, Proposal
from tests.factories.quality import LAW, NOW, MakeWorker, give_gold

LATER = NOW + timedelta(days=1)
MEDICINE = ScopeCodes("medicine", "es-BO", "rubric")


@pytest.fixture
def olu(person: MakeWorker, monkeypatch: pytest.MonkeyPatch) -> User:
    """Olu, who may do everything to everybody's proposals."""
    olu = person("Olu")

    def answer(user: Any, code: str, tenant: UUID | None) -> bool:
        return bool(user.pk == olu.pk)

    monkeypatch.setattr(permissions, "_grant_providers", [answer])
    return olu


@pytest.fixture
def ada(person: MakeWorker) -> User:
    """Ada found 15 of 60 planted errors; Bola and Chen found 56 of 60 each."""
    for name, found in (("Ada", 15), ("Bola", 56), ("Chen", 56)):
        give_gold(person(name).id, found=found, missed=60 - found)
    refit(now=NOW)
    return person("Ada")


def only() -> Proposal:
    return Proposal.objects.get(settled_at__isnull=True)


def test_a_worker_surely_below_the_bar_is_proposed_for_a_pause_with_all_it_rests_on(ada: User) -> None:
    done = propose(now=NOW)

    row = only()
    assert (done.proposed, done.lapsed, done.lost_ground) == (1, 0, 0)
    assert (row.worker, row.scope.codes, row.kind, row.state, row.bar) == (ada, LAW, "PAUSE", "OPEN", 0.8)
    assert [check["passes"] for check in row.evidence["checks"]] == [True, True, True]
    assert row.evidence["checks"][2]["value"] == 60
    parts = sum(line["delta"] for line in row.evidence["why"])
    assert row.evidence["prior"] + parts == pytest.approx(row.evidence["score"], abs=1e-9)
    assert OutboxEvent.objects.get(name="quality.proposal.made").payload["proposal_id"] == str(row.id)


def test_what_a_proposal_rests_on_names_no_planted_item_and_no_person(ada: User) -> None:
    propose(now=NOW)

    words = str(only().evidence)
    assert "task:" not in words
    assert str(ada.id) not in words


def test_proposing_again_at_once_changes_nothing(ada: User) -> None:
    propose(now=NOW)

    again = propose(now=LATER)

    assert (again.proposed, again.lapsed) == (0, 0)
    assert Proposal.objects.count() == 1


def test_without_any_fit_nothing_is_proposed(person: MakeWorker) -> None:
    assert propose(now=NOW).proposed == 0


def test_a_withdrawn_key_makes_the_open_proposal_lapse(ada: User) -> None:
    propose(now=NOW)
    for key in GoldItem.objects.filter(exposures__worker=ada, exposures__found=False).values_list(
        "source_key", flat=True
    ):
        retire_gold(gold_key=key, reason=RetirementReason.WRONG_KEY, now=LATER)

    done = propose(now=LATER)

    row = Proposal.objects.get(kind="PAUSE")
    assert done.lapsed == 1
    assert (row.state, row.settled_at, row.closed_by) == ("LAPSED", LATER, None)
    assert OutboxEvent.objects.filter(name="quality.proposal.lapsed").count() == 1


def test_a_case_whose_evidence_was_withdrawn_is_told_once(ada: User, olu: User) -> None:
    propose(now=NOW)
    take_up_proposal(proposal_id=only().id, by=olu, now=NOW)
    for key in GoldItem.objects.filter(exposures__worker=ada, exposures__found=False).values_list(
        "source_key", flat=True
    ):
        retire_gold(gold_key=key, reason=RetirementReason.WRONG_KEY, now=LATER)

    first, second = propose(now=LATER), propose(now=LATER)

    assert (first.lost_ground, second.lost_ground) == (1, 0)
    assert (only().state, only().ground_lost_at) == ("TAKEN_UP", LATER)


def test_what_a_person_turned_down_is_proposed_again_only_after_thirty_days(ada: User, olu: User) -> None:
    propose(now=NOW)
    turn_down_proposal(proposal_id=only().id, reason="Ill for a month.", by=olu, now=NOW)

    assert propose(now=NOW + timedelta(days=29)).proposed == 0
    assert propose(now=NOW + timedelta(days=31)).proposed == 1


def test_a_proposal_is_turned_down_once(ada: User, olu: User) -> None:
    propose(now=NOW)
    row = only()
    turn_down_proposal(proposal_id=row.id, reason="Ill for a month.", by=olu, now=NOW)

    with pytest.raises(ProposalNotOpen):
        take_up_proposal(proposal_id=row.id, by=olu, now=NOW)
    with pytest.raises(ProposalNotFound):
        settle_proposal(proposal_id=row.id, now=NOW)


def test_a_turn_down_wants_words(ada: User, olu: User) -> None:
    propose(now=NOW)

    with pytest.raises(InvalidInput):
        turn_down_proposal(proposal_id=only().id, reason="  ", by=olu, now=NOW)
    assert only().state == "OPEN"


def test_the_worker_never_closes_a_proposal_about_themselves(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    propose(now=NOW)
    monkeypatch.setattr(permissions, "_grant_providers", [lambda user, code, tenant: True])

    with pytest.raises(ProposalNotFound):
        turn_down_proposal(proposal_id=only().id, reason="I am good.", by=ada, now=NOW)


def test_who_is_paused_is_proposed_for_a_return_after_ten_new_strong_answers(ada: User) -> None:
    begin_pause(worker_id=ada.id, scope=LAW, source_key="case:1", now=NOW)
    assert propose(now=NOW).proposed == 0

    give_gold(ada.id, found=400, missed=0, at=LATER)
    propose(now=LATER)

    assert only().kind == "RESTORE"


def test_a_pause_that_lost_its_evidence_needs_no_new_answer_for_a_return(ada: User) -> None:
    begin_pause(worker_id=ada.id, scope=LAW, source_key="case:1", now=NOW)
    for key in GoldItem.objects.filter(exposures__worker=ada, exposures__found=False).values_list(
        "source_key", flat=True
    ):
        retire_gold(gold_key=key, reason=RetirementReason.WRONG_KEY, now=LATER)

    propose(now=LATER)

    assert (only().kind, only().evidence["checks"][0]["words"]) == ("RESTORE", "The pause could not be proposed today")


def test_after_the_pause_is_over_the_other_gates_count_again(ada: User) -> None:
    begin_pause(worker_id=ada.id, scope=LAW, source_key="case:1", now=NOW)
    end_pause(source_key="case:1", now=LATER)

    propose(now=LATER)

    assert only().kind == "PAUSE"


def test_a_fall_is_answered_with_coaching(person: MakeWorker) -> None:
    give_gold(person("Ada").id, found=190, missed=10, at=NOW)
    give_gold(person("Bola").id, found=190, missed=10, at=NOW)
    refit(now=NOW)
    fallen = NOW + timedelta(days=90)
    give_gold(person("Ada").id, found=20, missed=12, at=fallen)

    propose(now=fallen)

    row = Proposal.objects.get(worker=person("Ada"))
    assert (row.kind, row.evidence["is_falling"]) == ("COACH", True)
    assert not Proposal.objects.filter(worker=person("Bola"), kind="COACH").exists()


def test_a_narrower_scope_follows_the_bar_of_the_wider_one(ada: User, olu: User) -> None:
    set_bars(scope=ScopeCodes("law/tax"), bar=0.1, promote_bar=0.99, reason="Hard work.", by=olu, now=NOW)

    assert propose(now=NOW).proposed == 0


def test_an_open_proposal_lapses_when_a_person_lowers_the_bar(ada: User, olu: User) -> None:
    propose(now=NOW)
    set_bars(scope=LAW, bar=0.1, promote_bar=0.99, reason="Hard work.", by=olu, now=LATER)

    assert propose(now=LATER).lapsed == 1


@pytest.mark.parametrize(("bar", "promote_bar"), [(0.9, 0.8), (0.0, 0.5), (0.5, 1.0), (float("nan"), 0.9)])
def test_bars_in_no_order_are_refused(olu: User, bar: float, promote_bar: float) -> None:
    with pytest.raises(InvalidInput):
        set_bars(scope=LAW, bar=bar, promote_bar=promote_bar, reason="Why not.", by=olu, now=NOW)


def test_bars_are_set_by_those_who_may(ada: User) -> None:
    with pytest.raises(NotPermitted):
        set_bars(scope=LAW, bar=0.5, promote_bar=0.9, reason="For me.", by=ada, now=NOW)


@pytest.mark.parametrize(
    "change",
    [
        "kind = 'COACH'",
        "evidence = '{}'",
        "state = 'LAPSED'",
        "state = 'TURNED_DOWN', closed_at = now(), settled_at = now(), reason_text = 'no'",
        "state = 'TAKEN_UP', closed_at = now(), closed_by_id = worker_id",
    ],
)
def test_the_database_refuses_to_change_what_a_proposal_rests_on_or_to_close_it_without_a_person(
    ada: User, change: str
) -> None:
    propose(now=NOW)

    with pytest.raises(DatabaseError, match=r"proposal|Cannot"), transaction.atomic():
        connection.cursor().execute(f"UPDATE quality_proposal SET {change}")
    assert only().state == "OPEN"


def test_the_database_refuses_a_second_unsettled_proposal_of_a_worker_and_scope(ada: User) -> None:
    propose(now=NOW)
    row = only()
    row.pk = UUID(int=1)

    with pytest.raises(IntegrityError, match="proposal_one_unsettled"), transaction.atomic():
        row.save(force_insert=True)


def test_the_command_proposes(ada: User, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("quality", "propose", "--json")

    assert capsys.readouterr().out.strip() == '{"proposed": 1, "lapsed": 0, "lost_ground": 0}'

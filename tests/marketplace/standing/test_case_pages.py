"""A case from the proposal to the won appeal, on pages: each person sees what is theirs to do."""

from __future__ import annotations

from datetime import timedelta

from django.test import Client

from common import clock, events
from marketplace.experts.models import Expert, Restriction
from marketplace.identity.models import PlatformGrant, User
from marketplace.notifications.models import Notice
from marketplace.projects.models import Project
from marketplace.standing.models import Case
from quality.facade import ScopeCodes, propose, refit
from quality.models import Proposal
from tests.factories.quality import give_gold
from tests.marketplace import people
from tests.marketplace.people import NOW

SCOPE = ScopeCodes("linguistics/translation", "de-DE", "rubric")
WORDS = "Feedback on 30 October and on 3 November, each with three examples of missed errors."


def browse(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def operator(name: str) -> User:
    user = people.make_user(name)
    PlatformGrant.objects.create(user=user, role="OPERATOR", granted_by=None, granted_at=people.START)
    return user


def test_a_proposal_becomes_a_pause_that_an_appeal_ends(project: Project, olga: User) -> None:
    ada: Expert = people.make_expert("Ada Quispe")
    people.hire(people.make_opening(project, olga), ada, olga)
    omar, nina = operator("Omar Operator"), operator("Nina Next")
    with clock.at(NOW):
        for user, found in ((ada.user, 15), (olga, 56), (omar, 56)):
            give_gold(user.id, found=found, missed=60 - found, scope=SCOPE, at=NOW)
        refit(now=NOW)
        propose(now=NOW)
        proposal = Proposal.objects.get(worker=ada.user)
        listed = browse(olga).get("/cases/").content.decode()
        shown = browse(olga).get(f"/cases/proposals/{proposal.id}/").content.decode()
        opened = browse(olga).post(f"/cases/proposals/{proposal.id}/", {"do": "take_up", "tried": WORDS})
        case = Case.objects.get()
        events.deliver_due(now=NOW)
        read = browse(ada.user).get(f"/cases/{case.id}/").content.decode()
        browse(ada.user).post(f"/cases/{case.id}/", {"do": "extend"})
        browse(ada.user).post(f"/cases/{case.id}/", {"do": "answer", "text": "The guidelines changed."})
        refused = browse(olga).post(f"/cases/{case.id}/", {"do": "decide", "outcome": "PAUSED", "reason": WORDS})
        browse(omar).post(f"/cases/{case.id}/", {"do": "decide", "outcome": "PAUSED", "reason": WORDS})
        events.deliver_due(now=NOW)

        taken = browse(olga).get(f"/cases/proposals/{proposal.id}/").content.decode()
        by_operator = browse(omar).get(f"/cases/proposals/{proposal.id}/").content.decode()

    assert f"/cases/proposals/{proposal.id}/" in listed
    assert "Ada Quispe" in listed
    assert f"/board/quality/{ada.user_id}/?domain=linguistics/translation" in shown
    assert f"/cases/{case.id}/" in taken
    assert "/board/quality/" + str(ada.user_id) not in by_operator
    assert shown.count("Met") >= 3
    assert opened.status_code == 302
    assert "Your answer is open" in read
    assert "Olga" not in read
    assert refused.status_code == 200
    assert Restriction.objects.get().ended_at is None

    with clock.at(NOW + timedelta(days=1)):
        paused = browse(ada.user).get("/standing/").content.decode()
        browse(ada.user).post(f"/cases/{case.id}/", {"do": "appeal", "text": "Nine of eleven keys were wrong."})
        events.deliver_due(now=clock.now())
        browse(nina).post(f"/cases/{case.id}/", {"do": "hear", "outcome": "OVERTURNED", "answer": WORDS})
        events.deliver_due(now=clock.now())
        after = browse(ada.user).get("/standing/").content.decode()

    case.refresh_from_db()
    assert (case.state, case.appeal_outcome, case.appeal_by) == ("CLOSED", "OVERTURNED", nina)
    assert "Paused in a scope" in paused
    assert "Nothing is closed to you." in after
    assert list(
        Notice.objects.filter(user=ada.user, kind__startswith="case.").order_by("id").values_list("kind", flat=True)
    ) == [
        "case.opened",
        "case.decided",
        "case.appeal_decided",
    ]
    assert Notice.objects.filter(kind="case.appealed").values_list("user_id", flat=True).get() == nina.pk

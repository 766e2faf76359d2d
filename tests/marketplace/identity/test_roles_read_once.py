"""A request that reads asks once what its viewer holds; the next one asks again."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common import clock
from common.permissions import has_grant, reading_once
from marketplace.identity.commands import end_membership
from marketplace.identity.models import Organization, PlatformGrant, User
from tests.marketplace.clients import client_of
from tests.marketplace.people import NOW, add_member, make_expert, make_project

pytestmark = pytest.mark.django_db

PROJECTS = "/api/v1/projects/"


def test_a_list_of_projects_reads_roles_once_and_the_page_once(acme: Organization, olga: User) -> None:
    for code in ("mqm", "law", "audio"):
        make_project(acme, olga, code=code)
    client = client_of(olga)

    with CaptureQueriesContext(connection) as read:
        answer = client.get(PROJECTS)

    assert len(answer.json()["results"]) == 3
    assert len(read) == 2


def test_a_role_that_ends_counts_no_more_from_the_next_request_on(acme: Organization, olga: User) -> None:
    make_project(acme, olga)
    rita = add_member(acme, olga, "Rita", "REVIEWER")
    client = client_of(rita)
    before = client.get(PROJECTS).json()["results"]

    membership = rita.memberships.get()
    end_membership(organization_id=acme.id, membership_id=membership.id, by=olga, now=NOW)
    after = client.get(PROJECTS).json()["results"]

    assert (len(before), len(after)) == (1, 0)


def test_outside_of_a_reading_request_each_question_is_read_anew(acme: Organization, olga: User) -> None:
    assert not has_grant(olga, "operate")

    PlatformGrant.objects.create(user=olga, role="OPERATOR", granted_by=None, granted_at=NOW)

    assert has_grant(olga, "operate")
    with reading_once():
        PlatformGrant.objects.filter(user=olga).update(revoked_at=NOW)
        assert not has_grant(olga, "operate")


def test_a_finance_approver_of_today_does_not_count_yet(olga: User) -> None:

    PlatformGrant.objects.create(user=olga, role="FINANCE_APPROVER", granted_by=None, granted_at=clock.now())

    assert not has_grant(olga, "finance.approve")


def test_an_experts_rights_hold_in_no_organization(acme: Organization) -> None:
    ada = make_expert("Ada Quispe")

    assert has_grant(ada.user, "work.do")
    assert not has_grant(ada.user, "work.do", tenant=acme.id)

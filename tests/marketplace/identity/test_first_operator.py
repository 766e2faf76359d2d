"""The first operator comes from the command line."""

import pytest
from django.core.management import CommandError, call_command

from common.permissions import has_grant
from tests.marketplace import people


@pytest.mark.django_db
def test_a_registered_person_becomes_an_operator_once() -> None:
    oscar = people.make_user("Oscar Vidal")

    call_command("grant_role", "oscar.vidal@example.org")

    assert has_grant(oscar, "roles.grant")
    assert not has_grant(oscar, "finance.approve")
    with pytest.raises(CommandError, match="holds this role already"):
        call_command("grant_role", "oscar.vidal@example.org")
    with pytest.raises(CommandError, match="Nobody is registered"):
        call_command("grant_role", "nobody@example.org")

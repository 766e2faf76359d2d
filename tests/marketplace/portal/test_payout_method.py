"""How experts set up by pages how they are paid: our form, the provider's form, and the way back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client

from common import clock
from marketplace.experts.models import Expert
from marketplace.identity.models import User
from payouts.payees.models import Payee
from payouts.rails import registry
from payouts.sandbox.core import Request
from payouts.sandbox.errors import ConnectionDropped
from tests.marketplace import people
from tests.payouts.support.story import Story
from tests.payouts.support.transport import hosted_form

PAGE = "/payout-method/"
FACTS = {"legal_name": "Ada Quispe", "country": "DE", "currency": "EUR"}


@pytest.fixture
def story(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Story]:
    made = Story()
    monkeypatch.setitem(registry._rails, "connect", made.rail)
    with clock.at(made.now):
        yield made


@pytest.fixture
def ada(catalogue: None) -> Expert:
    return people.make_expert("Ada Quispe")


@pytest.fixture
def client(ada: Expert) -> Client:
    client = Client()
    client.force_login(ada.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_an_expert_becomes_payable_by_two_pages(client: Client, story: Story) -> None:
    empty = client.get(PAGE).content.decode()
    client.post(PAGE, FACTS)
    gone = client.get(f"{PAGE}bank/")
    hosted_form(story.sandbox, gone["Location"], account_number="DE89370400440532013000")
    back = client.get(f"{PAGE}bank/back/", follow=True).content.decode()

    assert "Enter your bank details" not in empty
    assert gone.status_code == 302
    assert "You can be paid to •••• 3000 from now on." in back
    assert Payee.objects.get().state == "ACTIVE"
    assert "Change how you are paid" in client.get("/earnings/").content.decode()


def test_the_first_form_knows_the_name_and_country_of_the_profile(client: Client, story: Story) -> None:
    form = client.get(PAGE).context["form"]

    assert form.initial == {"legal_name": "Ada Quispe", "country": "DE", "currency": ""}


@pytest.mark.parametrize(
    "fields", [{"country": "BO"}, {"currency": "BOB"}, {"currency": ""}, {"legal_name": "\u2067"}, {"rail": "connect"}]
)
def test_what_cannot_be_paid_is_refused_at_the_form(client: Client, story: Story, fields: dict[str, str]) -> None:
    answer = client.post(PAGE, FACTS | fields)

    assert answer.status_code == 422
    assert not Payee.objects.exists()


def test_once_the_provider_has_an_account_only_the_name_can_be_changed(client: Client, story: Story) -> None:
    client.post(PAGE, FACTS)
    client.get(f"{PAGE}bank/")

    answer = client.post(PAGE, {"legal_name": "Ada Obi", "country": "FR", "currency": "CHF"})

    payee = Payee.objects.get()
    assert answer.status_code == 302
    assert (payee.legal_name, payee.country, payee.currency) == ("Ada Obi", "DE", "EUR")


def test_a_form_left_half_way_says_what_is_missing(client: Client, story: Story) -> None:
    client.post(PAGE, FACTS)
    client.get(f"{PAGE}bank/")

    page = client.get(f"{PAGE}bank/back/", follow=True).content.decode()

    assert "Enter your bank details to be paid." in page
    assert Payee.objects.get().state == "COLLECTING"


@pytest.mark.parametrize("path", [f"{PAGE}bank/", f"{PAGE}bank/back/"])
def test_a_provider_that_does_not_answer_is_told_on_the_page(client: Client, story: Story, path: str) -> None:
    client.post(PAGE, FACTS)
    client.get(f"{PAGE}bank/")

    def drop(point: str, request: Request) -> None:
        raise ConnectionDropped

    story.sandbox.hook = drop
    page = client.get(path, follow=True)

    assert page.redirect_chain == [(PAGE, 302)]
    assert "does not answer" in page.content.decode()


def test_the_banks_page_is_not_there_before_the_first_step(client: Client, story: Story) -> None:
    assert client.get(f"{PAGE}bank/").status_code == 404
    assert client.get(f"{PAGE}bank/back/").status_code == 404


def test_who_is_no_expert_has_no_payout_method(story: Story, olga: User) -> None:
    client = Client()
    client.force_login(olga, backend="django.contrib.auth.backends.ModelBackend")

    assert [client.get(f"{PAGE}{rest}").status_code for rest in ("", "bank/", "bank/back/")] == [403] * 3


def test_what_the_provider_still_asks_for_is_told_in_sentences(client: Client, story: Story, ada: Expert) -> None:
    client.post(PAGE, FACTS)
    Payee.objects.update(requirements=["individual.verification.document", "individual.tax_residence"])

    shown = client.get(PAGE).content.decode()

    assert "Upload a passport or an identity card." in shown
    assert "Complete at our payment provider: tax residence." in shown

"""How the provider's codes are told as sentences."""

from __future__ import annotations

import pytest

from payouts.payees.requirements import explain_requirement, explain_requirements


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("external_account", "Enter your bank account."),
        ("configuration.recipient.default_outbound_destination", "Enter your bank account."),
        ("individual.dob.day", "Enter your date of birth."),
        ("identity.individual.date_of_birth", "Enter your date of birth."),
        ("person_1AbC.first_name", "Enter your legal first name."),
        ("individual.address.country", "Enter your home address."),
        ("company.address.line1", "Enter your company's address."),
        ("identity.business_details.registered_name", "Enter your company's legal name."),
        ("individual.verification.additional_document", "Upload a document that shows your address."),
        (
            "identity.individual.documents.primary_verification.front_back",
            "Upload a passport or an identity card.",
        ),
        ("tos_acceptance.ip", "Accept the payment provider's terms."),
        ("identity.attestations.terms_of_service.account.date", "Accept the payment provider's terms."),
    ],
)
def test_a_known_code_of_either_version_is_a_sentence(code: str, sentence: str) -> None:
    assert explain_requirement(code) == sentence


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("individual.tax_residence.year", "Complete at our payment provider: tax residence, year."),
        ("person_1AbC.relationship.title", "Complete at our payment provider: title."),
        ("identity.individual", "Complete at our payment provider: what it asks for."),
        ("", "Complete at our payment provider: what it asks for."),
    ],
)
def test_an_unknown_code_is_told_in_its_own_words(code: str, sentence: str) -> None:
    assert explain_requirement(code) == sentence


def test_codes_that_ask_for_the_same_thing_are_one_sentence() -> None:
    told = explain_requirements(["individual.dob.day", "external_account", "individual.dob.month"])

    assert told == ["Enter your date of birth.", "Enter your bank account."]

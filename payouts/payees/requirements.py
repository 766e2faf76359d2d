"""What the provider still asks for, in words for the person who gives it: pure.

Source: https://docs.stripe.com/connect/required-verification-information (names of v1, ``individual.dob.day``) and the
requirements of an account of v2 (``identity.individual.date_of_birth``); both are paths, so the same words serve both.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

#: Parts of a path that say whose the field is or how it is filed, not what it is.
_FRAMES: Final = frozenset(
    ["identity", "individual", "representative", "relationship", "owners", "directors", "verification", "documents"]
)
_COMPANY: Final = frozenset({"company", "business_details"})

_PERSON_WORDS: Final = {
    "first_name": "Enter your legal first name.",
    "given_name": "Enter your legal first name.",
    "last_name": "Enter your legal last name.",
    "surname": "Enter your legal last name.",
    "dob": "Enter your date of birth.",
    "date_of_birth": "Enter your date of birth.",
    "address": "Enter your home address.",
    "email": "Enter your e-mail address.",
    "phone": "Enter your phone number.",
    "nationality": "Enter your nationality.",
    "nationalities": "Enter your nationality.",
    "political_exposure": "Say whether you hold a public office.",
    "id_number": "Enter your national identification or tax number.",
    "id_numbers": "Enter your national identification or tax number.",
    "ssn_last_4": "Enter the last four digits of your Social Security number.",
    "document": "Upload a passport or an identity card.",
    "primary_verification": "Upload a passport or an identity card.",
    "additional_document": "Upload a document that shows your address.",
    "secondary_verification": "Upload a document that shows your address.",
    "proof_of_liveness": "Show with your camera that it is you.",
}
_COMPANY_WORDS: Final = {
    "name": "Enter your company's legal name.",
    "registered_name": "Enter your company's legal name.",
    "address": "Enter your company's address.",
    "phone": "Enter your company's phone number.",
    "tax_id": "Enter your company's tax number.",
    "id_numbers": "Enter your company's tax number.",
    "document": "Upload a document that proves your company's registration.",
    "primary_verification": "Upload a document that proves your company's registration.",
}
_ACCOUNT_WORDS: Final = {
    "external_account": "Enter your bank account.",
    "bank_account": "Enter your bank account.",
    "default_outbound_destination": "Enter your bank account.",
    "outbound_destination": "Enter your bank account.",
    "tos_acceptance": "Accept the payment provider's terms.",
    "terms_of_service": "Accept the payment provider's terms.",
    "business_type": "Say whether you work as a person or a company.",
    "entity_type": "Say whether you work as a person or a company.",
    "country": "Say which country you are paid in.",
    "mcc": "Say what line of work you are in.",
    "product_description": "Describe what you do.",
    "url": "Enter your website, or describe what you do.",
}


def explain_requirement(code: str) -> str:
    """Return the sentence for one of the provider's codes; a code that is not known is told in its own words."""
    parts = [part for part in code.split(".") if part]
    is_company = not _COMPANY.isdisjoint(parts)
    words = _ACCOUNT_WORDS | (_COMPANY_WORDS if is_company else _PERSON_WORDS)
    for part in parts:
        if part in words:
            return words[part]
    named = [part.replace("_", " ") for part in parts if part not in _FRAMES and not part.startswith("person_")]
    return f"Complete at our payment provider: {', '.join(named) or 'what it asks for'}."


def explain_requirements(codes: Iterable[str]) -> list[str]:
    """Return one sentence for each thing to do, in the provider's order; codes that ask for the same are one."""
    return list(dict.fromkeys(explain_requirement(code) for code in codes))

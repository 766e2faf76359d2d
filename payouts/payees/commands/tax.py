"""Tax forms: an expert submits one, a person of finance accepts or rejects it with words; nothing is overwritten."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from common import audit
from common.codes import check_country
from common.errors import Conflict, FieldProblem, FourEyesRequired, InvalidInput
from common.permissions import require_grant
from common.text import clean_name
from payouts.payees.commands.holds import place
from payouts.payees.errors import UnknownPayee, UnknownTaxForm
from payouts.payees.models import Payee, PayeeHold, TaxForm
from payouts.payees.taxation import US_FORM, expires_on, hash_tin

#: A taxpayer number has 9 digits in the United States and at most so many signs elsewhere.
_US_DIGITS, _MOST_SIGNS = 9, 30
_WHOLE_BPS = 10_000


def submit_tax_form(
    *,
    worker_id: UUID,
    form: str,
    legal_name: str,
    tax_country: str,
    tin: str,
    works_in_us: bool,
    signed_on: date,
    by: Any,
    now: datetime,
    treaty_country: str = "",
    treaty_bps: int | None = None,
) -> TaxForm:
    """Keep a signed form as its expert's next version. Of the taxpayer number the last four signs and a keyed hash stay.

    Until a person has accepted it, the version that counted before counts on.

    Raises:
        UnknownPayee: nothing was said yet on how one is paid, or ``by`` is somebody else.
        InvalidInput: it names each field that cannot be.
    """
    with transaction.atomic():
        payee = Payee.objects.select_for_update(no_key=True).filter(worker_id=worker_id).first()
        if payee is None or by.pk != worker_id:
            raise UnknownPayee("Say first how you want to be paid.")
        signs = "".join(c for c in tin if c.isalnum())
        _check(form, legal_name, tax_country, signs, works_in_us, signed_on, treaty_country, treaty_bps, now)
        last = TaxForm.objects.filter(worker_id=worker_id).order_by("-version").first()
        row = TaxForm.objects.create(
            worker_id=worker_id,
            version=last.version + 1 if last else 1,
            form=form,
            legal_name=clean_name(legal_name),
            tax_country=tax_country,
            tin_last4=signs[-4:],
            tin_hash=hash_tin(signs, settings.TAX_ID_KEY) if signs else "",
            works_in_us=works_in_us,
            treaty_country=treaty_country,
            treaty_bps=treaty_bps,
            signed_on=signed_on,
            expires_on=expires_on(form, signed_on),
            submitted_at=now,
        )
        audit.record(action="taxform.submitted", target=row, by=by.pk, now=now)
    _hold_same_tin(row, now)
    return row


def review_tax_form(*, form_id: UUID, accept: bool, review_text: str, by: Any, now: datetime) -> TaxForm:
    """Accept or reject a form, with words; a rejected one counts for nothing.

    Raises:
        NotPermitted: ``by`` does not approve. FourEyesRequired: it is their own.
        InvalidInput: no words. Conflict: it was reviewed. UnknownTaxForm
    """
    require_grant(by, "finance.approve")
    with transaction.atomic():
        row = TaxForm.objects.visible_to(by).select_for_update(of=("self",)).filter(id=form_id).first()
        if row is None:
            raise UnknownTaxForm
        if row.worker_id == by.pk:
            raise FourEyesRequired("This is your own form; another person reviews it.")
        if row.state != TaxForm.State.SUBMITTED:
            raise Conflict("This form was reviewed.")
        if not 0 < len(review_text.strip()) <= 2000:
            raise InvalidInput.of("/review_text", "Write 1 to 2000 characters.")
        row.state = TaxForm.State.VALID if accept else TaxForm.State.REJECTED
        row.reviewed_by, row.reviewed_at, row.review_text = by, now, review_text.strip()
        row.save(update_fields=["state", "reviewed_by", "reviewed_at", "review_text"])
        audit.record(action=f"taxform.{row.state.lower()}", target=row, by=by.pk, now=now, reason_text=row.review_text)
        return row


def _check(
    form: str,
    legal_name: str,
    tax_country: str,
    signs: str,
    works_in_us: bool,
    signed_on: date,
    treaty_country: str,
    treaty_bps: int | None,
    now: datetime,
) -> None:
    is_us = form == US_FORM
    has_treaty = bool(treaty_country) or treaty_bps is not None
    last_day = expires_on(form, signed_on)
    us_number = signs.isascii() and signs.isdigit() and len(signs) == _US_DIGITS
    wrong = (
        ("form", form not in TaxForm.Form.values, "There is no such form."),
        ("legal_name", _is_wrong(clean_name, legal_name), "Write your legal name."),
        ("tax_country", _is_wrong(check_country, tax_country), "Write an ISO 3166 country code."),
        ("tax_country", is_us and tax_country != "US", "Form W-9 is for persons of the United States."),
        ("tax_country", not is_us and tax_country == "US", "Residents of the United States submit Form W-9."),
        ("tin", bool(signs) and is_us and not us_number, "A taxpayer number has nine digits."),
        (
            "tin",
            bool(signs) and not (4 <= len(signs) <= _MOST_SIGNS and signs.isascii()),
            "Write 4 to 30 letters and digits.",
        ),
        (
            "treaty_country",
            has_treaty and (not treaty_country or treaty_bps is None),
            "Write treaty country and rate both.",
        ),
        (
            "treaty_country",
            has_treaty and (is_us or treaty_country != tax_country),
            "A treaty is that of your tax country.",
        ),
        ("treaty_bps", treaty_bps is not None and not 0 <= treaty_bps < 3000, "The rate is from 0 to less than 30 %."),
        ("signed_on", signed_on > now.date(), "This day has not come."),
        ("signed_on", last_day is not None and last_day < now.date(), "This form has run out; sign a new one."),
    )
    problems = [FieldProblem(f"/{field}", "invalid", detail) for field, is_wrong, detail in wrong if is_wrong]
    if problems:
        raise InvalidInput(problems[0].detail, problems)


def _is_wrong(check: Any, value: str) -> bool:
    try:
        check(value)
    except ValueError:
        return True
    return False


def _hold_same_tin(row: TaxForm, now: datetime) -> None:
    """Hold every payee who uses this taxpayer number, once for each pair."""
    if not row.tin_hash:
        return
    with transaction.atomic():
        users = TaxForm.objects.filter(tin_hash=row.tin_hash).exclude(state=TaxForm.State.REJECTED).values("worker_id")
        payees = list(Payee.objects.select_for_update(no_key=True).filter(worker_id__in=users).order_by("worker_id"))
        for payee in payees:
            for other in payees:
                if payee is not other:
                    place(
                        payee,
                        PayeeHold.Kind.DUPLICATE_TAX_ID,
                        subject=f"{row.tin_hash}:{other.worker_id}",
                        facts={"same_taxpayer_number_as": str(other.id)},
                        now=now,
                    )

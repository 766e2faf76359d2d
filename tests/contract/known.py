"""Values that mean something in the world, by the name of the parameter or field that takes them.

Values made up from the document alone are almost never an id that exists, a currency or a moment of this year, and
would all end in the same refusal. Each name here is drawn from often, and as often left to what was made up.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Model
from knox.models import AuthToken

from common import clock
from marketplace.erasure.models import ErasureRequest
from marketplace.experts.models import Credential, Expert
from marketplace.hiring.models import Application
from marketplace.identity.models import ApiKey, Membership, Organization, PlatformGrant, User
from marketplace.notifications.models import Notice, WebhookDelivery, WebhookEndpoint
from marketplace.projects.models import Opening, Project, RateLine
from marketplace.staffing.models import Engagement, Invitation, Offer
from marketplace.standing.models import Appeal, Case
from marketplace.taxonomy.models import TaxonomyNode
from marketplace.timesheets.models import TimeDecision, TimeEntry
from marketplace.work.models import Batch, Claim, ImportReport, Review, Submission, Task
from payouts.adjustments.models import Adjustment, AdjustmentImport
from payouts.clients.models import ClientAccount, ClientMovement, ClientTerms, CreditNote, Invoice
from payouts.cycles.models import PayCycle
from payouts.earnings.models import Earning
from payouts.exports.models import Export
from payouts.fx.models import RateProposal
from payouts.holds.models import Hold
from payouts.ledger.models import JournalEntry, LedgerAccount, Period
from payouts.payees.models import Payee, PayeeHold, TaxForm
from payouts.positions.models import PositionSettlement
from payouts.reconciliation.models import Break
from payouts.reversals.models import Reversal
from payouts.statements.models import Statement
from payouts.taxes.models import TaxRemittance
from payouts.taxyears.documents import file_names
from payouts.taxyears.models import TaxYearRun
from payouts.transfers.models import Payout, ProviderEvent
from quality.models import GoldItem, Proposal, Withdrawal
from tests.browser.work_stories import FLAWED

Known = Mapping[str, list[Any]]

#: What somebody may write where a text is asked for; made-up texts are nearly all refused for a character of theirs.
TEXTS = (
    "a",
    "7",
    "Zoë O'Brien-Ñandú",
    "Two\nlines, and a tab\t.",
    "漢字とかな",
    "שלום עולם",
    "👩🏽‍⚖️ 🙂",
    "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 ﬁ ǅ İ ß",
    "e\u0301\u0301\u0301",
    "=1+1",
    "<b>&amp;\"'</b> {{ 1 }} {% x %} %s \\",
    "#let x = 1 $ 1/0 $ @y *z*",
    "x" * 200,
)

_MODELS: dict[str, tuple[type[Model], ...]] = {
    "actor_id": (User,),
    "account_id": (ClientAccount,),
    "adjustment_id": (Adjustment,),
    "appeal_id": (Appeal,),
    "application_id": (Application,),
    "batch_id": (Batch,),
    "break_id": (Break,),
    "case_id": (Case,),
    "claim_id": (Claim,),
    "client": (Organization,),
    "credential_id": (Credential,),
    "credit_note_id": (CreditNote,),
    "cycle": (PayCycle,),
    "cycle_id": (PayCycle,),
    "decision_id": (TimeDecision,),
    "delivery_id": (WebhookDelivery,),
    "earning_id": (Earning,),
    "endpoint_id": (WebhookEndpoint,),
    "engagement": (Engagement,),
    "engagement_id": (Engagement,),
    "entries": (TimeEntry,),
    "entry_id": (TimeEntry, JournalEntry),
    "expert": (Expert,),
    "expert_id": (Expert,),
    "experts": (Expert,),
    "export_id": (Export,),
    "grant_id": (PlatformGrant,),
    "hold_id": (Hold,),
    "import_id": (AdjustmentImport,),
    "imported": (AdjustmentImport,),
    "invoice_id": (Invoice,),
    "invitation_id": (Invitation,),
    "key_id": (ApiKey,),
    "line_id": (RateLine,),
    "membership_id": (Membership,),
    "notice_id": (Notice,),
    "object_id": (Project, Offer, PayCycle),
    "offer_id": (Offer,),
    "opening": (Opening,),
    "opening_id": (Opening,),
    "orphan_id": (ProviderEvent,),
    "organization": (Organization,),
    "organization_id": (Organization,),
    "pay_line": (RateLine,),
    "payee_hold_id": (PayeeHold,),
    "payee_id": (Payee,),
    "payout_id": (Payout,),
    "person_id": (User,),
    "project": (Project,),
    "project_id": (Project,),
    "planted_item": (GoldItem,),
    "proposal_id": (ClientMovement, ClientTerms, Invoice, CreditNote, Proposal),
    "rate_proposal_id": (RateProposal,),
    "remittance_id": (TaxRemittance,),
    "report_id": (ImportReport,),
    "request_id": (ErasureRequest,),
    "reversal_id": (Reversal,),
    "review_id": (Review,),
    "reviewer": (User,),
    "run_id": (TaxYearRun,),
    "settlement_id": (PositionSettlement,),
    "statement_id": (Statement,),
    "submission_id": (Submission,),
    "submissions": (Submission,),
    "task_id": (Task,),
    "tax_form_id": (TaxForm,),
    "worker": (User,),
    "withdrawal_id": (Withdrawal,),
    "worker_id": (User,),
}
_TRACED = (Earning, Payout, JournalEntry, Statement)
_COUNTRIES = ["DE", "BO", "GB", "US", "XK", "de"]
_LOCALES = ["de-DE", "en", "es-BO", "zh-Hant-TW", "de_DE"]
_REASONS = ["OTHER", "ACCURACY", "INCOMPLETE"]
_STATES = [
    "ACTIVE",
    "PAUSED",
    "CLOSED",
    "OPEN",
    "DRAFT",
    "PRODUCTION",
    "COMPLETE",
    "CANCELLED",
    "ENDED",
    "IN_PROGRESS",
    "SENT",
    "ACCEPTED",
    "VERIFIED",
]
#: An instant is written in each of these ways; ``{}`` is a day of this year.
_CLOCKS = ("{}T00:00:00Z", "{}T09:30:00+01:00", "{}T23:59:59.999999-11:00")
_EDGES = ["2000-01-01T00:00:00Z", "2199-12-31T23:59:59+00:00", "1999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00"]
_WORDS: dict[str, list[Any]] = {
    "account": ["bank:EUR", "stripe:EUR", "platform:expense"],
    "action": ["offer.sent", "api_key.created"],
    "answer": ["The letters are there; the hour counts."],
    "category": ["Accuracy/Mistranslation", "Fluency/Punctuation"],
    "content": [FLAWED, {"errors": []}, {"answer": "yes"}, {"errors": [{"category": 1}]}],
    "countries": _COUNTRIES,
    "country": _COUNTRIES,
    "currency": ["EUR", "JPY", "KWD", "XAU", "eur"],
    "base": ["EUR", "USD", "HRK"],
    "valued_in": ["EUR", "USD", "XAU"],
    "quote": ["USD", "JPY", "EUR"],
    "rate": ["1.0832", "0", "-1", "NaN", "1e9", "0.0000000000001"],
    "cursor": ["bz0x", "cD0x", "cD0wMWExZmQ0OS04NzgyLTc3YTItODVlOC03MzIwNGZhOTJmMmU="],
    "device": ["phone", "laptop"],
    "domain": ["linguistics/translation", "law/contracts"],
    "email": ["emre@example.com", "ines.example@example.org", "nobody@example.com"],
    "error_categories": ["Accuracy/Mistranslation", "Fluency/Punctuation"],
    "file": [
        b"Date,USD\n2026-11-20,1.08\n",
        b'{"base": "EUR", "date": "2026-11-20", "rates": {"USD": 1e3}}',
        b"external_id,wanted\na,1\n",
        b'[{"external_id": "a"}]',
        b'{"external_id": "a"}\n{"external_id": "b"}\n',
    ],
    "If-Match": ['"0"', '"1"', '"2"', "*", "*", "*"],
    "kind": ["EARNING", "PAYOUT", "DOMAIN", "SKILL"],
    "file_name": [*file_names(), "1099-nec.pdf"],
    "legal_name": ["Ada Example"],
    "limit": [1, 2, 200],
    "locale": _LOCALES,
    "month": ["2026-11", "2026-13", "0000-00", "9999-12"],
    "name": ["November, part 1", "law"],
    "object_type": ["marketplace.project", "project"],
    "parent": ["linguistics", "law"],
    "password": ["a long enough password"],
    "rail": ["connect", "global"],
    "reason_code": _REASONS,
    "reason_text": ["The comma error in the second sentence is not marked; see the principles."],
    "reference": ["ST-000001"],
    "scores": [{"completeness": 0.5}, {"completeness": 1, "fluency": 0}],
    "source": ["t:1", "a:1"],
    "state": _STATES,
    "task_kind": ["rubric", "categorical", "pairwise", "freeform"],
    "tasks": [{"external_id": "a"}, {"external_id": "b", "wanted": 2, "source": "No.", "target": "Nein."}],
    "text": ["translation", "The letters are in the project; please look again."],
    "timezone": ["Europe/Berlin", "America/La_Paz", "Pacific/Kiritimati", "utc"],
    "url": ["https://hooks.example.org/muster", "http://127.0.0.1:9/", "http://169.254.169.254/", "https://[::1/"],
    "words": ["translator", "Ada"],
}


def know(now: datetime | None = None) -> Known:
    """Return the values of the world that stands in the database."""
    now = now or clock.now()
    ids = {name: [str(key) for model in models for key in _keys(model)] for name, models in _MODELS.items()}
    codes = list(TaxonomyNode.objects.order_by("code").values_list("code", flat=True))
    days = [(now + timedelta(days=days)).date().isoformat() for days in (-10, -3, -1, 0, 1, 7, 300)]
    instants = [shape.format(day) for day in days for shape in _CLOCKS] + _EDGES
    return (
        {name: list(values) for name, values in _WORDS.items()}
        | ids
        | {name: codes[:: len(codes) // 20] for name in ("node", "code")}
        | dict.fromkeys(("starts_at", "ends_at", "expires_at", "effective_from", "client_at"), instants)
        | {
            name: [*days, "0001-01-01", "9999-12-31"]
            for name in ("clears_on", "day", "valid_from", "valid_until", "value_date", "until")
        }
        | {"account": [*LedgerAccount.objects.values_list("code", flat=True), *_WORDS["account"]]}
        | {"month": [*Period.objects.values_list("month", flat=True), *_WORDS["month"]]}
        | {f"{kind}_country": _COUNTRIES for kind in ("bank", "tax", "residence")}
        | {"reference": [*_WORDS["reference"], *(str(key) for model in _TRACED for key in _keys(model)[:5])]}
        | {"token_key": list(AuthToken.objects.values_list("token_key", flat=True))}
    )


def _keys(model: type[Model]) -> list[Any]:
    return list(model._base_manager.order_by("pk").values_list("pk", flat=True)[:20])

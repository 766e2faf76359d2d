"""Every column that can hold words is decided on: an erasure treats it, or it is said here why it is nobody's."""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models

from common.erasure import list_parts
from config.grants import append_only_tables, erasable_columns

WORDS = (models.CharField, models.TextField, models.JSONField, models.GenericIPAddressField, models.BinaryField)

#: Columns, by their name in whichever table, that hold what software made: keys, codes, digests, kinds, ids at the provider.
CODES = frozenset(
    [
        *(
            "account_id",
            "action",
            "api_key",
            "approved_hash",
            "bank_failure_code",
            "bank_ref",
            "body_sha256",
            "code",
            "codename",
        ),
        *(
            "countries",
            "criterion",
            "destination",
            "domain",
            "endpoint",
            "error_code",
            "event_id",
            "event_type",
            "events",
        ),
        *(
            "evidence_kind",
            "failure_code",
            "file_sha256",
            "first_hash",
            "handler",
            "idempotency_key",
            "item_key",
            "key",
            "kind",
        ),
        *(
            "language_level",
            "lines_hash",
            "list_name",
            "list_version",
            "locale",
            "method_version",
            "metrics",
            "modality",
            "month",
        ),
        *(
            "object_id",
            "object_type",
            "parameters",
            "prefix",
            "project",
            "provider_id",
            "provider_ref",
            "purpose_key",
            "rail",
        ),
        *(
            "rate_line_key",
            "reason_code",
            "refusal_code",
            "request_id",
            "request_sha256",
            "result_sha256",
            "scopes",
            "secret_sha256",
        ),
        *(
            "secrets",
            "sha256",
            "source",
            "source_id",
            "source_key",
            "task_kind",
            "tenant",
            "timezone",
            "type",
            "version",
        ),
        *("watermark", "withholding_code", "zone"),
    ]
)

#: What organizations, finance and lists say of other things than one person. Words about somebody that are written there name
#: them against the rules of the house; an erasure does not look there.
OTHERS = {
    "account_emailconfirmation": {"key"},  # goes with its address
    "auth_group": {"name"},
    "auth_permission": {"name"},
    "django_content_type": {"app_label", "model"},
    "marketplace_acceptanceorder": {"scores", "refusal_text"},
    "marketplace_batch": {"name"},
    "marketplace_case": {"evidence"},  # figures, and words that software made of them
    "marketplace_guidelines": {"goals", "principles", "details", "error_categories", "criteria"},
    "marketplace_importreport": {"bad_rows", "columns"},
    "marketplace_opening": {"title"},
    "marketplace_organization": {"name", "slug"},
    "marketplace_project": {"name", "summary"},
    "marketplace_reviewerror": {"category"},
    "marketplace_submission": {"content"},  # handed-in work is its client's
    "marketplace_task": {"external_id", "content", "item_a", "item_b"},
    "marketplace_taxonomynode": {"name", "aliases"},
    "marketplace_webhookdelivery": {"body", "last_error"},
    "marketplace_webhookendpoint": {"url", "disabled_reason"},
    "payouts_adjustment": {"reference"},
    "payouts_adjustmentimport": {"file_name", "decision_text"},
    "payouts_break": {"reference", "explanation_text", "proposal_text"},
    "payouts_clientaccount": {"billing_name", "billing_address"},
    "payouts_clientmovement": {"decision_text", "bank_reference"},
    "payouts_clientterms": {"decision_text"},
    "payouts_creditnote": {"decision_text", "reason_text"},
    "payouts_earning": {"description"},
    "payouts_exchangerate": {"reference"},
    "payouts_invoice": {"decision_text"},
    "payouts_paycurrency": {"terms"},
    "payouts_payoutattempt": {"body"},  # what was sent: amounts and ids
    "payouts_period": {"proposal_text"},
    "payouts_positionsettlement": {"reference_text", "decision_text"},
    "payouts_providercursor": {"name"},
    "payouts_providertransaction": {"account", "reference"},
    "payouts_providerevent": {"account"},
    "payouts_railcircuit": {"last_error"},
    "payouts_railstop": {"reason"},
    "payouts_rateproposal": {"source_text", "decision_text"},
    "payouts_screeningentry": {"entry_id", "name", "folded"},
    "payouts_screeninglist": {"name"},
    "payouts_taxremittance": {"reference", "decision_text"},
    "payouts_taxyearrun": {"decision_text"},
    "payouts_topup": {"failure_text"},
    "payouts_usageline": {"description"},
    "quality_contribution": {"words"},
    "quality_golditem": {"answer"},
    "quality_proposal": {"evidence"},  # figures, and words that software made of them
    "quality_scopebar": {"reason_text"},
    "quality_withdrawal": {"finding"},  # figures, and words that software made of them
    "quality_itemconsensus": {"answer", "shares"},  # classes of a client's project
    "quality_comparison": {"first", "second"},
    "quality_itemscore": {"item"},
    "quality_label": {"label"},
}

#: What ``common.erasure`` treats itself, and what is kept for a term and then let go.
KERNEL = {
    "common_auditevent": {"reason_text", "detail"},
    "common_delivery": {"last_error"},
    "common_idempotencykey": {"principal", "body"},
    "common_outboxevent": {"name", "payload"},
    "payouts_keptname": {"legal_name"},
    "payouts_taxyearrun": {"document"},
}


def _word_columns() -> Iterator[tuple[str, str]]:
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.concrete_fields:
            held = field.base_field if isinstance(field, ArrayField) else field
            is_short = 0 < (getattr(held, "max_length", None) or 99) <= 3
            if model._meta.managed and isinstance(held, WORDS) and not field.choices and not is_short:
                yield model._meta.db_table, field.name


def test_every_column_of_words_is_personal_or_said_to_be_nobodys() -> None:
    treated = {
        (rows.model._meta.db_table, name)
        for part in list_parts().values()
        for rows in part.rows
        for name in rows.columns
    }
    told = {(table, name) for tables in (OTHERS, KERNEL) for table, names in tables.items() for name in names}
    columns = set(_word_columns())

    undecided = {(table, name) for table, name in columns - treated - told if name not in CODES}

    assert len(columns) > 250
    assert sorted(undecided) == []
    assert sorted(told - columns) == []


def test_what_an_erasure_writes_in_append_only_tables_is_granted_and_let_pass_by_its_trigger() -> None:
    guarded = {
        model._meta.db_table: [trigger.func for trigger in model._meta.triggers if trigger.name == "append_only"]
        for model in apps.get_models()
        if getattr(model, "erasable", ())
    }

    assert len(guarded) == 10
    assert set(guarded) <= set(append_only_tables())
    for table, columns in erasable_columns().items():
        assert all(f"'{column}'" in guarded[table][0] for column in columns)

"""The operators' admin shows what happened, and neither writes nor tells secrets."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.test import Client, RequestFactory

from marketplace.identity.models import Organization, User
from marketplace.notifications.models import WebhookEndpoint
from tests.marketplace.people import NOW

FEATURES = ("experts", "work", "projects", "staffing", "hiring", "timesheets", "standing", "notifications")
MODELS = sorted(
    model._meta.model_name
    for model in admin.site._registry
    if model.__module__.split(".")[:1] == ["marketplace"] and model.__module__.split(".")[1] in FEATURES
)


@pytest.fixture
def operator(db: None) -> Client:
    """Return the browser of somebody who may read everything."""
    user = User.objects.create_superuser("goran@example.com", "a long enough password", full_name="Goran")
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_every_feature_stands_in_the_admin() -> None:
    assert len(MODELS) == 27


@pytest.mark.parametrize("model", MODELS)
def test_a_list_is_read_and_nothing_is_added(operator: Client, model: str) -> None:
    url = f"/admin/marketplace/{model}/"

    assert [operator.get(f"{url}?q=x").status_code, operator.get(f"{url}add/").status_code] == [200, 403]


def test_only_the_admin_lets_its_theme_evaluate_attributes_and_nothing_lets_inline_scripts_run(
    operator: Client,
) -> None:
    policies = {
        path: dict(part.split(" ", 1) for part in operator.get(path)["Content-Security-Policy"].split("; "))
        for path in ("/admin/", "/admin/marketplace/user/", "/account/")
    }

    assert [policy.get("script-src", policy["default-src"]) for policy in policies.values()] == [
        "'self' 'unsafe-eval'",
        "'self' 'unsafe-eval'",
        "'self'",
    ]


def test_nobody_writes_what_holds_money_work_or_decisions(operator: Client) -> None:
    request = RequestFactory().get("/admin/")
    request.user = User.objects.get(email="goran@example.com")
    writable = [
        model.__name__
        for model, view in admin.site._registry.items()
        if model.__module__.startswith(("marketplace.", "payouts.", "quality."))
        if view.has_add_permission(request)
        or view.has_change_permission(request)
        or view.has_delete_permission(request)
    ]

    assert writable == []


def test_an_endpoint_is_shown_without_its_secret(operator: Client, acme: Organization, olga: User) -> None:
    row = WebhookEndpoint.objects.create(
        organization=acme,
        url="https://client.example.com/hook",
        events=["batch.completed"],
        secrets=["whsec_lantern"],
        created_by=olga,
        created_at=NOW,
    )

    page = operator.get(f"/admin/marketplace/webhookendpoint/{row.id}/change/").content.decode()

    assert "https://client.example.com/hook" in page
    assert "lantern" not in page

"""Addresses: pages, API, admin, health."""

from collections.abc import Callable
from typing import Any

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.decorators.csp import csp_override
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from common.styleguide import show_styleguide
from config.health import show_liveness, show_readiness

handler400 = "common.error_pages.bad_request"
handler403 = "common.error_pages.permission_denied"
handler404 = "common.error_pages.page_not_found"
handler500 = "common.error_pages.server_error"

# Operators log in as everybody does, with their second factor and the same limits.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

_guard = admin.site.admin_view


def _admin_view[V: Callable[..., Any]](view: V, cacheable: bool = False) -> V:
    """Guard a page of the admin and give it the policy that its theme needs."""
    return csp_override(settings.ADMIN_CSP)(_guard(view, cacheable))


admin.site.admin_view = _admin_view  # type: ignore[method-assign]

urlpatterns = [
    # First: programs call it most, and every pattern before it is tried in vain on each of their calls.
    path("api/v1/", include("config.api_urls")),
    path("", include("marketplace.portal.urls")),
    path("", include("marketplace.erasure.urls")),
    path("", include("marketplace.projects.urls")),
    path("", include("marketplace.hiring.urls")),
    path("", include("marketplace.staffing.urls")),
    path("", include("marketplace.timesheets.urls")),
    path("", include("marketplace.standing.urls")),
    path("", include("marketplace.notifications.urls")),
    path("", include("payouts.clients.urls")),
    path("", include("payouts.statements.urls")),
    path("", include("payouts.traces.urls")),
    path("", include("payouts.transfers.urls")),
    path("", include("marketplace.experts.urls")),
    path("", include("marketplace.identity.urls")),
    path("", include("marketplace.work.urls")),
    path("healthz", show_liveness, name="healthz"),
    path("readyz", show_readiness, name="readyz"),
    path("accounts/", include("allauth.urls")),
    path("finance/", include("payouts.console.urls")),
    path("finance/exports/", include("payouts.exports.urls")),
    path("", include("payouts.fx.urls")),
    path("finance/", include("payouts.positions.urls")),
    path("finance/taxes/", include("payouts.taxes.urls")),
    path("finance/tax-years/", include("payouts.taxyears.urls")),
    path("styleguide/", show_styleguide, name="styleguide"),
    path("admin/", admin.site.urls),
    path("api/schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="api-schema"), name="api-docs"),
]

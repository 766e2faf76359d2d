"""The API, version 1: one line a feature."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("marketplace.erasure.api_urls")),
    path("", include("marketplace.experts.api_urls")),
    path("", include("marketplace.hiring.api_urls")),
    path("", include("marketplace.identity.api_urls")),
    path("", include("marketplace.notifications.api_urls")),
    path("", include("marketplace.portal.api_urls")),
    path("", include("marketplace.projects.api_urls")),
    path("", include("marketplace.staffing.api_urls")),
    path("", include("marketplace.standing.api_urls")),
    path("", include("marketplace.taxonomy.api_urls")),
    path("", include("marketplace.timesheets.api_urls")),
    path("", include("payouts.clients.api_urls")),
    path("", include("payouts.payees.api_urls")),
    path("", include("payouts.console.api_urls")),
    path("", include("payouts.exports.api_urls")),
    path("", include("payouts.fx.api_urls")),
    path("", include("payouts.positions.api_urls")),
    path("", include("payouts.statements.api_urls")),
    path("", include("payouts.taxes.api_urls")),
    path("", include("payouts.taxyears.api_urls")),
    path("", include("payouts.traces.api_urls")),
    path("", include("marketplace.work.api_urls")),
    path("", include("quality.dashboards.api_urls")),
    path("", include("quality.policies.api_urls")),
    path("", include("quality.withdrawals.api_urls")),
]

"""Addresses of notices and webhooks."""

from django.urls import path

from marketplace.notifications import web, webhooks

app_name = "notices"
urlpatterns = [
    path("notices/", web.show_notices, name="list"),
    path("notices/read/", web.read_all, name="read_all"),
    path("notices/<uuid:notice_id>/read/", web.read_notice, name="read"),
    path("organizations/<uuid:organization_id>/webhooks/", webhooks.manage, name="webhooks"),
    path("webhook-endpoints/<uuid:endpoint_id>/", webhooks.show, name="webhook"),
    path("webhook-endpoints/<uuid:endpoint_id>/secret/", webhooks.rotate, name="webhook_secret"),
    path("webhook-endpoints/<uuid:endpoint_id>/disable/", webhooks.disable, name="webhook_disable"),
    path("webhook-endpoints/<uuid:endpoint_id>/test/", webhooks.test, name="webhook_test"),
    path("webhook-deliveries/<uuid:delivery_id>/again/", webhooks.send_again, name="webhook_again"),
]

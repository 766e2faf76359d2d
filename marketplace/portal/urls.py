"""Addresses of the way in and the account."""

from django.urls import path

from marketplace.portal import web

app_name = "portal"
urlpatterns = [
    path("", web.show_start, name="start"),
    path("welcome/", web.show_welcome, name="welcome"),
    path("welcome/expert/", web.join_as_expert, name="join_as_expert"),
    path("welcome/client/", web.join_as_client, name="join_as_client"),
    path("account/", web.edit_account, name="account"),
    path("account/tokens/", web.create_token, name="create_token"),
    path("account/tokens/<str:token_key>/revoke/", web.revoke_token, name="revoke_token"),
]

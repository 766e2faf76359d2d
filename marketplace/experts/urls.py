"""Addresses of the profile pages."""

from django.urls import path

from marketplace.experts import web

app_name = "experts"
urlpatterns = [
    path("profile/", web.show_profile, name="profile"),
    path("profile/edit/", web.edit_profile, name="edit"),
    path("profile/state/", web.move_profile, name="move"),
    path("profile/parts/<slug:name>/", web.edit_part, name="part"),
    path("profile/parts/<slug:name>/<uuid:line_id>/remove/", web.remove_from_part, name="remove"),
    path("credentials/", web.list_credentials, name="credentials"),
    path("credentials/<uuid:credential_id>/", web.verify_credential, name="credential"),
]

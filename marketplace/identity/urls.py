"""Addresses of the pages of organizations."""

from django.urls import path

from marketplace.identity import web

app_name = "identity"
urlpatterns = [
    path("organizations/", web.list_organizations, name="organizations"),
    path("organizations/<uuid:organization_id>/", web.edit_organization, name="organization"),
    path("organizations/<uuid:organization_id>/members/", web.manage_members, name="members"),
    path(
        "organizations/<uuid:organization_id>/members/<uuid:membership_id>/end/", web.end_membership, name="end_member"
    ),
    path("organizations/<uuid:organization_id>/keys/", web.manage_keys, name="keys"),
    path("organizations/<uuid:organization_id>/keys/<uuid:key_id>/revoke/", web.revoke_key, name="revoke_key"),
    path("organizations/<uuid:organization_id>/keys/<uuid:key_id>/rotate/", web.rotate_key, name="rotate_key"),
]

"""Addresses of the pages of organizations."""

from django.urls import path

from marketplace.identity import web

app_name = "identity"
urlpatterns = [
    path("acts/", web.show_acts, name="acts"),
    path("people/", web.find_people, name="people"),
    path("people/<uuid:user_id>/", web.show_person, name="person"),
    path("people/<uuid:user_id>/close/", web.close_account, name="close_account"),
    path("people/<uuid:user_id>/open/", web.open_account, name="open_account"),
    path("people/<uuid:user_id>/roles/", web.grant_role, name="grant_role"),
    path("people/<uuid:user_id>/roles/<uuid:grant_id>/revoke/", web.revoke_role, name="revoke_role"),
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

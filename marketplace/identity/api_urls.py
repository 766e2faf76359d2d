"""Routes of identity, under ``/api/v1/``."""

from django.urls import path

from marketplace.identity import api

urlpatterns = [
    path("acts/", api.ActsView.as_view(), name="acts"),
    path("auth/tokens/", api.TokensView.as_view(), name="auth-tokens"),
    path("auth/tokens/<str:token_key>/", api.TokenView.as_view(), name="auth-token"),
    path("me/", api.MeView.as_view(), name="me"),
    path("organizations/", api.OrganizationsView.as_view(), name="organizations"),
    path("organizations/<uuid:organization_id>/", api.OrganizationView.as_view(), name="organization"),
    path("organizations/<uuid:organization_id>/members/", api.MembersView.as_view(), name="members"),
    path("organizations/<uuid:organization_id>/members/<uuid:membership_id>/", api.MemberView.as_view(), name="member"),
    path("organizations/<uuid:organization_id>/api-keys/", api.ApiKeysView.as_view(), name="api-keys"),
    path("organizations/<uuid:organization_id>/api-keys/<uuid:key_id>/", api.ApiKeyView.as_view(), name="api-key"),
    path(
        "organizations/<uuid:organization_id>/api-keys/<uuid:key_id>/rotate/",
        api.ApiKeyRotationView.as_view(),
        name="api-key-rotation",
    ),
    path("platform-roles/", api.PlatformRolesView.as_view(), name="platform-roles"),
    path("platform-roles/<uuid:grant_id>/", api.PlatformRoleView.as_view(), name="platform-role"),
]

"""Routes of profiles, under ``/api/v1/``."""

from django.urls import path

from marketplace.experts import api

urlpatterns = [
    path("experts/me/", api.OwnProfileView.as_view(), name="expert-me"),
    path("experts/me/state/", api.OwnStateView.as_view(), name="expert-me-state"),
    path("experts/me/languages/", api.OwnLanguagesView.as_view(), name="expert-me-languages"),
    path("experts/me/skills/", api.OwnSkillsView.as_view(), name="expert-me-skills"),
    path("experts/me/availability/", api.OwnAvailabilityView.as_view(), name="expert-me-availability"),
    path("experts/me/credentials/", api.OwnCredentialsView.as_view(), name="expert-me-credentials"),
    path("experts/me/credentials/<uuid:credential_id>/", api.OwnCredentialView.as_view(), name="expert-me-credential"),
    path("experts/<uuid:expert_id>/", api.ProfileView.as_view(), name="expert"),
    path("experts/<uuid:expert_id>/card/", api.CardView.as_view(), name="expert-card"),
    path("experts/<uuid:expert_id>/skill-assessments/", api.SkillAssessmentsView.as_view(), name="skill-assessments"),
    path(
        "experts/<uuid:expert_id>/language-assessments/",
        api.LanguageAssessmentsView.as_view(),
        name="language-assessments",
    ),
    path(
        "experts/<uuid:expert_id>/credentials/<uuid:credential_id>/verification/",
        api.VerificationView.as_view(),
        name="credential-verification",
    ),
    path("credentials/", api.CredentialsView.as_view(), name="credentials"),
]

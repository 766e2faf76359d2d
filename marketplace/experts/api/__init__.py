"""Profiles over HTTP: one's own, other people's, and what is assessed of them."""

from marketplace.experts.api.assessed import (
    CredentialsView,
    LanguageAssessmentsView,
    SkillAssessmentsView,
    VerificationView,
)
from marketplace.experts.api.others import CardView, ProfileView
from marketplace.experts.api.own import (
    OwnAvailabilityView,
    OwnCredentialsView,
    OwnCredentialView,
    OwnLanguagesView,
    OwnProfileView,
    OwnSkillsView,
    OwnStateView,
)

__all__ = [
    "CardView",
    "CredentialsView",
    "LanguageAssessmentsView",
    "OwnAvailabilityView",
    "OwnCredentialView",
    "OwnCredentialsView",
    "OwnLanguagesView",
    "OwnProfileView",
    "OwnSkillsView",
    "OwnStateView",
    "ProfileView",
    "SkillAssessmentsView",
    "VerificationView",
]

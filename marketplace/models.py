"""The models of every feature, where Django looks for them."""

from marketplace.erasure.models import ErasureRequest
from marketplace.experts.models import (
    AvailabilityWindow,
    Credential,
    Expert,
    ExpertLanguage,
    ExpertSearch,
    ExpertSkill,
    Restriction,
    SearchLocale,
)
from marketplace.hiring.models import Application
from marketplace.identity.models import (
    ApiKey,
    Membership,
    Organization,
    PlatformGrant,
    User,
)
from marketplace.notifications.models import Notice, WebhookDelivery, WebhookEndpoint
from marketplace.projects.models import (
    Guidelines,
    Opening,
    Project,
    RateLine,
    Requirement,
)
from marketplace.staffing.models import Engagement, Invitation, Offer
from marketplace.standing.models import Appeal, Case, CaseDispute, CaseDraft
from marketplace.taxonomy.models import TaxonomyNode
from marketplace.timesheets.models import TimeDecision, TimeEntry, TimeEvent
from marketplace.work.models import (
    AcceptanceOrder,
    Batch,
    Claim,
    Draft,
    ImportReport,
    Outcome,
    Review,
    ReviewError,
    ReviewScore,
    Submission,
    Task,
)

__all__ = [
    "AcceptanceOrder",
    "ApiKey",
    "Appeal",
    "Application",
    "AvailabilityWindow",
    "Batch",
    "Case",
    "CaseDispute",
    "CaseDraft",
    "Claim",
    "Credential",
    "Draft",
    "Engagement",
    "ErasureRequest",
    "Expert",
    "ExpertLanguage",
    "ExpertSearch",
    "ExpertSkill",
    "Guidelines",
    "ImportReport",
    "Invitation",
    "Membership",
    "Notice",
    "Offer",
    "Opening",
    "Organization",
    "Outcome",
    "PlatformGrant",
    "Project",
    "RateLine",
    "Requirement",
    "Restriction",
    "Review",
    "ReviewError",
    "ReviewScore",
    "SearchLocale",
    "Submission",
    "Task",
    "TaxonomyNode",
    "TimeDecision",
    "TimeEntry",
    "TimeEvent",
    "User",
    "WebhookDelivery",
    "WebhookEndpoint",
]

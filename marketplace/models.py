"""The models of every feature, where Django looks for them."""

from marketplace.identity.models import (
    ApiKey,
    Membership,
    Organization,
    PlatformGrant,
    User,
)

__all__ = ["ApiKey", "Membership", "Organization", "PlatformGrant", "User"]

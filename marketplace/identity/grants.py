"""Answers the kernel's question who holds a grant."""

from common.permissions import register_grants
from marketplace.identity.queries import user_has_grant

register_grants(user_has_grant)

"""Pages of profiles."""

from marketplace.experts.web.assessed import list_credentials, verify_credential
from marketplace.experts.web.parts import PARTS, edit_part, remove_from_part
from marketplace.experts.web.profile import edit_profile, move_profile, show_profile

__all__ = [
    "PARTS",
    "edit_part",
    "edit_profile",
    "list_credentials",
    "move_profile",
    "remove_from_part",
    "show_profile",
    "verify_credential",
]

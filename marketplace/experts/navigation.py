"""Where the profile pages stand in the navigation."""

from common.navigation import NavItem, register

register(
    NavItem("Profile", "experts:profile", "expert.self", 80, "expert", "user"),
    NavItem("Credentials", "experts:credentials", "experts.assess", 10, "operator", "check"),
)

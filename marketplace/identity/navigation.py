"""Where the pages of organizations stand in the navigation."""

from common.navigation import NavItem, register

register(NavItem("Organization", "identity:organizations", "organization.edit", 90, "manager", "users"))

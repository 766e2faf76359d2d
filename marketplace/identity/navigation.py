"""Where the pages of organizations stand in the navigation."""

from common.navigation import NavItem, register

register(NavItem("Organization", "identity:organizations", "organization.edit", 90, "manager", "users"))
register(NavItem("People", "identity:people", "operate", 0, "operator", "users"))
register(NavItem("Acts", "identity:acts", "audit.read", 95, "finance", "list"))

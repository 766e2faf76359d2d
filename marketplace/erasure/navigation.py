"""Where requests to be forgotten stand in the navigation."""

from common.navigation import NavItem, register

register(NavItem("Erasures", "erasure:requests", "people.erase", 10, "operator", "lock"))

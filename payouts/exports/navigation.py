"""Where exports are entered."""

from common.navigation import NavItem, register

register(NavItem("Exports", "exports:list", "finance.read", order=58, area="finance", icon="list", group="Books"))

"""Where positions are entered."""

from common.navigation import NavItem, register

register(NavItem("Positions", "positions:list", "finance.read", order=36, area="finance", icon="scale", group="Books"))

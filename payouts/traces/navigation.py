"""Where traces are entered."""

from common.navigation import NavItem, register

register(NavItem("Trace", "traces:find", "finance.read", order=37, area="finance", icon="list", group="Books"))

"""Where statements are entered by finance; experts come from their payouts."""

from common.navigation import NavItem, register

register(NavItem("Statements", "statements:list", "finance.read", order=36, area="finance", icon="list", group="Books"))

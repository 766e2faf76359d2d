"""Where withheld tax is entered."""

from common.navigation import NavItem, register

register(NavItem("Withheld tax", "taxes:list", "finance.read", order=44, area="finance", icon="bank", group="People"))

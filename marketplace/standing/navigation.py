"""Appeals and cases in the navigation."""

from common.navigation import NavItem, register

register(
    NavItem("Appeals", "standing:mine", "appeals.open", order=70, area="expert", icon="scale"),
    NavItem("Standing", "standing:standing", "appeals.open", order=75, area="expert", icon="scale"),
    NavItem("Appeals", "standing:inbox", "appeals.decide", order=60, area="manager", icon="scale"),
    NavItem("Cases", "standing:cases", "proposals.decide", order=65, area="manager", icon="scale"),
)

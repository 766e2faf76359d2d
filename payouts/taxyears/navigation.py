"""Where year-end tax files are entered."""

from common.navigation import NavItem, register

register(
    NavItem(
        "Year-end tax files", "taxyears:list", "finance.read", order=44, area="finance", icon="list", group="People"
    )
)

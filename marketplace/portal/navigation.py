"""Homes by role, and the pages that bring features together."""

from common.context import register_page
from common.navigation import NavItem, register

register(
    NavItem("Home", "portal:home", "expert.self", order=0, area="expert", icon="home"),
    NavItem("Earnings", "portal:earnings", "earnings.own", order=40, area="expert", icon="coin"),
    NavItem("Quality", "portal:quality", "quality.own", order=50, area="expert", icon="chart"),
    NavItem("Board", "portal:board", "projects.read", order=0, area="manager", icon="board"),
    NavItem("Quality", "portal:quality_map", "quality.read", order=40, area="manager", icon="chart"),
    NavItem("Bars", "portal:bars", "bars.set", order=66, area="manager", icon="chart"),
)
register_page("home", "portal:start")
register_page("home", "portal:home", grant="expert.self")
register_page("home", "portal:board", grant="projects.read")
register_page("account", "portal:account")
register_page("login", "account_login")

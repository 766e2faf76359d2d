"""The search for work in the navigation, and where "/" leads an expert."""

from common.context import register_page
from common.navigation import NavItem, register

register(NavItem("Find work", "staffing:openings", "projects.browse", order=10, area="expert", icon="search"))
register_page("find", "staffing:openings", label="Find work", grant="projects.browse")

"""Time in the navigation."""

from common.navigation import NavItem, register

register(
    NavItem("Time", "timesheets:week", "time.track", order=30, area="expert", icon="clock"),
    NavItem("Time", "timesheets:approve", "time.approve", order=30, area="manager", icon="clock"),
)

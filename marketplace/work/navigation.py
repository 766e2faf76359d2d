"""Where the pages of work stand in the navigation."""

from common.navigation import NavItem, register

register(
    NavItem("Work", "work:mine", "work.do", 20, "expert", "list"),
    NavItem("Decisions", "work:decisions", "work.do", 60, "expert", "check"),
    NavItem("Review", "work:queue", "work.review", 40, "manager", "check"),
    NavItem("Batches", "work:batches", "work.read", 50, "manager", "board"),
)

"""Addresses of managers' forms."""

from django.urls import path

from marketplace.projects import web

app_name = "projects"
urlpatterns = [
    path("board/projects/new/", web.create_project, name="create"),
    path("board/projects/<uuid:project_id>/edit/", web.edit_project, name="edit"),
    path("board/projects/<uuid:project_id>/guidelines/", web.publish_guidelines, name="guidelines"),
    path("board/projects/<uuid:project_id>/state/", web.move_project, name="move"),
    path("board/projects/<uuid:project_id>/openings/new/", web.create_opening, name="create_opening"),
    path("board/openings/<uuid:opening_id>/state/", web.move_opening, name="move_opening"),
    path("board/openings/<uuid:opening_id>/rules/", web.edit_requirements, name="requirements"),
    path(
        "board/openings/<uuid:opening_id>/rules/<uuid:requirement_id>/remove/",
        web.remove_requirement,
        name="remove_requirement",
    ),
    path("board/openings/<uuid:opening_id>/rate-lines/new/", web.add_rate_line, name="add_rate_line"),
    path("board/openings/<uuid:opening_id>/rate-lines/<uuid:line_id>/end/", web.end_rate_line, name="end_rate_line"),
    path("finance/bill-rates/", web.list_bill_rates, name="bill_rates"),
    path("finance/bill-rates/<uuid:opening_id>/new/", web.add_bill_rate, name="add_bill_rate"),
    path("finance/bill-rates/<uuid:opening_id>/<uuid:line_id>/end/", web.end_bill_rate, name="end_bill_rate"),
]

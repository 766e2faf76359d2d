"""Routes of projects, under ``/api/v1/``."""

from django.urls import path

from marketplace.projects import api

urlpatterns = [
    path("projects/", api.ProjectsView.as_view(), name="projects"),
    path("projects/<uuid:project_id>/", api.ProjectView.as_view(), name="project"),
    path("projects/<uuid:project_id>/state/", api.ProjectStateView.as_view(), name="project-state"),
    path("projects/<uuid:project_id>/guidelines/", api.GuidelinesView.as_view(), name="project-guidelines"),
    path("projects/<uuid:project_id>/openings/", api.OpeningsView.as_view(), name="project-openings"),
    path("openings/<uuid:opening_id>/", api.OpeningView.as_view(), name="opening"),
    path("openings/<uuid:opening_id>/state/", api.OpeningStateView.as_view(), name="opening-state"),
    path("openings/<uuid:opening_id>/requirements/", api.RequirementsView.as_view(), name="opening-requirements"),
    path("openings/<uuid:opening_id>/rate-lines/", api.RateLinesView.as_view(), name="opening-rate-lines"),
    path(
        "openings/<uuid:opening_id>/rate-lines/<uuid:line_id>/end/",
        api.RateLineEndView.as_view(),
        name="opening-rate-line-end",
    ),
]

"""Addresses of the pages of work."""

from django.urls import path

from marketplace.work import web

app_name = "work"
urlpatterns = [
    path("my-work/", web.list_my_work, name="mine"),
    path("my-work/decisions/", web.list_my_decisions, name="decisions"),
    path("my-work/projects/<uuid:project_id>/next/", web.claim_next, name="claim_next"),
    path("my-work/claims/<uuid:claim_id>/", web.do_task, name="claim"),
    path("my-work/claims/<uuid:claim_id>/draft/", web.save_draft, name="draft"),
    path("my-work/claims/<uuid:claim_id>/extend/", web.extend_lease, name="extend"),
    path("my-work/claims/<uuid:claim_id>/release/", web.release_claim, name="release"),
    path("guidelines/<uuid:guidelines_id>/error-row/", web.add_error_row, name="error_row"),
    path("reviews/", web.list_queue, name="queue"),
    path("reviews/accept/", web.accept_chosen, name="accept_chosen"),
    path("reviews/<uuid:submission_id>/", web.review, name="review"),
    path("reviews/<uuid:submission_id>/outcome/", web.report_outcome, name="outcome"),
    path("batches/", web.list_batches, name="batches"),
    path("batches/<uuid:batch_id>/", web.show_batch, name="batch"),
    path("batches/<uuid:batch_id>/progress/", web.show_batch_progress, name="batch_progress"),
    path("batches/<uuid:batch_id>/state/", web.move_batch, name="batch_state"),
    path("projects/<uuid:project_id>/ranking/", web.show_ranking, name="ranking"),
    path("projects/<uuid:project_id>/import/", web.import_file, name="import"),
    path("import-reports/<uuid:report_id>/", web.show_import_report, name="import_report"),
    path("import-reports/<uuid:report_id>/errors.csv", web.download_import_errors, name="import_errors"),
]

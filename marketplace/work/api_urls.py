"""Routes of work, under ``/api/v1/``."""

from django.urls import path

from marketplace.work.api import batches, doing, reviewing

urlpatterns = [
    path("projects/<uuid:project_id>/batches/", batches.BatchesView.as_view(), name="project-batches"),
    path("projects/<uuid:project_id>/batches/upload/", batches.BatchUploadView.as_view(), name="project-batch-upload"),
    path("projects/<uuid:project_id>/ranking/", batches.RankingView.as_view(), name="project-ranking"),
    path("projects/<uuid:project_id>/ranking.csv", batches.RankingCsvView.as_view(), name="project-ranking-csv"),
    path("projects/<uuid:project_id>/claim-next/", doing.NextClaimView.as_view(), name="project-claim-next"),
    path("import-reports/<uuid:report_id>/errors.csv", batches.ImportErrorsView.as_view(), name="import-errors"),
    path("batches/<uuid:batch_id>/", batches.BatchView.as_view(), name="batch"),
    path("batches/<uuid:batch_id>/state/", batches.BatchStateView.as_view(), name="batch-state"),
    path("batches/<uuid:batch_id>/results/", batches.ResultsView.as_view(), name="batch-results"),
    path("batches/<uuid:batch_id>/results.jsonl", batches.ResultsJsonLinesView.as_view(), name="batch-results-jsonl"),
    path("batches/<uuid:batch_id>/results.csv", batches.ResultsCsvView.as_view(), name="batch-results-csv"),
    path("batches/<uuid:batch_id>/outcomes/", batches.OutcomesView.as_view(), name="batch-outcomes"),
    path("batches/<uuid:batch_id>/answers/", batches.AnswersView.as_view(), name="batch-answers"),
    path("batches/<uuid:batch_id>/answers.csv", batches.AnswersCsvView.as_view(), name="batch-answers-csv"),
    path("tasks/<uuid:task_id>/", doing.TaskView.as_view(), name="task"),
    path("tasks/<uuid:task_id>/claims/", doing.TaskClaimsView.as_view(), name="task-claims"),
    path("claims/", doing.ClaimsView.as_view(), name="claims"),
    path("claims/<uuid:claim_id>/", doing.ClaimView.as_view(), name="claim"),
    path("claims/<uuid:claim_id>/draft/", doing.DraftView.as_view(), name="claim-draft"),
    path("claims/<uuid:claim_id>/submit/", doing.SubmitView.as_view(), name="claim-submit"),
    path("claims/<uuid:claim_id>/release/", doing.ReleaseView.as_view(), name="claim-release"),
    path("claims/<uuid:claim_id>/extend/", doing.ExtendView.as_view(), name="claim-extend"),
    path("submissions/", reviewing.SubmissionsView.as_view(), name="submissions"),
    path("submissions/<uuid:submission_id>/", reviewing.SubmissionView.as_view(), name="submission"),
    path("submissions/<uuid:submission_id>/reviews/", reviewing.ReviewsView.as_view(), name="submission-reviews"),
    path("review-queue/", reviewing.ReviewQueueView.as_view(), name="review-queue"),
    path("acceptances/", reviewing.AcceptancesView.as_view(), name="acceptances"),
]

"""The API's addresses of statements."""

from django.urls import path

from payouts.statements import api

_STATEMENT = "statements/<uuid:statement_id>/"

urlpatterns = [
    path("statements/", api.StatementsView.as_view(), name="api-statements"),
    path(_STATEMENT, api.StatementView.as_view(), name="api-statement"),
    path(f"{_STATEMENT}pdf/", api.StatementPdfView.as_view(), name="api-statement-pdf"),
    path(f"{_STATEMENT}csv/", api.StatementCsvView.as_view(), name="api-statement-csv"),
    path(f"{_STATEMENT}xlsx/", api.StatementXlsxView.as_view(), name="api-statement-xlsx"),
]

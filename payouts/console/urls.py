"""Addresses of finance's pages, under ``/finance/``."""

from django.urls import path

from payouts.console.web import (
    adjustment_imports,
    adjustments,
    books,
    cycles,
    exceptions,
    holds,
    orphans,
    payee_holds,
    payees,
    periods,
    rails,
    reconciliation,
    red_flags,
    reversals,
    tax_forms,
)

app_name = "finance"
urlpatterns = [
    path("", cycles.show_finance, name="start"),
    path("cycles/", cycles.list_cycles, name="cycles"),
    path("cycles/<uuid:cycle_id>/", cycles.show_cycle, name="cycle"),
    path("cycles/<uuid:cycle_id>/progress/", cycles.show_progress, name="progress"),
    *(
        path(f"cycles/<uuid:cycle_id>/{verb}/", cycles.act_on_cycle, {"verb": verb}, name=verb)
        for verb in ("calculate", "submit", "approve", "send-back", "cancel", "pay")
    ),
    path("funds/", cycles.show_funds, name="funds"),
    path("approvals/", cycles.list_approvals, name="approvals"),
    path("red-flags/", red_flags.list_red_flags, name="red_flags"),
    path("adjustments/", adjustments.list_adjustments, name="adjustments"),
    path("adjustments/<uuid:adjustment_id>/", adjustments.show_adjustment, name="adjustment"),
    *(
        path(
            f"adjustments/<uuid:adjustment_id>/{verb}/",
            adjustments.act_on_adjustment,
            {"verb": verb},
            name=f"adjustment-{verb}",
        )
        for verb in ("approve", "reject", "withdraw")
    ),
    path("adjustment-imports/", adjustment_imports.list_imports, name="adjustment_imports"),
    path("adjustment-imports/<uuid:import_id>/", adjustment_imports.show_import, name="adjustment_import"),
    *(
        path(
            f"adjustment-imports/<uuid:import_id>/{verb}/",
            adjustment_imports.act_on_import,
            {"verb": verb},
            name=f"adjustment-import-{verb}",
        )
        for verb in ("approve", "reject", "withdraw")
    ),
    path("payees/", payees.list_payees, name="payees"),
    path("payees/<uuid:payee_id>/", payees.show_payee, name="payee"),
    path("payee-holds/", payee_holds.list_payee_holds, name="payee_holds"),
    path("payee-holds/<uuid:payee_hold_id>/", payee_holds.show_payee_hold, name="payee_hold"),
    path("tax-forms/", tax_forms.list_tax_forms, name="tax_forms"),
    path("tax-forms/<uuid:tax_form_id>/", tax_forms.show_tax_form, name="tax_form"),
    path("holds/", holds.list_holds, name="holds"),
    path("holds/<uuid:hold_id>/", holds.show_hold, name="hold"),
    path("reconciliation/", reconciliation.show_reconciliation, name="reconciliation"),
    path("reconciliation/run/", reconciliation.run_reconciliation, name="reconcile"),
    path("reconciliation/<uuid:break_id>/", reconciliation.show_break, name="break"),
    *(
        path(
            f"reconciliation/<uuid:break_id>/{verb}/",
            reconciliation.act_on_break,
            {"verb": verb},
            name=f"break-{verb}",
        )
        for verb in ("explain", "write-off", "approve", "refuse")
    ),
    path("orphans/", orphans.show_queue, name="orphans"),
    path("orphans/<uuid:orphan_id>/", orphans.show_orphan, name="orphan"),
    path("orphans/<uuid:orphan_id>/retry/", orphans.retry_orphan, name="orphan-retry"),
    path("exceptions/", exceptions.list_exceptions, name="exceptions"),
    path("exceptions/<uuid:payout_id>/", exceptions.show_exception, name="exception"),
    *(
        path(
            f"exceptions/<uuid:payout_id>/{verb}/",
            exceptions.act_on_exception,
            {"verb": verb},
            name=f"exception-{verb}",
        )
        for verb in ("resume", "review", "cancel")
    ),
    path("payouts/", books.list_payouts, name="payouts"),
    path("journal/", books.list_entries, name="journal"),
    path("journal/<uuid:entry_id>/", reversals.show_entry, name="entry"),
    path("reversals/", reversals.list_reversals, name="reversals"),
    path("reversals/<uuid:reversal_id>/", reversals.show_reversal, name="reversal"),
    *(
        path(
            f"reversals/<uuid:reversal_id>/{verb}/",
            reversals.act_on_reversal,
            {"verb": verb},
            name=f"reversal-{verb}",
        )
        for verb in ("approve", "reject", "withdraw")
    ),
    path("balances/", books.show_balances, name="balances"),
    path("periods/", periods.show_periods, name="periods"),
    path("periods/<slug:month>/", periods.show_period, name="period"),
    path("periods/<slug:month>/checks/", periods.show_checks, name="period-checks"),
    *(
        path(f"periods/<slug:month>/{verb}/", periods.act_on_period, {"verb": verb}, name=f"period-{verb}")
        for verb in ("propose", "close", "keep-open")
    ),
    path("rails/", rails.show_rails, name="rails"),
    path("rails/<slug:rail>/lift/", rails.lift, name="lift_stop"),
    path("routes/", rails.list_routes, name="routes"),
    path("verify/", books.verify_books, name="verify"),
]

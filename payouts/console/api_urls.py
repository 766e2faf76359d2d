"""The API's addresses of earnings, cycles and the books."""

from django.urls import path

from payouts.console.api import (
    adjustments,
    books,
    cycles,
    earnings,
    holds,
    orphans,
    payee_holds,
    periods,
    rails,
    reconciliation,
)

_CYCLE = "finance/cycles/<uuid:cycle_id>/"
_ADJUSTMENT = "finance/adjustments/<uuid:adjustment_id>/"
_BREAK = "finance/breaks/<uuid:break_id>/"
_PAYEE_HOLD = "payee-holds/<uuid:payee_hold_id>/"

urlpatterns = [
    path("earnings/", earnings.EarningsView.as_view(), name="api-earnings"),
    path("earnings/summary/", earnings.EarningsSummaryView.as_view(), name="api-earnings-summary"),
    path("earnings/<uuid:earning_id>/", earnings.EarningView.as_view(), name="api-earning"),
    path("earnings/<uuid:earning_id>/trace/", earnings.EarningTraceView.as_view(), name="api-earning-trace"),
    path("finance/cycles/", cycles.CyclesView.as_view(), name="api-cycles"),
    path(_CYCLE, cycles.CycleView.as_view(), name="api-cycle"),
    path(f"{_CYCLE}lines/", cycles.CycleLinesView.as_view(), name="api-cycle-lines"),
    path(f"{_CYCLE}changes/", cycles.CycleChangesView.as_view(), name="api-cycle-changes"),
    path(f"{_CYCLE}calculate/", cycles.CalculateView.as_view(), name="api-cycle-calculate"),
    path(f"{_CYCLE}submit/", cycles.SubmitView.as_view(), name="api-cycle-submit"),
    path(f"{_CYCLE}send-back/", cycles.SendBackView.as_view(), name="api-cycle-send-back"),
    path(f"{_CYCLE}approve/", cycles.ApproveView.as_view(), name="api-cycle-approve"),
    path(f"{_CYCLE}cancel/", cycles.CancelView.as_view(), name="api-cycle-cancel"),
    path(f"{_CYCLE}pay/", cycles.PayView.as_view(), name="api-cycle-pay"),
    path("finance/rails/", rails.RailsView.as_view(), name="api-rails"),
    path("finance/rails/<slug:rail>/lift/", rails.RailLiftView.as_view(), name="api-rail-lift"),
    path("pay-routes/", rails.PayRoutesView.as_view(), name="api-pay-routes"),
    path("finance/approvals/", cycles.ApprovalsView.as_view(), name="api-approvals"),
    path("finance/adjustments/", adjustments.AdjustmentsView.as_view(), name="api-adjustments"),
    path(_ADJUSTMENT, adjustments.AdjustmentView.as_view(), name="api-adjustment"),
    path(f"{_ADJUSTMENT}approve/", adjustments.AdjustmentApprovalView.as_view(), name="api-adjustment-approve"),
    path(f"{_ADJUSTMENT}reject/", adjustments.AdjustmentRejectionView.as_view(), name="api-adjustment-reject"),
    path(f"{_ADJUSTMENT}withdraw/", adjustments.AdjustmentWithdrawalView.as_view(), name="api-adjustment-withdraw"),
    path("payee-holds/", payee_holds.PayeeHoldsView.as_view(), name="api-payee-holds"),
    path(_PAYEE_HOLD, payee_holds.PayeeHoldView.as_view(), name="api-payee-hold"),
    path(f"{_PAYEE_HOLD}proposal/", payee_holds.PayeeHoldProposalView.as_view(), name="api-payee-hold-proposal"),
    path(f"{_PAYEE_HOLD}lifting/", payee_holds.PayeeHoldLiftView.as_view(), name="api-payee-hold-lifting"),
    path(f"{_PAYEE_HOLD}appeal/", payee_holds.PayeeHoldAppealView.as_view(), name="api-payee-hold-appeal"),
    path("holds/", holds.HoldsView.as_view(), name="api-holds"),
    path("holds/<uuid:hold_id>/", holds.HoldView.as_view(), name="api-hold"),
    path("holds/<uuid:hold_id>/release/", holds.HoldReleaseView.as_view(), name="api-hold-release"),
    path("holds/<uuid:hold_id>/appeal/", holds.HoldAppealView.as_view(), name="api-hold-appeal"),
    path("finance/reconciliation/", reconciliation.ReconciliationView.as_view(), name="api-reconciliation"),
    path("finance/orphans/", orphans.OrphansView.as_view(), name="api-orphans"),
    path("finance/orphans/<uuid:orphan_id>/retry/", orphans.OrphanRetryView.as_view(), name="api-orphan-retry"),
    path("finance/orphans/<uuid:orphan_id>/settle/", orphans.OrphanSettlementView.as_view(), name="api-orphan-settle"),
    path("finance/breaks/", reconciliation.BreaksView.as_view(), name="api-breaks"),
    path(_BREAK, reconciliation.BreakView.as_view(), name="api-break"),
    path(f"{_BREAK}explain/", reconciliation.BreakExplanationView.as_view(), name="api-break-explain"),
    path(f"{_BREAK}write-off/", reconciliation.WriteOffView.as_view(), name="api-write-off"),
    path(f"{_BREAK}write-off/approve/", reconciliation.WriteOffApprovalView.as_view(), name="api-write-off-approve"),
    path(f"{_BREAK}write-off/refuse/", reconciliation.WriteOffRefusalView.as_view(), name="api-write-off-refuse"),
    path("finance/ledger/entries/", books.EntriesView.as_view(), name="api-entries"),
    path("finance/ledger/entries/<uuid:entry_id>/", books.EntryView.as_view(), name="api-entry"),
    path("finance/periods/", periods.PeriodsView.as_view(), name="api-periods"),
    path("finance/periods/<slug:month>/", periods.PeriodView.as_view(), name="api-period"),
    path("finance/periods/<slug:month>/propose/", periods.PeriodProposalView.as_view(), name="api-period-propose"),
    path("finance/periods/<slug:month>/close/", periods.PeriodCloseView.as_view(), name="api-period-close"),
    path("finance/periods/<slug:month>/keep-open/", periods.PeriodKeepOpenView.as_view(), name="api-period-keep-open"),
    path("finance/ledger/trial-balance/", books.TrialBalanceView.as_view(), name="api-trial-balance"),
]

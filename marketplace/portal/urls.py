"""Addresses of the way in, the account, homes, earnings, quality and the board."""

from django.urls import path

from marketplace.portal.web import (
    account,
    bars,
    board,
    corrections,
    drift,
    earnings,
    holds,
    home,
    payout_method,
    quality,
    tax,
)

app_name = "portal"
urlpatterns = [
    path("", account.show_start, name="start"),
    path("welcome/", account.show_welcome, name="welcome"),
    path("welcome/expert/", account.join_as_expert, name="join_as_expert"),
    path("welcome/client/", account.join_as_client, name="join_as_client"),
    path("account/", account.edit_account, name="account"),
    path("account/tokens/", account.create_token, name="create_token"),
    path("account/tokens/<str:token_key>/revoke/", account.revoke_token, name="revoke_token"),
    path("home/", home.show_home, name="home"),
    path("earnings/", earnings.list_lines, name="earnings"),
    path("earnings/<uuid:earning_id>/", earnings.show_earning, name="earning"),
    path("holds/<uuid:hold_id>/", holds.show_hold, name="hold"),
    path("payout-method/", payout_method.edit_payout_method, name="payout_method"),
    path("payout-method/tax/", tax.edit_tax_form, name="tax_form"),
    path("payout-method/holds/<uuid:payee_hold_id>/", holds.show_payee_hold, name="payee_hold"),
    path("payout-method/bank/", payout_method.open_bank_form, name="open_bank_form"),
    path("payout-method/bank/back/", payout_method.close_bank_form, name="close_bank_form"),
    path("quality/", quality.show_own, name="quality"),
    path("board/", board.show_board, name="board"),
    path("board/projects/<uuid:project_id>/", board.show_project, name="project"),
    path("board/quality/", quality.show_map, name="quality_map"),
    path("board/quality/map.csv", quality.download_map, name="quality_map_csv"),
    path("board/quality/bars/", bars.show_bars, name="bars"),
    path("board/quality/drift.csv", drift.download_alarms, name="drift_alarms_csv"),
    path("board/quality/planted/", corrections.list_planted, name="planted_items"),
    path("board/quality/planted/<uuid:gold_id>/", corrections.withdraw_planted, name="planted_item"),
    path("board/quality/reviewers/<uuid:reviewer_id>/", corrections.withdraw_reviews, name="withdraw_reviewer"),
    path("board/quality/withdrawals/", corrections.list_all, name="withdrawals"),
    path("board/quality/withdrawals/<uuid:withdrawal_id>/", corrections.show_one, name="withdrawal"),
    path("board/quality/withdrawals/<uuid:withdrawal_id>/effects.csv", corrections.download, name="withdrawal_csv"),
    path("board/quality/<uuid:worker_id>/", quality.show_worker, name="worker_quality"),
]

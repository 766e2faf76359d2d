"""Pages of work: doing it, reviewing it, importing it."""

from marketplace.work.web.batches import (
    download_import_errors,
    import_file,
    list_batches,
    move_batch,
    show_batch,
    show_batch_progress,
    show_import_report,
    show_ranking,
)
from marketplace.work.web.doing import (
    add_error_row,
    claim_next,
    do_task,
    extend_lease,
    list_my_decisions,
    list_my_work,
    release_claim,
    save_draft,
)
from marketplace.work.web.reviewing import accept_chosen, list_queue, report_outcome, review

__all__ = [
    "accept_chosen",
    "add_error_row",
    "claim_next",
    "do_task",
    "download_import_errors",
    "extend_lease",
    "import_file",
    "list_batches",
    "list_my_decisions",
    "list_my_work",
    "list_queue",
    "move_batch",
    "release_claim",
    "report_outcome",
    "review",
    "save_draft",
    "show_batch",
    "show_batch_progress",
    "show_import_report",
    "show_ranking",
]

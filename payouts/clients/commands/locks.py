"""The lock that whoever commits a client's money holds."""

from __future__ import annotations

from uuid import UUID

from payouts.clients.models import ClientAccount


def lock_account(account_id: UUID) -> ClientAccount:
    """Return an account, locked: whoever commits, charges or pays back its money waits for whoever does."""
    return ClientAccount.objects.select_for_update(of=("self",), no_key=True).get(id=account_id)

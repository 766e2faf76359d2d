"""The night of proposing. It decides nothing and tells no worker anything."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from common import events
from quality.estimates.models import FitRun
from quality.estimates.queries import find_last_fit
from quality.events import ProposalLapsed, ProposalLostGround, ProposalMade
from quality.methods.gates import Gate, Kind
from quality.policies.commands.alarms import keep_alarms
from quality.policies.models import Proposal
from quality.policies.queries.night import Night, Pair, load_night, load_reasons
from quality.policies.rules import GRAVER, NOT_TODAY, bar_of, choose_gate, find_lost_ground, snapshot
from quality.policies.values import ProposeSummary

# Keys of the advisory lock that lets one proposer work at a time.
_LOCK = (7_802, 0)


@transaction.atomic
def propose(*, now: datetime) -> ProposeSummary:
    """This will propose what the gates let pass, and let lapse what could not be proposed any more. Set-based.

    It also keeps the alarms of falls (``alarms.keep_alarms``), which are what managers list.

    One unsettled proposal a worker and scope; running it again at once changes nothing. Whoever is paused is proposed for
    a return alone. What a person closed and settled is not proposed again for ``rules.QUIET``. Lock order: the
    proposers' lock, alarms, proposals.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", _LOCK)
    fit = find_last_fit()
    if fit is None:
        return ProposeSummary(0, 0, 0)
    night = load_night(fit, now=now)
    keep_alarms(night.falls, now=now)
    gates = {pair: choose_gate(known) for pair, known in night.known.items()}
    lapsed = _lapse(night, gates, now)
    lost = _mark_lost_ground(night, now)
    made = _make(night, gates, freed={(row.worker_id, row.scope_id) for row in lapsed}, fit=fit, now=now)
    return ProposeSummary(len(made), len(lapsed), len(lost))


def _lapse(night: Night, gates: dict[Pair, Gate | None], now: datetime) -> list[Proposal]:
    """Close open proposals of which the gate does not let pass the like today; a person may have closed some meanwhile."""
    reasons: dict[str, list[Pair]] = {NOT_TODAY: [], GRAVER: []}
    for pair, row in night.proposals.items():
        gate = gates.get(pair)
        if row.state == Proposal.State.OPEN and (gate is None or gate.kind != row.kind):
            reasons[NOT_TODAY if gate is None else GRAVER].append(pair)
    lapsed: list[Proposal] = []
    for words, pairs in reasons.items():
        ids = [night.proposals[pair].id for pair in pairs]
        still_open = Proposal.objects.select_for_update().filter(id__in=ids, state=Proposal.State.OPEN).order_by("id")
        rows = list(still_open)
        Proposal.objects.filter(id__in=[row.id for row in rows]).update(
            state=Proposal.State.LAPSED, closed_at=now, settled_at=now, reason_text=words
        )
        lapsed += rows
    news = [ProposalLapsed(proposal_id=row.id, worker_id=row.worker_id, kind=row.kind) for row in lapsed]
    events.publish_each(news, now=now)
    return lapsed


def _mark_lost_ground(night: Night, now: datetime) -> list[Proposal]:
    """Say of pauses that a person is looking into that their evidence was withdrawn."""
    rows = [
        row
        for pair, row in night.proposals.items()
        if row.kind == Kind.PAUSE
        and row.state == Proposal.State.TAKEN_UP
        and row.ground_lost_at is None
        and pair in night.known
        and find_lost_ground(night.known[pair]) is not None
    ]
    Proposal.objects.filter(id__in=[row.id for row in rows]).update(ground_lost_at=now)
    news = [ProposalLostGround(proposal_id=row.id, worker_id=row.worker_id, kind=row.kind) for row in rows]
    events.publish_each(news, now=now)
    return rows


def _make(
    night: Night, gates: dict[Pair, Gate | None], *, freed: set[Pair], fit: FitRun, now: datetime
) -> Sequence[Proposal]:
    chosen = {
        pair: gate
        for pair, gate in gates.items()
        if gate is not None
        and (pair not in night.proposals or pair in freed)
        and (*pair, gate.kind.value) not in night.quiet
    }
    reasons = load_reasons([night.estimates[pair].id for pair in chosen])
    rows = []
    for (worker_id, scope_id), gate in sorted(chosen.items(), key=lambda item: item[0]):
        known, estimate = night.known[worker_id, scope_id], night.estimates[worker_id, scope_id]
        evidence = snapshot(
            gate=gate,
            known=known,
            low90=estimate.low90,
            high90=estimate.high90,
            prior=estimate.prior_mean,
            why=reasons.get(estimate.id, []),
            version=estimate.method_version,
        )
        rows.append(
            Proposal(
                worker_id=worker_id,
                scope_id=scope_id,
                kind=gate.kind.value,
                bar=bar_of(gate.kind, known.bars),
                evidence=evidence,
                # A refit may be at work, or have broken off: what is proposed rests on the estimate's own.
                fit_run_id=estimate.fit_run_id or fit.id,
                proposed_at=now,
            )
        )
    Proposal.objects.bulk_create(rows)
    news = [ProposalMade(proposal_id=row.id, worker_id=row.worker_id, kind=row.kind) for row in rows]
    events.publish_each(news, now=now)
    return rows

"""What proofs with real processes share: the stand-in in a process of its own, people, cycles, forks. After ``django.setup()``.

Forks start from one process that has everything loaded and nothing open, so that hundreds of them take seconds.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.db import connections

from common import clock
from payouts.cycles import commands as cycles
from payouts.cycles.models import CycleLine
from payouts.facade import EarningInput, post_earnings
from payouts.ledger.queries import get_balance
from payouts.ledger.rules import payable, stripe_balance
from payouts.payees.commands import refresh_payee, register_payee, start_onboarding
from payouts.payees.models import Payee
from payouts.rails import registry
from payouts.rails.connect import make_client
from payouts.transfers.models import Payout
from tests.payouts.people import make_person

PROJECT_DIR = Path(__file__).parents[2]
KEY = "sk_test_local"
START = datetime(2026, 1, 5, tzinfo=UTC)
GOOD_BANK, BAD_BANK = "DE02120300000000202051", "DE62370400440532013001"
#: A process that hangs ends here, by SIGALRM, and the proof says so.
LONGEST_RUN_S = 60


class _StayHere(urllib.request.HTTPRedirectHandler):
    """The hosted form answers with a way back to a page that nobody serves."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


@contextmanager
def stand_in() -> Iterator[str]:
    """Run the Stripe stand-in as a process of its own; yield its address, and let our rail speak to it."""
    words = [sys.executable, "-m", "payouts.sandbox", "--port", "0", "--key", KEY]
    process = subprocess.Popen(words, cwd=PROJECT_DIR, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        settings.STRIPE_API_BASE = process.stdout.readline().split()[-1]
        settings.STRIPE_API_KEY = KEY
        yield settings.STRIPE_API_BASE
    finally:
        registry._rails.clear()
        process.terminate()
        process.wait(20)
        process.stdout.close()


class Stage:
    """A platform with finance, experts who can be paid, and a pay cycle a day."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.client = make_client(KEY, address)
        self.amina = make_person("Amina", "FINANCE_PREPARER", granted_at=START)
        self.chiara = make_person("Chiara", "FINANCE_APPROVER", granted_at=START)
        self.lead = make_person("Lead")
        self.earned: dict[UUID, int] = {}
        self.days = 0
        self.hired = 0

    def hire(self, name: str, bank: str = GOOD_BANK) -> Any:
        """Return a new expert whose bank account the provider has checked."""
        worker = make_person(name)
        # Everybody's own account: one that two people share is held. The last four digits say how the bank behaves.
        self.hired += 1
        bank = f"{bank[:10]}{self.hired:08d}{bank[-4:]}"
        register_payee(worker_id=worker.id, legal_name=name, country="DE", currency="EUR", by=worker, now=START)
        self.enter_bank(worker, bank)
        return worker

    def enter_bank(self, worker: Any, bank: str, *, now: datetime = START) -> None:
        """Fill in the provider's page as the expert would, and take over what it says."""
        back = {"return_url": "http://platform/back", "refresh_url": "http://platform/again"}
        link = start_onboarding(worker_id=worker.id, by=worker, now=now, **back)
        self._post(link.url, {"account_holder": worker.full_name, "account_number": bank, "accept": "yes"})
        refresh_payee(payee_id=Payee.objects.get(worker=worker).id, now=now)

    def switch(self, name: str, **fields: Any) -> None:
        """Change something of the stand-in's world."""
        self._post(f"{self.address}/_sandbox/{name}", fields)

    def _post(self, url: str, fields: dict[str, Any]) -> None:
        request = urllib.request.Request(url, urlencode(fields).encode(), {"Authorization": f"Bearer {KEY}"})
        try:
            urllib.request.build_opener(_StayHere).open(request, timeout=20).close()
        except urllib.error.HTTPError as error:
            if error.code != 303:
                raise

    def next_day(self) -> datetime:
        """Let a day begin, and return its end: when a cycle over it can be drafted."""
        self.days += 1
        return START + timedelta(days=self.days)

    def earn(self, worker: Any, amount_minor: int, key: str, *, ends_at: datetime) -> None:
        """Owe an expert so many cents for work of the day that ends then."""
        posted = ends_at - timedelta(hours=4)
        earning = EarningInput(
            worker_id=worker.id,
            source_key=key,
            description="A task",
            quantity=Decimal(1),
            unit="ACCEPTED_TASK",
            rate_minor=amount_minor,
            currency="EUR",
            rate_line_key="rate_line:1",
            worked_from=posted - timedelta(hours=2),
            worked_to=posted - timedelta(hours=1),
            approved_by=self.lead.id,
            tenant="acme",
            project="mqm",
        )
        post_earnings([earning], now=posted)
        self.earned[worker.id] = self.earned.get(worker.id, 0) + amount_minor

    def approved_cycle(self, ends_at: datetime, *, approve: bool = True) -> UUID:
        """Return a cycle over the day that ends then, approved by a second person, or only submitted."""
        starts_at = ends_at - timedelta(days=1)
        cycle = cycles.draft_cycle(starts_at=starts_at, ends_at=ends_at, currency="EUR", by=self.amina, now=ends_at)
        cycles.calculate(cycle_id=cycle.id, by=self.amina, now=ends_at)
        cycles.submit(cycle_id=cycle.id, by=self.amina, now=ends_at)
        if approve:
            cycles.approve(cycle_id=cycle.id, by=self.chiara, now=ends_at)
        return cycle.id

    def transfers(self) -> list[Any]:
        """Return every transfer that the provider ever made."""
        return list(self.client.v1.transfers.list({"limit": 100}).auto_paging_iter())

    def transfer_naively(self, line: CycleLine) -> None:
        """Pay a line without anything that ties the transfer to it."""
        payee = Payee.objects.get(worker=line.worker_id)
        params: Any = {
            "amount": line.amount_minor,
            "currency": "eur",
            "destination": payee.account_id,
            "metadata": {"naive": str(line.cycle_id)},
        }
        self.client.v1.transfers.create(params)

    def naive_transfers(self, cycle_id: UUID) -> list[Any]:
        """Return what was paid naively for a cycle."""
        return [row for row in self.transfers() if row.metadata.to_dict().get("naive") == str(cycle_id)]

    def audit_transfers(self) -> list[str]:
        """Return where the provider's transfers are not exactly the paid lines, and its balance not that of the books."""
        sent: dict[str, list[Any]] = {}
        for transfer in self.transfers():
            sent.setdefault(transfer.metadata["payout"], []).append(transfer)
        states = dict(Payout.objects.values_list("id", "state"))
        faults = []
        for payout_id, amount in CycleLine.objects.filter(payout_id__isnull=False).values_list(
            "payout_id", "amount_minor"
        ):
            made, state = sent.pop(str(payout_id), []), states[payout_id]
            if [row.amount for row in made] != [amount]:
                faults.append(f"the line of {amount} for {payout_id} has transfers of {[row.amount for row in made]}")
            elif made[0].amount_reversed != (0 if state == "PAID" else amount):
                faults.append(f"{payout_id} is {state}, but {made[0].amount_reversed} of {amount} came back")
        if sent:
            faults.append(f"transfers without a line: {sorted(sent)}")
        return faults + self._audit_balance()

    def _audit_balance(self) -> list[str]:
        balance = self.client.v1.balance.retrieve()
        theirs = sum(item.amount for item in [*balance.available, *balance.pending] if item.currency == "eur")
        ours = get_balance(stripe_balance("EUR")).amount_minor
        return [] if ours == theirs else [f"drift: the books say {ours} at the provider, which says {theirs}"]

    def audit_earnings(self) -> list[str]:
        """Return whose pay and what is still owed to them are not what they earned."""
        faults = []
        for worker_id, earned in self.earned.items():
            paid = sum(Payout.objects.filter(worker=worker_id, state="PAID").values_list("amount_minor", flat=True))
            owed = get_balance(payable(worker_id, "EUR")).amount_minor
            if paid + owed != earned:
                faults.append(f"{earned} earned, {paid} paid, {owed} still owed to {worker_id}")
        return faults

    def summary(self) -> str:
        """Return in words how many transfers there are for how many lines, and their sums."""
        transfers, lines = self.transfers(), CycleLine.objects.filter(payout_id__isnull=False)
        moved, owed = sum(row.amount for row in transfers), sum(lines.values_list("amount_minor", flat=True))
        return f"{len(transfers)} transfers of {moved:,} for {lines.count()} lines of {owed:,}"


def fork(act: Callable[[], None], *, fault: str = "", resume: Path | None = None, now: datetime) -> int:
    """Run ``act`` in a process of its own at ``now``, armed with a fault; return its id.

    It leaves with 0, or 3 if ``act`` raised, which it prints.
    """
    connections.close_all()
    registry._rails.clear()
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return pid
    code = 3
    try:
        signal.alarm(LONGEST_RUN_S)
        settings.ALLOW_FAULTS, settings.FAULT, settings.FAULT_RESUME = True, fault, resume
        with clock.at(now):
            act()
        code = 0
    except BaseException as error:
        with suppress(Exception):
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
    finally:
        os._exit(code)


def wait(pid: int) -> int:
    """Return how a process ended: its exit code, or the negative number of the signal that killed it."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

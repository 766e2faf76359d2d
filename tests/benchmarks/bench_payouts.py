"""How fast a whole cycle is paid against the stand-in in this process, without pacing: from approval to the bank.

Run: ``make bench-payouts PAYOUTS=20000``. It prints one JSON object; times are wall clock, so read them on one machine. The
judge of exchanges is off. Asserted is that everyone was paid once and that the books hold, never a speed.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from common import clock
from common.money import Money
from common.verification import run_checks
from marketplace.models import User
from payouts.cycles.commands import approve, calculate, draft_cycle, execute, submit, tick
from payouts.facade import EarningInput, post_earnings
from payouts.ledger.queries import get_balance
from payouts.ledger.rules import stripe_balance
from payouts.payees.models import Payee
from payouts.rails import registry
from payouts.sandbox import onboarding
from payouts.transfers.commands import run_due
from payouts.transfers.models import Payout
from tests.payouts.people import NOW, make_person
from tests.payouts.support.story import Story

PAYOUTS = int(os.environ.get("PAYOUTS", "2000"))
EARNED_MINOR = 12_500


def seconds(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started

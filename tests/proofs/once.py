"""`make prove-once`: seeded pay cycles in a storm. Nothing lost, doubled, stuck after 72 virtual hours, or adrift.

    python -m tests.proofs.once --seeds 1000                seeds 1 to 1000 on every core
    python -m tests.proofs.once --seeds 1000 --first 1001   seeds 1001 to 2000: a long proof in parts
    python -m tests.proofs.once --seed 17                   one seed again, with what it met
    python -m tests.proofs.once --defect no_key             the same with a defect built in: it must be caught

Each seed has a PostgreSQL database of its own, copied from a migrated one.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import logging
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from importlib import import_module
from itertools import takewhile
from multiprocessing import active_children, get_context
from typing import Any

from config import testpg

LEAST_OF_EACH = 50
CHUNK = 5


def main() -> int:
    """Run what the command line asks for; 0 means that nothing was wrong, or that the defect was caught."""
    asked = _parse()
    for name in (signal.SIGINT, signal.SIGTERM):  # a background job ignores SIGINT unless it says otherwise
        signal.signal(name, signal.default_int_handler)
    seeds = [asked.seed] if asked.seed is not None else list(range(asked.first, asked.first + asked.seeds))
    with testpg.throwaway_server():
        testpg.set_up_django()
        testpg.make_template()
        names = import_module("tests.proofs.defects").DEFECTS if asked.every_defect else [asked.defect]
        with processes(min(asked.jobs, len(seeds))) as pool:
            return max(Proof(name).run(seeds, pool) for name in names)


@contextmanager
def processes(count: int) -> Iterator[ProcessPoolExecutor]:
    """Run so many processes, which end with this one however it ends, and at once when it is interrupted."""
    pool = ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=_end_with, initargs=(os.getpid(),))
    try:
        yield pool
    except BaseException:
        for process in active_children():
            process.kill()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _end_with(parent: int) -> None:
    """Let this process be killed when its parent ends; only the parent answers Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        # Source: prctl(2), PR_SET_PDEATHSIG is 1.
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=1000, help="how many")
    parser.add_argument("--first", type=int, default=1, help="the first of them")
    parser.add_argument("--seed", type=int, help="only this one")
    parser.add_argument("--defect", default="", help="build this defect in first; stop when it is caught")
    parser.add_argument("--every-defect", action="store_true", help="each known defect in turn")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    return parser.parse_args()


class Proof:
    """Gathers what the seeds report."""

    def __init__(self, defect: str) -> None:
        self.defect = defect
        self.met: Counter[str] = Counter()
        self.broken: list[tuple[int, list[str]]] = []
        self.played: set[int] = set()
        self.is_stopped = False
        self.payouts = self.done = 0

    def run(self, seeds: list[int], pool: ProcessPoolExecutor) -> int:
        """Play the seeds on the pool's processes and print what came of it; a defect only until it is caught."""
        began = time.monotonic()
        chunks = [seeds[at : at + CHUNK] for at in range(0, len(seeds), CHUNK)]
        waiting = [pool.submit(play, chunk, self.defect) for chunk in chunks]
        try:
            for future in as_completed(waiting):
                self._take(future.result())
                say(f"\r{self.done}/{len(seeds)} cycles, {len(self.broken)} wrong, {time.monotonic() - began:.0f} s")
                if self.broken and self.defect:
                    break
        except KeyboardInterrupt:
            seeds = self._stop(seeds)
        for rest in waiting:
            rest.cancel()
        say("\n")
        return self._conclude_defect() if self.defect else self._conclude(seeds, time.monotonic() - began)

    def _stop(self, seeds: list[int]) -> list[int]:
        """Return the seeds that were played without a gap, and say where to go on: a long proof can be played in parts."""
        self.is_stopped = True
        for name in (signal.SIGINT, signal.SIGTERM):  # the seeds at hand are played to their end
            signal.signal(name, signal.SIG_IGN)
        played = list(takewhile(self.played.__contains__, seeds))
        say(f"\nstopped by hand: go on with FIRST={seeds[0] + len(played)}")
        return played or seeds[:1]

    def _conclude_defect(self) -> int:
        seed, faults = min(self.broken, default=(0, [""]))
        caught = f"caught by seed {seed} of {self.done} cycles: {faults[0]}" if self.broken else "NOT caught"
        say(f"defect {self.defect}: {caught}\n")
        return 0 if self.broken else 1

    def _take(self, reports: list[dict[str, Any]]) -> None:
        for report in reports:
            self.done += 1
            self.played.add(report["seed"])
            self.payouts += report["payouts"]
            self.met.update(report["met"])
            if report["faults"]:
                self.broken.append((report["seed"], report["faults"]))

    def _conclude(self, seeds: list[int], seconds: float) -> int:
        for name, count in sorted(self.met.items()):
            say(f"  {count:8,}  {name}\n")
        for seed, faults in sorted(self.broken)[:20]:
            say(f"seed {seed}: {faults[0]}" + (f" (and {len(faults) - 1} more)" if len(faults) > 1 else "") + "\n")
        rare = [name for name in must_be_met() if self.met[name] < LEAST_OF_EACH] if len(seeds) >= 1000 else []
        kinds = Counter(fault.split(":")[0] for _, faults in self.broken for fault in faults)
        say(
            f"seeds {seeds[0]} to {seeds[-1]}: {self.done:,} cycles, {self.payouts:,} payouts, "
            f"{seconds:.0f} s ({self.done / seconds:.1f} cycles/s): "
            f"{kinds['lost']} lost, {kinds['doubled']} doubled, {kinds['stuck']} stuck, {kinds['drift']} adrift"
            + (f", {kinds['the run broke']} broke off" if kinds["the run broke"] else "")
            + "\n"
        )
        if rare:
            say(f"too rarely met to prove anything (fewer than {LEAST_OF_EACH}): {', '.join(rare)}\n")
        return 1 if self.broken or rare or self.is_stopped else 0


def must_be_met() -> Iterator[str]:
    """Return the names of everything that a long run has to have met."""
    from payouts.sandbox.faults import Fault  # noqa: PLC0415 - after Django is set up

    yield from (fault.value for fault in Fault)
    yield from ("webhook lost", "webhook duplicated", "webhooks reordered", "message lost")
    yield from ("bank returned after paid", "reversed by hand", "payout over connect", "payout over global")
    yield from (f"crash at {name}" for name in import_module("common.faults").list_crash_points() if "payouts" in name)


def play(seeds: list[int], defect: str) -> list[dict[str, Any]]:
    """Play seeds in this process, each in a database of its own."""
    testpg.set_up_django()
    logging.disable(logging.CRITICAL)
    simulation = import_module("tests.proofs.simulation")
    gc.freeze()  # the code of Django and Stripe is no garbage: looking through it takes a tenth of a seed's time
    defects = import_module("tests.proofs.defects")
    reports = []
    for seed in seeds:
        with testpg.database_of_ones_own(f"prove_{os.getpid()}"), defects.built_in(defect):
            report = simulation.simulate(seed, is_judged=False)
        reports.append({"seed": seed, "met": report.met, "faults": report.faults, "payouts": report.payouts})
    return reports


def say(words: str) -> None:
    """Tell how far it is."""
    sys.stdout.write(words)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

"""A sample of the proofs with real processes that `make prove-kill`, `prove-races` and `prove-crash` show at length."""

from __future__ import annotations

from tests.proofs.apart import run_here


def test_processes_killed_at_named_points_pay_every_line_once(fresh_database: str) -> None:
    ran = run_here(["kill", "--kills", "12"], fresh_database, quiet=True)

    assert ran.returncode == 0, ran.stdout + ran.stderr
    last = ran.stdout.splitlines()[-1]
    assert int(last.split()[0]) >= 12
    assert last.endswith("; 0 wrong")


def test_processes_that_meet_at_one_payment_end_it_legally(fresh_database: str) -> None:
    ran = run_here(["races", "--rounds", "3", "--points", "1"], fresh_database, quiet=True)

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.endswith("\n0 wrong\n")
    assert "control, a look without a lock: paid and cancelled" in ran.stdout


def test_a_cycle_ends_though_the_database_crashed_and_the_broker_died(fresh_database: str) -> None:
    ran = run_here(["crash", "--crashes", "1", "--ended", "0", "--cuts", "0"], fresh_database, quiet=True)

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "broker killed with 3 tasks" in ran.stdout
    assert "1 crashes, " in ran.stdout
    assert ran.stdout.endswith("\n0 wrong\n")

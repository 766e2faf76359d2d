"""`manage.py dev`: everything that Muster needs on one machine, until Ctrl-C."""

import os
import socket
import subprocess
import sys
import time
from argparse import ArgumentParser
from contextlib import suppress
from importlib.util import find_spec
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from django.conf import settings
from django.core.management import get_commands
from django.core.management.base import BaseCommand, CommandError
from django.urls import NoReverseMatch, reverse

from config.environment import Environment, read_environment
from config.services.binaries import ServiceError
from config.services.embedded import start_services, stop_services
from config.services.layout import PROJECT_DIR
from config.services.supervisor import AlreadyRunning, Program, Supervisor

FIRST_PORT = 8000
PORTS_TO_TRY = 100
BACKLOG = 2048  # as gunicorn's own
WEB_WORKERS, WEB_THREADS = 2, 4
TASK_PROCESSES = 2
READY_TIMEOUT_S = 60.0


class Command(BaseCommand):
    """Starts the servers, migrates, then keeps web, worker, beat and the Stripe stand-in running."""

    help = "Run everything on this machine; one Ctrl-C stops it all. Logs are in var/log."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", action="store_true", help="fill an empty database with made-up people first")
        parser.add_argument(
            "--port", type=int, help="port of the web server (MUSTER_PORT, else the first free from 8000)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        env = read_environment()
        supervisor = Supervisor(env.layout, self._say)
        try:
            # First, since what a killed run left may hold the port that this one wants.
            for name in supervisor.claim():
                self._say(f"ended {name}, left by a run that was killed")
        except AlreadyRunning as error:
            raise CommandError(str(error)) from None
        with open_door(options["port"] or env.MUSTER_PORT) as door:
            self._run(env, supervisor, door, seeds=options["seed"])

    def _run(self, env: Environment, supervisor: Supervisor, door: socket.socket, *, seeds: bool) -> None:
        address = f"http://127.0.0.1:{door.getsockname()[1]}"
        supervisor.note_address(address)
        try:
            self._say("starting PostgreSQL and Valkey …")
            start_services(env)
            self._manage("migrate", "--verbosity", "0")
            if seeds:
                self._seed()
        except ServiceError as error:
            raise CommandError(str(error)) from None
        self._say("starting web, worker and beat …")
        announcement = Announcement(address, self._say)

        def look_after() -> None:
            start_services(env)
            announcement.look()

        try:
            supervisor.run(list_programs(env, door, address), each_round=look_after)
        finally:
            self._say("stopping …")
            stop_services(env)

    def _say(self, words: str) -> None:
        self.stdout.write(words)
        self.stdout.flush()

    def _manage(self, *words: str) -> None:
        done = subprocess.run([sys.executable, PROJECT_DIR / "manage.py", *words], check=False)  # noqa: S603
        if done.returncode != 0:
            raise CommandError(f"manage.py {words[0]} failed")

    def _seed(self) -> None:
        if "seed_demo" not in get_commands():
            raise CommandError("there is no seed_demo command here")
        self._manage("seed_demo")


class Announcement:
    """Says once where to look, as soon as the web server answers."""

    def __init__(self, address: str, say: Any) -> None:
        self._address = address
        self._say = say
        self._told = False
        self._deadline = time.monotonic() + READY_TIMEOUT_S

    def look(self) -> None:
        """Tell the address if it answers by now, or that it still doesn't."""
        if self._told:
            return
        if answers(self._address):
            self._told = True
            self._say(f"Muster runs at {self._address} — Ctrl-C stops it")
        elif time.monotonic() > self._deadline:
            self._told = True
            self._say(f"{self._address} does not answer yet; see {settings.MUSTER_HOME}/log/web.log")


def answers(address: str) -> bool:
    """Say whether the web server's liveness page answers."""
    try:
        with urlopen(f"{address}/healthz", timeout=2) as response:  # noqa: S310 - our own address
            return bool(response.status == 200)
    except (URLError, OSError):
        return False


def open_door(wanted: int | None) -> socket.socket:
    """Return a socket that listens at the port that is asked for, or at the first free one from 8000.

    The web server inherits it: a port that was only looked at could be taken by another checkout before it begins.

    Raises: CommandError if the port that is asked for is taken.
    """
    for port in [wanted] if wanted is not None else range(FIRST_PORT, FIRST_PORT + PORTS_TO_TRY):
        with suppress(OSError, OverflowError):
            return socket.create_server(("127.0.0.1", port), backlog=BACKLOG)
    if wanted is not None:
        raise CommandError(f"port {wanted} is taken: choose another by --port or MUSTER_PORT")
    raise CommandError(f"no port from {FIRST_PORT} to {FIRST_PORT + PORTS_TO_TRY} is free: choose one by --port")


def list_programs(env: Environment, door: socket.socket, address: str) -> list[Program]:
    """Return the command lines of web, worker, beat and, where Stripe is not the real one, its stand-in."""
    python = sys.executable
    settings_module = os.environ.get("DJANGO_SETTINGS_MODULE", "config.settings.dev")
    shared = {"DJANGO_SETTINGS_MODULE": settings_module, "BASE_URL": env.BASE_URL or address, "PYTHONUNBUFFERED": "1"}
    celery = [python, "-m", "celery", "--app", "config"]
    beat_file = env.layout.pids / "beat-schedule"
    programs = [
        Program(
            "web",
            [
                *(python, "-m", "gunicorn", "config.wsgi:application", "--bind", f"fd://{door.fileno()}"),
                *("--worker-class", "gthread", "--workers", str(WEB_WORKERS), "--threads", str(WEB_THREADS)),
                *("--access-logfile", "-", "--graceful-timeout", "5", "--no-control-socket"),
            ],
            shared,
            fds=(door.fileno(),),
        ),
        Program(
            "worker",
            [
                *celery,
                *("worker", "--loglevel", "INFO", "--concurrency", str(TASK_PROCESSES)),
                *("--without-gossip", "--without-mingle"),
            ],
            shared,
        ),
        Program("beat", [*celery, "beat", "--loglevel", "INFO", "--schedule", str(beat_file), "--pidfile="], shared),
    ]
    stand_in = stand_in_program(env, address)
    return [stand_in, *programs] if stand_in else programs


def stand_in_program(env: Environment, address: str) -> Program | None:
    """Return the command line of the Stripe stand-in, or None where a real Stripe or another stand-in is used."""
    if env.STRIPE_API_BASE or env.STRIPE_API_KEY or find_spec("payouts.sandbox") is None:
        return None
    key, secret = settings.STRIPE_API_KEY or "", settings.STRIPE_WEBHOOK_SECRETS[0]
    words = [
        *(sys.executable, "-m", "payouts.sandbox", "--port", str(env.layout.stand_in_port)),
        *("--key", key, "--secret", secret),
        *("--state", str(env.MUSTER_HOME / "stripe-stand-in.sqlite")),
    ]
    with suppress(NoReverseMatch):
        words += ["--webhook-url", f"{address}{reverse('stripe-webhook')}"]
    return Program("stripe-stand-in", words)

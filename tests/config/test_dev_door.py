"""Where the web server of `manage.py dev` listens: a port of its own, also when two checkouts start at once."""

from __future__ import annotations

import json
import os
import socket
import sys
from pathlib import Path

import pytest
from django.core.management.base import CommandError

from config.environment import read_environment
from config.management.commands.dev import list_programs, open_door
from config.services.layout import Layout
from config.services.supervisor import Program, Supervisor, find_address

ECHO = "import socket, sys; door = socket.socket(fileno=int(sys.argv[1])); door.accept()[0].sendall(b'mine')"


def port_of(door: socket.socket) -> int:
    return int(door.getsockname()[1])


def test_two_that_start_at_once_get_a_port_each() -> None:
    with open_door(None) as one, open_door(None) as other:
        assert port_of(one) != port_of(other)


def test_a_port_that_is_asked_for_and_taken_is_refused() -> None:
    with open_door(None) as one, pytest.raises(CommandError, match=f"port {port_of(one)} is taken"):
        open_door(port_of(one))


def test_a_port_that_does_not_exist_is_refused() -> None:
    with pytest.raises(CommandError, match="port 70000 is taken"):
        open_door(70000)


def test_a_program_answers_at_the_door_it_inherits(tmp_path: Path) -> None:
    supervisor = Supervisor(Layout(tmp_path), lambda words: None)
    with open_door(None) as door:
        web = Program("web", [sys.executable, "-c", ECHO, str(door.fileno())], fds=(door.fileno(),))
        child = supervisor._spawn(web)

        with socket.create_connection(door.getsockname(), timeout=20) as visitor:
            heard = visitor.recv(4)
        child.process.wait(20)

    assert heard == b"mine"


def test_the_web_server_gets_the_door_and_the_others_do_not() -> None:
    with open_door(None) as door:
        programs = list_programs(read_environment(), door, "http://127.0.0.1:8000")

        inherits = {program.name: tuple(program.fds) for program in programs if program.fds}
        assert inherits == {"web": (door.fileno(),)}
        web = next(program for program in programs if program.name == "web")
        assert f"fd://{door.fileno()}" in web.words


def test_the_address_is_that_of_the_supervisor_that_is_asked_about_once_its_web_server_runs(tmp_path: Path) -> None:
    supervisor, layout = Supervisor(Layout(tmp_path), lambda words: None), Layout(tmp_path)
    before = find_address(layout, os.getpid())
    supervisor.claim()
    supervisor.note_address("http://127.0.0.1:8123")
    claimed = find_address(layout, os.getpid())
    state = json.loads((layout.pids / "dev.json").read_text())
    (layout.pids / "dev.json").write_text(json.dumps(state | {"programs": {"web": {"pid": 1, "started": "1"}}}))

    assert (before, claimed) == (None, None)
    assert find_address(layout, os.getpid()) == "http://127.0.0.1:8123"
    assert find_address(layout, os.getpid() + 1) is None
    supervisor._stop_all()

"""The field's libraries in an environment of their own: none of them is a dependency of ours."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

REQUIREMENTS = ("crowd-kit==1.4.2", "choix==0.4.1")
_HOME = Path(__file__).resolve().parents[3] / "var" / "quality-peers"


@functools.cache
def find_python() -> Path | None:
    """The Python that has the peers: QUALITY_PEERS (empty: none), or an environment made once in ``var``."""
    named = os.environ.get("QUALITY_PEERS")
    if named is not None:
        return Path(named) if named else None
    python = _HOME / "bin" / "python"
    ready = _HOME / "ready"
    if not ready.exists():
        for command in (
            [sys.executable, "-m", "venv", str(_HOME)],
            [str(python), "-m", "pip", "install", "--quiet", *REQUIREMENTS],
        ):
            done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
            if done.returncode:
                return None
        ready.touch()
    return python


def run(script: str, *words: str) -> Iterator[dict[str, Any]]:
    """Run a script of this folder by the peers' Python; each line that it prints is a JSON object."""
    python = find_python()
    if python is None:
        return
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("DJANGO_", "PYTHON"))}
    environment |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [str(python), str(Path(__file__).with_name(script)), *words]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    ) as peer:
        assert peer.stdout is not None
        for line in peer.stdout:
            if line.startswith("{"):
                yield json.loads(line)

"""The import contracts of pyproject.toml."""

import subprocess
import sys
from pathlib import Path

from config.services.layout import PROJECT_DIR


def test_every_import_keeps_the_contracts() -> None:
    program = Path(sys.executable).with_name("lint-imports")

    done = subprocess.run([program, "--no-cache"], cwd=PROJECT_DIR, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout[-3000:]
    assert "0 broken" in done.stdout

"""What browsers are served from others' work is exactly what was reviewed."""

import re
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).parents[2]
VENDOR = ROOT / "common" / "static" / "vendor"


def test_every_vendored_file_is_listed_and_unchanged() -> None:
    listed = dict(reversed(line.split("  ")) for line in (VENDOR / "SHA256SUMS").read_text().splitlines())
    present = {
        path.name: sha256(path.read_bytes()).hexdigest() for path in VENDOR.iterdir() if path.name != "SHA256SUMS"
    }

    assert present == listed


def test_each_vendored_library_has_its_licence_and_its_notice() -> None:
    notice = (ROOT / "NOTICE").read_text()

    assert {path.name.split(".")[1] for path in VENDOR.glob("LICENSE.*")} == {"chartjs", "htmx", "inter", "tabler"}
    assert all(name in notice for name in ("Chart.js", "htmx", "Inter", "Tabler", "axe-core"))


def test_no_stylesheet_of_ours_asks_another_host() -> None:
    for path in (ROOT / "common" / "static" / "muster").iterdir():
        assert not re.search(r"url\(\s*[\"']?(https?:)?//", path.read_text()), path.name

"""Takes the pictures in docs/screenshots from a site that runs with demo data: ``make screenshots``.

Usage: python -m tests.browser.screenshots ADDRESS LOGINS.json [FOLDER]

LOGINS.json maps a role (expert, manager, finance, approver, operator) to {"email", "password"}; ``manage.py demo`` and
``manage.py seed_demo --json`` print such log-ins.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.browser.browsing import PHONE, WIDE, Visitor, find_chromium, open_browser

FOLDER = Path("docs/screenshots")
LOOKS = (("1280", WIDE, "light"), ("1280-dark", WIDE, "dark"), ("390", PHONE, "light"))


@dataclass(frozen=True, slots=True)
class Shot:
    """One page as one role sees it; with ``follow`` the first link whose address contains that text is opened."""

    name: str
    role: str
    path: str
    follow: str = ""


SHOTS = (
    Shot("landing", "", "/"),
    Shot("expert-home", "expert", "/home/"),
    Shot("expert-openings", "expert", "/openings/"),
    Shot("expert-earnings", "expert", "/earnings/"),
    Shot("expert-earning", "expert", "/earnings/", follow="/earnings/0"),
    Shot("expert-quality", "expert", "/quality/"),
    Shot("expert-time", "expert", "/time/"),
    Shot("expert-work", "expert", "/my-work/"),
    Shot("manager-board", "manager", "/board/"),
    Shot("manager-opening", "manager", "/board/", follow="/board/openings/"),
    Shot("manager-quality", "manager", "/board/quality/"),
    Shot("manager-person", "manager", "/board/quality/", follow="/board/quality/0"),
    Shot("manager-planted", "manager", "/board/quality/planted/"),
    Shot("manager-taken-back", "manager", "/board/quality/withdrawals/", follow="/board/quality/withdrawals/0"),
    Shot("manager-uncertain", "manager", "/board/quality/uncertain/"),
    Shot("manager-batch", "manager", "/batches/", follow="/batches/0"),
    Shot("expert-standing", "expert", "/standing/"),
    Shot("reviewer-queue", "reviewer", "/reviews/"),
    Shot("reviewer-review", "reviewer", "/reviews/", follow="/reviews/0"),
    Shot("finance-cycles", "finance", "/finance/cycles/"),
    Shot("finance-cycle", "finance", "/finance/cycles/", follow="/finance/cycles/0"),
    Shot("finance-trace", "approver", "/finance/payouts/", follow="/trace/"),
    Shot("finance-statement", "finance", "/statements/", follow="/statements/0"),
)


def take(address: str, logins: dict[str, dict[str, str]], folder: Path, shots: Sequence[Shot] = SHOTS) -> list[Path]:
    """Write one picture for each shot and look, and return the files.

    Raises:
        LookupError: no browser, no log-in for a role, or a page that answers an error.
    """
    executable = find_chromium()
    if executable is None:
        raise LookupError("no Chromium is installed; name one in CHROMIUM")
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    with open_browser(executable) as browser:
        for role in dict.fromkeys(shot.role for shot in shots):
            window = Visitor(browser, address)
            if role:
                _log_in(window, logins[role])
            for shot in (shot for shot in shots if shot.role == role):
                files += _picture(window, shot, folder)
            window.close()
    return files


def _log_in(window: Visitor, login: dict[str, str]) -> None:
    window.open("/accounts/login/")
    window.page.get_by_label("Email").fill(login["email"])
    window.page.get_by_label("Password").fill(login["password"])
    window.page.get_by_role("button", name="Log in").click()
    window.page.wait_for_url(lambda url: "/accounts/login" not in url)


def _picture(window: Visitor, shot: Shot, folder: Path) -> list[Path]:
    status = window.open(shot.path)
    if status >= 400:
        raise LookupError(f"{shot.path} answers {status} to {shot.role or 'a visitor'}")
    if shot.follow:
        href = window.page.locator(f"main a[href*='{shot.follow}']").first.get_attribute("href")
        window.open(href or shot.path)
    files = []
    for look, size, theme in LOOKS:
        window.page.set_viewport_size(size)  # type: ignore[arg-type]
        window.use_theme(theme)
        window.page.reload()
        window.wait_until_drawn()
        files.append(folder / f"{shot.name}-{look}.png")
        window.page.screenshot(path=files[-1], full_page=True)
    return files


def main(arguments: Sequence[str]) -> int:
    """Run from the command line."""
    if len(arguments) not in {2, 3}:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    address, logins, *rest = arguments
    folder = Path(rest[0]) if rest else FOLDER
    for file in take(address.rstrip("/"), json.loads(Path(logins).read_text()), folder):
        sys.stdout.write(f"{file}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

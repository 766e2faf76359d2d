"""The files of the project, for tests that look at all of them."""

import ast
from collections.abc import Iterator
from pathlib import Path

from config.services.layout import PROJECT_DIR

PACKAGES = ("common", "config", "marketplace", "payouts", "quality", "tests")
APPS = ("common", "marketplace", "payouts", "quality")


def python_files(*packages: str) -> Iterator[Path]:
    """Yield the modules of the packages, of all without an argument; migrations are generated and left out."""
    for package in packages or PACKAGES:
        for path in sorted((PROJECT_DIR / package).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield every function of a module, nested ones too."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def module_name(path: Path) -> str:
    """Return the dotted name of a module."""
    return ".".join(path.relative_to(PROJECT_DIR).with_suffix("").parts).removesuffix(".__init__")

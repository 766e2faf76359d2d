"""The catalogue of domains, skills and credential kinds as it stands in `data/*.csv`, read and checked. Pure.

Each file is a tree: a row names its parent by code, and a parent's row comes before its children's.
"""

import csv
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DATA = Path(__file__).parent / "data"

ENTRY_COLUMNS = ("code", "parent", "name", "aliases")
CREDENTIAL_COLUMNS = (*ENTRY_COLUMNS, "is_national", "valid_months")

CODE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*(?:/[a-z0-9]+(?:-[a-z0-9]+)*)*", re.ASCII)
LONGEST_CODE = 60
LONGEST_NAME = 80
FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


class BadCatalogue(ValueError):
    """A catalogue file breaks a rule; the text names the file, the line (the header is line 1) and the fact."""


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """A node of a tree.

    `parent` is None at the top; `aliases` are other names it is found by, none shared in its file.
    """

    code: str
    parent: str | None
    name: str
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CredentialKind:
    """A kind of credential.

    `is_national` says that it holds in the country that issued it, so that a country must be named. `valid_months`
    is the usual time until it must be renewed; None means that it does not expire.
    """

    code: str
    parent: str | None
    name: str
    aliases: tuple[str, ...]
    is_national: bool
    valid_months: int | None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All three trees, each in file order (parents before children)."""

    domains: tuple[CatalogueEntry, ...]
    skills: tuple[CatalogueEntry, ...]
    credentials: tuple[CredentialKind, ...]


@cache
def load_catalogue() -> Catalogue:
    """This will read the catalogue that comes with Muster; it is read once a process.

    Raises: BadCatalogue.
    """
    return read_catalogue(DATA)


def read_catalogue(directory: Path) -> Catalogue:
    """This will read domains.csv, skills.csv and credentials.csv of a directory and check every row.

    Guaranteed of each file: codes are lower-case ASCII, unique, and a code with slashes lies right under the parent
    it names; every parent has its row earlier in the file; no two nodes share a name or an alias, whatever its
    case; all text is NFC.

    Raises: BadCatalogue.
    """
    return Catalogue(
        domains=_read(directory / "domains.csv", ENTRY_COLUMNS, _entry),
        skills=_read(directory / "skills.csv", ENTRY_COLUMNS, _entry),
        credentials=_read(directory / "credentials.csv", CREDENTIAL_COLUMNS, _credential),
    )


def find_leaves[Node: (CatalogueEntry, CredentialKind)](nodes: Iterable[Node]) -> tuple[Node, ...]:
    """This will keep the nodes that no other node names as its parent, in their order."""
    nodes = tuple(nodes)
    parents = {node.parent for node in nodes}
    return tuple(node for node in nodes if node.code not in parents)


def _read[Node: (CatalogueEntry, CredentialKind)](
    path: Path, columns: tuple[str, ...], make: Callable[[dict[str, str]], Node]
) -> tuple[Node, ...]:
    nodes: dict[str, Node] = {}
    spoken: dict[str, str] = {}
    for line, row in _rows(path, columns):
        try:
            node = make(row)
            _check_place(node, nodes)
            _claim_names(node, spoken)
        except ValueError as fault:
            raise BadCatalogue(f"{path.name}, line {line}: {fault}") from fault
        nodes[node.code] = node
    return tuple(nodes.values())


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as fault:
        raise BadCatalogue(f"{path.name}: cannot be read as UTF-8 ({fault})") from fault
    reader = csv.reader(lines, strict=True)
    if tuple(next(reader, [])) != columns:
        raise BadCatalogue(f"{path.name}, line 1: the columns must be {','.join(columns)}")
    for cells in reader:
        if len(cells) != len(columns):
            raise BadCatalogue(f"{path.name}, line {reader.line_num}: has {len(cells)} cells, not {len(columns)}")
        yield reader.line_num, dict(zip(columns, cells, strict=True))


def _entry(row: dict[str, str]) -> CatalogueEntry:
    aliases = tuple(_name(alias) for alias in row["aliases"].split(";")) if row["aliases"] else ()
    return CatalogueEntry(_code(row["code"]), row["parent"] or None, _name(row["name"]), aliases)


def _credential(row: dict[str, str]) -> CredentialKind:
    entry = _entry(row)
    if row["is_national"] not in {"yes", "no"}:
        raise ValueError(f"is_national must be yes or no, not {row['is_national']!r}")
    months = row["valid_months"]
    if months and not re.fullmatch(r"[1-9][0-9]{0,2}", months, re.ASCII):
        raise ValueError(f"valid_months must be empty or 1 to 999, not {months!r}")
    return CredentialKind(
        entry.code,
        entry.parent,
        entry.name,
        entry.aliases,
        is_national=row["is_national"] == "yes",
        valid_months=int(months) if months else None,
    )


def _code(code: str) -> str:
    if not CODE.fullmatch(code) or len(code) > LONGEST_CODE:
        raise ValueError(f"code {code!r} is not lower-case words joined by - and /")
    return code


def _name(name: str) -> str:
    if not name or name != name.strip() or len(name) > LONGEST_NAME:
        raise ValueError(f"name {name!r} is empty, has space around it or is longer than {LONGEST_NAME} characters")
    if not unicodedata.is_normalized("NFC", name):
        raise ValueError(f"name {name!r} is not in Unicode form NFC")
    if any(unicodedata.category(character) in FORBIDDEN_CATEGORIES for character in name):
        raise ValueError(f"name {name!r} holds a control or formatting character")
    return name


def _check_place[Node: (CatalogueEntry, CredentialKind)](node: Node, earlier: dict[str, Node]) -> None:
    if node.code in earlier:
        raise ValueError(f"code {node.code!r} is there twice")
    if node.parent is not None and node.parent not in earlier:
        raise ValueError(f"parent {node.parent!r} has no row above")
    if "/" in node.code and node.parent != node.code.rpartition("/")[0]:
        raise ValueError(f"code {node.code!r} does not lie under its parent {node.parent!r}")


def _claim_names(node: CatalogueEntry | CredentialKind, spoken: dict[str, str]) -> None:
    """Names and aliases are what people type, so that each must lead to one node."""
    for name in (node.name, *node.aliases):
        other = spoken.setdefault(name.casefold(), node.code)
        if other != node.code:
            raise ValueError(f"{name!r} already names {other!r}")
    if len({name.casefold() for name in (node.name, *node.aliases)}) <= len(node.aliases):
        raise ValueError(f"{node.code!r} has the same name twice")

"""The tree of scopes, by codes that are opaque here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class ScopeCodes:
    """What a figure is about: each code narrows it, an empty one leaves it open.

    ``ScopeCodes()`` is the worker as a whole.
    """

    domain: str = ""
    locale: str = ""
    task_kind: str = ""

    def __str__(self) -> str:
        codes = [self.domain, self.locale, self.task_kind]
        return " · ".join(code for code in codes if code) or "all work"


def parent_of(scope: ScopeCodes) -> ScopeCodes | None:
    """This will return the next wider scope, or None for the widest.

    The locale is dropped first, then the kind of task, then the domain: what a person
    knows of a field carries over to its other tasks further than the same kind of task
    in a field they may not know.

    >>> parent_of(ScopeCodes("law/tax", "es-BO", "rubric"))
    ScopeCodes(domain='law/tax', locale='', task_kind='rubric')
    """
    if scope.locale:
        return ScopeCodes(scope.domain, "", scope.task_kind)
    if scope.task_kind:
        return ScopeCodes(scope.domain, "", "")
    return ScopeCodes() if scope.domain else None


def path_of(scope: ScopeCodes) -> list[ScopeCodes]:
    """This will return the scope and its ever wider parents, the widest last."""
    path = [scope]
    while (parent := parent_of(path[-1])) is not None:
        path.append(parent)
    return path

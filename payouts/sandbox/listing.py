"""Lists, single objects and `expand`, the same for every kind."""

import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from payouts.sandbox.errors import invalid, missing
from payouts.sandbox.forms import check_known
from payouts.sandbox.store import Document, Row
from payouts.sandbox.world import World, public

_PAGING = ["limit", "starting_after", "ending_before", "created", "expand"]
_COMPARISONS: dict[str, Callable[[int, int], bool]] = {
    "gt": lambda left, right: left > right,
    "gte": lambda left, right: left >= right,
    "lt": lambda left, right: left < right,
    "lte": lambda left, right: left <= right,
}

#: Moments of v2 are text of one length in UTC, so that they compare as they are.
_COMPARES: dict[str, Callable[[str, str], bool]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}


def page(
    rows: Iterable[Row], params: dict[str, Any], url: str, filters: dict[str, Callable[[Document, str], bool]]
) -> Document:
    """Return one page, newest first.

    Args:
        filters: parameter name -> test of an object against the parameter's value.
    """
    check_known(params, [*_PAGING, *filters])
    limit = _limit(params)
    found = [row.body for row in rows]
    found = [item for item in found if _created_matches(item, params.get("created"))]
    for name, test in filters.items():
        if name in params:
            value = params[name]
            found = [item for item in found if test(item, value)]
    found, has_more = _cut(found, params, limit)
    return {"object": "list", "data": [public(item) for item in found], "has_more": has_more, "url": url}


def v2_page(
    items: Iterable[Document], params: dict[str, Any], url: str, filters: Mapping[str, Callable[[Document, Any], bool]]
) -> Document:
    """Return one page as v2 writes it, newest first: it carries the addresses of the pages beside it.

    Source: https://docs.stripe.com/api-v2-overview#list-pagination
    """
    check_known(params, ["limit", "page", "created", *filters])
    limit = _limit(params)
    wanted = params.get("created") or {}
    found = [item for item in items if all(_COMPARES[name](item["created"], moment) for name, moment in wanted.items())]
    for name, test in filters.items():
        if name in params:
            found = [item for item in found if test(item, params[name])]
    start = int(params.get("page", "0"))
    rest = {name: value for name, value in params.items() if name != "page"}

    def address(position: int) -> str:
        return f"{url}?{urlencode([*_flatten(rest), ('page', str(position))])}"

    return {
        "data": found[start : start + limit],
        "next_page_url": address(start + limit) if len(found) > start + limit else None,
        "previous_page_url": address(max(0, start - limit)) if start else None,
    }


def _flatten(params: dict[str, Any]) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for name, value in params.items():
        if isinstance(value, dict):
            pairs += [(f"{name}[{key}]", str(inner)) for key, inner in value.items()]
        elif isinstance(value, list):
            pairs += [(f"{name}[{at}]", str(inner)) for at, inner in enumerate(value)]
        else:
            pairs.append((name, str(value)))
    return pairs


def _limit(params: dict[str, Any]) -> int:
    text = str(params.get("limit", "10"))
    if not text.isdecimal() or not 1 <= int(text) <= 100:
        raise invalid("This value must be between 1 and 100.", param="limit", code="parameter_invalid_integer")
    return int(text)


def _cut(found: list[Document], params: dict[str, Any], limit: int) -> tuple[list[Document], bool]:
    ids = [item["id"] for item in found]
    for name in ("starting_after", "ending_before"):
        cursor = params.get(name)
        if cursor is not None and cursor not in ids:
            raise missing("object", cursor, param=name, status=400)
    if "ending_before" in params:
        before = found[: ids.index(params["ending_before"])]
        return before[-limit:], len(before) > limit
    start = ids.index(params["starting_after"]) + 1 if "starting_after" in params else 0
    return found[start : start + limit], len(found) > start + limit


def _created_matches(item: Document, wanted: Any) -> bool:
    if wanted is None:
        return True
    if isinstance(wanted, str):
        return bool(item["created"] == _seconds(wanted))
    if not isinstance(wanted, dict) or not set(wanted) <= set(_COMPARISONS):
        raise invalid("Invalid object: created", param="created")
    return all(_COMPARISONS[name](item["created"], _seconds(value)) for name, value in wanted.items())


def _seconds(text: str) -> int:
    if not text.isdecimal():
        raise invalid(f"Invalid integer: {text}", param="created", code="parameter_invalid_integer")
    return int(text)


def one(world: World, kind: str, identifier: str, account: str) -> Document:
    """Return an object that the calling account owns."""
    row = world.store.find(identifier, kind)
    if row is None or row.account != account:
        raise missing(kind, identifier)
    return public(row.body)


def expand(world: World, answer: Document, paths: Any) -> Document:
    """Replace identifiers by the objects they name, along `expand[]` paths such as `data.source`."""
    wanted = paths if isinstance(paths, list) else [paths] if paths else []
    for path in wanted:
        _expand_path(world, answer, str(path).split("."))
    return answer


def _expand_path(world: World, target: Any, parts: list[str]) -> None:
    if isinstance(target, list):
        for item in target:
            _expand_path(world, item, parts)
        return
    if not isinstance(target, dict) or parts[0] not in target:
        raise invalid(f"This property cannot be expanded ({'.'.join(parts)}).", param="expand")
    value = target[parts[0]]
    if isinstance(value, str):
        row = world.store.find(value)
        if row is None:
            raise invalid(f"This property cannot be expanded ({parts[0]}).", param="expand")
        target[parts[0]] = public(row.body)
    if len(parts) > 1 and target[parts[0]] is not None:
        _expand_path(world, target[parts[0]], parts[1:])

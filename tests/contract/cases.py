"""Requests made up by Schemathesis from the committed document, half of them wrong on purpose, mixed with values that exist."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import APIOperation, BaseSchema, Case, GenerationMode

from config.services.layout import PROJECT_DIR
from tests.contract.bodies import Bodies
from tests.contract.fitting import Fitting
from tests.contract.known import TEXTS, Known

DOCUMENT = PROJECT_DIR / "docs/api/openapi.yaml"
#: How often, of a hundred times, a value is drawn that exists. A path that names nothing is only ever not found, and a
#: body is mostly refused for its first wrong field.
IN_PATH = 90
WHOLE = 60
ELSEWHERE = {GenerationMode.POSITIVE: 85, GenerationMode.NEGATIVE: 60}
#: What reads comes first and what deletes comes last.
ORDER = ("GET", "PUT", "PATCH", "POST", "DELETE")
#: A member of a list of choices, which a text in its place would only spoil; or an id.
_CODE = re.compile(r"[A-Z][A-Z0-9_]+|[0-9a-f-]{36}|[a-z]+(\.[a-z_]+)+")


@dataclass(frozen=True, slots=True)
class Made:
    """A request that was made up: as it is sent, and the case behind it."""

    operation: str
    request: requests.PreparedRequest
    case: Case

    @property
    def is_read(self) -> bool:
        """Whether it is one that changes nothing."""
        return self.request.method == "GET"


def load_document() -> BaseSchema:
    """Return the committed document."""
    schema: BaseSchema = schemathesis.openapi.from_path(str(DOCUMENT))
    return schema


def fit(schema: BaseSchema, fitting: Sequence[Fitting], address: str) -> dict[str, list[Made]]:
    """Return the fitting requests as they are sent, each after those that it comes after, by label."""
    operations = {each.label: each for each in (result.ok() for result in schema.get_all_operations())}
    return {
        last.operation: [_fit(operations[each.operation], each, address) for each in last.with_before()]
        for last in fitting
    }


def _fit(operation: APIOperation, fitting: Fitting, address: str) -> Made:
    media = next((body.media_type for body in operation.body), None)
    case = operation.Case(
        path_parameters={name: str(value) for name, value in fitting.path.items()},
        headers={"Idempotency-Key": f"fitting-{crc32(operation.label.encode())}", "If-Match": "*"},
        **({} if fitting.body is None else {"body": fitting.body, "media_type": media}),
    )
    sent = case.as_transport_kwargs(base_url=address)
    if fitting.file_name and fitting.body:
        sent["files"] = {
            name: (fitting.file_name if isinstance(value, bytes) else None, value)
            for name, value in fitting.body.items()
        }
    return Made(operation.label, requests.Request(**sent).prepare(), case)


def make_up(
    schema: BaseSchema, known: Known, bodies: Bodies, address: str, *, examples: int, named: str = ""
) -> dict[str, list[Made]]:
    """Return as many requests as ``examples`` for each operation whose label holds ``named``, by label.

    Half of them keep to the document and half do not. They are the same in every run, but for the ids of the world.
    """
    operations = [result.ok() for result in schema.get_all_operations()]
    chosen = sorted((each for each in operations if named in each.label), key=lambda each: ORDER.index(_method(each)))
    return {each.label: list(_requests_for(each, known, bodies, address, examples)) for each in chosen}


def _method(operation: APIOperation) -> str:
    return str(operation.method).upper()


def _requests_for(operation: APIOperation, known: Known, bodies: Bodies, address: str, examples: int) -> Iterator[Made]:
    whole = bodies.get(operation.label, [])
    halves = {GenerationMode.POSITIVE: examples - examples // 2, GenerationMode.NEGATIVE: examples // 2}
    for mode, count in halves.items():
        for case in _generate(
            _cases(operation, mode, known, whole), count, crc32(f"{mode} {operation.label}".encode())
        ):
            sent = requests.Request(**case.as_transport_kwargs(base_url=address)).prepare()
            yield Made(operation.label, sent, case)


def _generate(cases: st.SearchStrategy[Case], count: int, number: int) -> list[Case]:
    """Return ``count`` cases; where there are fewer different ones, some come again."""
    made: list[Case] = []

    @seed(number)
    @settings(
        max_examples=max(count, 1),
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def collect(case: Case) -> None:
        made.append(case)

    collect()
    return [made[number % len(made)] for number in range(count)]


@st.composite
def _cases(
    draw: st.DrawFn, operation: APIOperation, mode: GenerationMode, known: Known, whole: list[dict[str, Any]]
) -> Case:
    case = draw(operation.as_strategy(generation_mode=mode))
    share = ELSEWHERE[mode]
    case.path_parameters = _settle(draw, case.path_parameters, known, IN_PATH)
    case.query = _settle(draw, case.query, known, share)
    for name in case.headers:
        if name in known:
            case.headers[name] = _replace(draw, name, case.headers[name], known, share)
    case.body = _settle(draw, case.body, known, share)
    if whole and isinstance(case.body, dict) and draw(st.integers(1, 100)) <= WHOLE:
        case.body = _spoil(draw, draw(st.sampled_from(whole)), case.body, share)
    return case


def _spoil(draw: st.DrawFn, right: dict[str, Any], made_up: dict[str, Any], share: int) -> dict[str, Any]:
    """Return a right body in which few members, or none, are as they were made up."""
    few = [name for name in sorted(made_up) if draw(st.integers(1, 200)) > 100 + share]
    return right | {name: made_up[name] for name in few}


def _settle(draw: st.DrawFn, value: Any, known: Known, share: int) -> Any:
    """Return ``value`` with many of its members replaced by values that exist under their name, and texts by words."""
    if isinstance(value, list):
        return [_settle(draw, item, known, share) for item in value]
    if not isinstance(value, dict):
        return value
    return {name: _replace(draw, name, member, known, share) for name, member in value.items()}


def _replace(draw: st.DrawFn, name: str, member: Any, known: Known, share: int) -> Any:
    if draw(st.integers(1, 100)) > share:
        return member
    if name not in known:
        is_text = isinstance(member, str) and not _CODE.fullmatch(member)
        return draw(st.sampled_from(TEXTS)) if is_text else _settle(draw, member, known, share)
    existing = st.sampled_from(known[name])
    return draw(st.lists(existing, min_size=1, max_size=3) if isinstance(member, list) else existing)

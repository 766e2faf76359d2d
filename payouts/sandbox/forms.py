"""Stripe's form encoding (`metadata[a]=b`, `expand[]=c`, `items[0][d]=e`) to nested dictionaries and back checks."""

import json
import re
from collections.abc import Collection
from typing import Any
from urllib.parse import parse_qsl

from payouts.sandbox.errors import invalid

_KEY = re.compile(r"[^\[\]]+|\[\]")
_MAX_AMOUNT_MINOR = 99_999_999_99


def decode_form(raw: str) -> dict[str, Any]:
    """Return the nested value that a form body or query string encodes; every leaf is text."""
    result: dict[str, Any] = {}
    for key, value in parse_qsl(raw, keep_blank_values=True):
        parts = _KEY.findall(key)
        if parts:
            _insert(result, parts, value)
    return {key: _lists(value) for key, value in result.items()}


def _insert(target: dict[str, Any], parts: list[str], value: str) -> None:
    for part, following in zip(parts, [*parts[1:], None], strict=True):
        name = str(len(target)) if part == "[]" else part
        if following is None:
            target[name] = value
            return
        child = target.setdefault(name, {})
        if not isinstance(child, dict):
            raise invalid(f"Invalid parameter: {parts[0]}", param=parts[0])
        target = child


def _lists(value: Any) -> Any:
    """Turn dictionaries whose keys are 0, 1, 2 … into lists."""
    if not isinstance(value, dict):
        return value
    inner = {key: _lists(item) for key, item in value.items()}
    if inner and all(key.isdecimal() for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return inner


def decode_json(body: bytes) -> dict[str, Any]:
    """Return the object in a v2 request body.

    Raises:
        Refusal: the body is not a JSON object.
    """
    try:
        value = json.loads(body or b"{}")
    except ValueError as error:
        raise invalid("Request body is not valid JSON.", code="invalid_fields") from error
    if not isinstance(value, dict):
        raise invalid("Request body must be a JSON object.", code="invalid_fields")
    return value


def check_known(params: dict[str, Any], known: Collection[str]) -> None:
    """Refuse a parameter that the endpoint does not have."""
    for name in params:
        if name not in known:
            raise invalid(f"Received unknown parameter: {name}", param=name, code="parameter_unknown")


def required_text(params: dict[str, Any], name: str) -> str:
    """Return a non-empty text parameter."""
    value = params.get(name)
    if not isinstance(value, str) or not value:
        raise invalid(f"Missing required param: {name}.", param=name, code="parameter_missing")
    return value


def optional_text(params: dict[str, Any], name: str) -> str | None:
    """Return a text parameter, or None where it is absent or blank."""
    value = params.get(name)
    if value is not None and not isinstance(value, str):
        raise invalid(f"Invalid string: {name}", param=name)
    return value or None


def amount_minor(params: dict[str, Any], name: str = "amount") -> int:
    """Return a positive whole amount in the currency's smallest unit."""
    text = required_text(params, name)
    if not re.fullmatch(r"-?[0-9]+", text):
        raise invalid(f"Invalid integer: {text}", param=name, code="parameter_invalid_integer")
    value = int(text)
    if value < 1:
        raise invalid("This value must be greater than or equal to 1.", param=name, code="parameter_invalid_integer")
    if value > _MAX_AMOUNT_MINOR:
        raise invalid("Amount must be no more than $99,999,999.99", param=name, code="amount_too_large")
    return value


def currency_code(params: dict[str, Any]) -> str:
    """Return the currency as Stripe writes it: three lower-case letters."""
    value = required_text(params, "currency").lower()
    if not re.fullmatch(r"[a-z]{3}", value):
        raise invalid(f"Invalid currency: {value}", param="currency")
    return value


def metadata(params: dict[str, Any]) -> dict[str, str]:
    """Return the key-value pairs the caller attached."""
    value = params.get("metadata") or {}
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise invalid("Invalid object: metadata", param="metadata")
    return value

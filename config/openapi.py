"""The API's OpenAPI document: our fields, ways to log in, headers and errors, said once for all features."""

import re
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema as SpectacularAutoSchema
from drf_spectacular.plumbing import force_instance
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import Direction, OpenApiParameter

from common.api import CURSOR, LIMIT, Serializer
from common.currencies import list_currency_codes
from common.idempotency import KEY_LIFE
from common.money import LARGEST_AMOUNT_MINOR

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
PROBLEM = {
    "type": "object",
    "description": "What went wrong, as RFC 9457 writes it.",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                    "pointer": {"type": "string", "description": "A JSON pointer to the part that is refused."},
                },
            },
        },
    },
    "required": ["type", "title", "status"],
}
_ERROR = {
    "description": "The request was refused; nothing was changed.",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


class AutoSchema(SpectacularAutoSchema):
    """Names each operation by its method and whole path, and tells what the kernel reads and refuses for every view."""

    def get_operation_id(self) -> str:
        path = re.sub(r"^/api/v\d+/", "", self.path).strip("/")
        words = re.sub(r"\{(\w+)\}", r"by_\1", path)
        return "_".join([self.method.lower(), *re.split(r"[/\-.]", words)])

    def get_override_parameters(self) -> list[Any]:
        if self.method in SAFE_METHODS:
            return [LIMIT, CURSOR] if self._answers_a_page() else []
        return [
            OpenApiParameter(
                name="Idempotency-Key",
                type=OpenApiTypes.STR,
                location=OpenApiParameter.HEADER,
                required=bool(getattr(self.view, "requires_idempotency_key", False)),
                description=(
                    "A key of 1 to 255 characters; the same request with the same key has one effect "
                    f"within {KEY_LIFE.days} days."
                ),
            )
        ]

    def _answers_a_page(self) -> bool:
        answer = force_instance(self.get_response_serializers())  # type: ignore[no-untyped-call]
        fields = getattr(answer, "fields", ())
        return {"next", "previous", "results"} <= set(fields)

    def _map_basic_serializer(self, serializer: Any, direction: Direction) -> dict[str, Any]:
        schema: dict[str, Any] = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call]
        is_strict = isinstance(force_instance(serializer), Serializer)  # type: ignore[no-untyped-call]
        if direction == "request" and is_strict:
            schema["additionalProperties"] = False
        return schema


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """An organization's API key."""

    target_class = "marketplace.identity.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "http", "scheme": "bearer", "description": "An organization's API key: mst_<prefix>_<secret>."}


class PersonalTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """A person's own token."""

    target_class = "knox.auth.TokenAuthentication"
    name = "personalToken"
    match_subclasses = True
    priority = 1

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        words = "Token, a space, and the token from /api/v1/auth/tokens/."
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": words}


class MoneyFieldSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """An amount in the currency's smallest unit."""

    target_class = "common.api.fields.MoneyField"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: Direction) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {
                "amount_minor": {
                    "type": "integer",
                    "minimum": self.target.minimum,
                    "maximum": LARGEST_AMOUNT_MINOR,
                    "description": "In minor units: 1250 is EUR 12.50, and JPY 1250.",
                },
                "currency": {"type": "string", "enum": list_currency_codes()},
            },
            "required": ["amount_minor", "currency"],
            "additionalProperties": False,
        }


def finish_document(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Give every operation the answer that tells a refusal, and take out the generator's own marks."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM
    for operations in result["paths"].values():
        for operation in operations.values():
            operation["responses"].setdefault("default", _ERROR)
    _drop_key(result, "x-spec-enum-id")
    return result


def _drop_key(node: Any, key: str) -> None:
    if isinstance(node, dict):
        node.pop(key, None)
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for child in children:
        _drop_key(child, key)

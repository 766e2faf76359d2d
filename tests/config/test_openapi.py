"""What the API's document says of every operation, because the kernel does it for every view."""

from __future__ import annotations

from functools import cache
from typing import Any

import yaml

from config.services.layout import PROJECT_DIR


@cache
def document() -> dict[str, Any]:
    """Return the committed document; `make check` holds that it is what the code says."""
    text = (PROJECT_DIR / "docs/api/openapi.yaml").read_text(encoding="utf-8")
    read: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    return read


def parameters(path: str, method: str) -> dict[str, Any]:
    return {each["name"]: each for each in document()["paths"][path][method].get("parameters", [])}


def test_every_body_says_that_it_takes_no_field_that_it_does_not_name() -> None:
    schemas = document()["components"]["schemas"]
    bodies = {name for name in schemas if name.endswith("Request")}

    assert len(bodies) > 50
    assert {name for name in bodies if schemas[name].get("additionalProperties") is not False} == set()


def test_an_answer_does_not_say_that_it_will_never_have_another_field() -> None:
    assert "additionalProperties" not in document()["components"]["schemas"]["ProjectOut"]


def test_every_list_in_pages_says_how_to_ask_for_the_next() -> None:
    pages = {
        path
        for path, operations in document()["paths"].items()
        if "Page'" in str(operations.get("get", {}).get("responses", {}).get("200"))
    }

    assert len(pages) > 20
    assert {path for path in pages if not {"limit", "cursor"} <= set(parameters(path, "get"))} == set()
    limit = parameters("/api/v1/projects/", "get")["limit"]["schema"]
    assert (limit["minimum"], limit["maximum"], limit["default"]) == (1, 200, 50)


def test_what_compares_versions_asks_for_the_one_that_was_read() -> None:
    asked = {
        (method, path)
        for path, operations in document()["paths"].items()
        for method in operations
        if "If-Match" in parameters(path, method)
    }

    replacing = {(method, path) for method, path in asked if method == "put"}
    assert len(asked) > 15
    assert replacing == {
        ("put", "/api/v1/claims/{claim_id}/draft/"),
        ("put", "/api/v1/experts/me/"),
        ("put", "/api/v1/experts/me/availability/"),
        ("put", "/api/v1/experts/me/languages/"),
        ("put", "/api/v1/experts/me/skills/"),
        ("put", "/api/v1/openings/{opening_id}/requirements/"),
        ("put", "/api/v1/organizations/{organization_id}/"),
        ("put", "/api/v1/projects/{project_id}/"),
    }


def test_matches_can_be_limited() -> None:
    assert "limit" in parameters("/api/v1/openings/{opening_id}/matches/", "get")


def test_what_is_not_a_list_in_pages_takes_no_cursor() -> None:
    assert "cursor" not in parameters("/api/v1/me/", "get")
    assert "cursor" not in parameters("/api/v1/earnings/summary/", "get")

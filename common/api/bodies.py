"""Reading a request's body through a serializer."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request

from common.api.fields import Serializer


def read_body(request: Request, declared: type[Serializer]) -> dict[str, Any]:
    """Return the body, parsed by ``declared``.

    Raises:
        ValidationError: naming every field that is unknown, missing or wrong.
    """
    serializer = declared(data=request.data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)

"""Every error of the API as ``application/problem+json`` (RFC 9457)."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from drf_standardized_errors.formatter import ExceptionFormatter
from drf_standardized_errors.handler import exception_handler as standardized_handler
from drf_standardized_errors.types import ErrorResponse, ExceptionHandlerContext
from rest_framework import exceptions
from rest_framework.response import Response

from common.database import refusal_of
from common.errors import DomainError, NotFound, NotPermitted

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
#: When something that does not answer may be asked again, where it did not say so itself.
RETRY_AFTER_S = "2"


def problem_of(error: DomainError, *, request: Any = None) -> dict[str, Any]:
    """Return the body of the answer that tells ``error``."""
    problems = [{"code": p.code, "detail": p.detail, "pointer": p.pointer} for p in error.problems]
    return _body(error.status, error.code, error.title, error.detail, problems, request)


def problem_response(error: DomainError, *, request: Any = None) -> Response:
    """Return the answer that tells ``error``."""
    return Response(problem_of(error, request=request), status=error.status)


def exception_handler(error: Exception, context: ExceptionHandlerContext) -> Response | None:
    """Turn what a view raised into a problem; None (a 500, logged) for what nobody foresaw."""
    request = context.get("request")
    refusal = _as_domain_error(error)
    if refusal is not None:
        response = problem_response(refusal, request=request)
    else:
        standard = standardized_handler(error, context)
        if standard is None or not isinstance(error, exceptions.APIException):
            return standard
        response = standard
        if standard.status_code >= 500:
            logger.error("api.unforeseen", exc_info=error)
    response.content_type = CONTENT_TYPE
    if response.status_code == 401:
        response["WWW-Authenticate"] = "Token"
    if response.status_code == 503:
        response.setdefault("Retry-After", RETRY_AFTER_S)
    return response


class ProblemFormatter(ExceptionFormatter):
    """Formats the framework's own refusals (validation, throttling, media types) as problems."""

    def format_error_response(self, error_response: ErrorResponse) -> Any:
        problems = [
            {"code": item.code, "detail": item.detail, "pointer": _pointer(item.attr)} for item in error_response.errors
        ]
        status = self.exc.status_code
        code = "invalid" if isinstance(self.exc, exceptions.ValidationError) else problems[0]["code"]
        detail = (
            "; ".join(f"{p['pointer']}: {p['detail']}" for p in problems[:5] if p["pointer"]) or problems[0]["detail"]
        )
        return _body(
            status,
            code,
            self.exc.default_detail,
            detail,
            problems,
            self.context.get("request"),
        )


def _pointer(attr: str | None) -> str:
    parts = [part for part in (attr or "").split(".") if part not in ("", "non_field_errors")]
    return "".join(f"/{part}" for part in parts)


def _as_domain_error(error: Exception) -> DomainError | None:
    if isinstance(error, DomainError):
        return error
    if isinstance(error, Http404):
        return NotFound()
    if isinstance(error, PermissionDenied):
        return NotPermitted()
    return refusal_of(error)


def _body(
    status: int,
    code: str,
    title: Any,
    detail: str,
    problems: Sequence[dict[str, str]],
    request: Any,
) -> dict[str, Any]:
    http_request = getattr(request, "_request", request)
    return {
        "type": f"/api/docs/problems#{code}",
        "title": str(title),
        "status": status,
        "code": code,
        "detail": detail,
        "instance": getattr(http_request, "path", ""),
        "request_id": getattr(http_request, "request_id", ""),
        "errors": list(problems),
    }

"""Anticipated refusals. A feature subclasses these next to the command that raises them; faces render them as problems.

Status convention: 401 not known, 403 the role never may, 404 outside your scope (or absent), 409 allowed but not in this
state, 412 and 428 stale or missing ``If-Match``, 400 malformed or invalid input, 422 an idempotency key with another body, 503 try
again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One defect of the input: ``pointer`` names the field or row (``/rows/3/amount``), ``detail`` says what is wrong."""

    pointer: str
    code: str
    detail: str


@dataclass
class DomainError(Exception):
    """A refusal that was foreseen: ``code`` for programs, ``detail`` for people, ``status`` for HTTP."""

    detail: str = ""
    problems: Sequence[FieldProblem] = field(default_factory=tuple)

    code = "refused"
    status = 400
    title = "The request was refused"

    def __post_init__(self) -> None:
        self.detail = self.detail or self.title
        super().__init__(self.detail)

    def __str__(self) -> str:
        return self.detail


class InvalidInput(DomainError):
    """The input is malformed or breaks a rule; ``problems`` name every field at once."""

    code = "invalid"
    status = 400
    title = "The input is not valid"

    @classmethod
    def of(cls, pointer: str, detail: str, code: str = "invalid") -> InvalidInput:
        """Return the refusal of one field."""
        return cls(detail, (FieldProblem(pointer, code, detail),))


class NotAuthenticated(DomainError):
    """Nobody is logged in, or the credential is not valid (any more)."""

    code = "not_authenticated"
    status = 401
    title = "Log in first"


class NotPermitted(DomainError):
    """The role never has this function, whatever the object."""

    code = "not_permitted"
    status = 403
    title = "Your role does not allow this"


class FourEyesRequired(NotPermitted):
    """A second person must do this."""

    code = "four_eyes"
    title = "Another person must do this"


class NotFound(DomainError):
    """The object does not exist or is outside the caller's scope; the two are never told apart."""

    code = "not_found"
    status = 404
    title = "Not found"


class Conflict(DomainError):
    """The request is allowed but the object's state, or another object, forbids it now."""

    code = "conflict"
    status = 409
    title = "The present state does not allow this"


class StaleVersion(DomainError):
    """``If-Match`` names a version that is no longer the current one."""

    code = "stale_version"
    status = 412
    title = "The object has changed since you read it"


class VersionRequired(DomainError):
    """The change must say which version it was made from."""

    code = "version_required"
    status = 428
    title = "Send If-Match with the version you read"


class IdempotencyKeyReused(DomainError):
    """The key came before with another body."""

    code = "idempotency_key_reused"
    status = 422
    title = "This Idempotency-Key was used with another request"


class Unavailable(DomainError):
    """What the request needs does not answer, or not in time; the same request may be sent again."""

    code = "unavailable"
    status = 503
    title = "Not possible at this moment"

"""Refusals about people, roles and keys."""

from common.errors import Conflict, DomainError, NotAuthenticated, NotFound, NotPermitted


class UserNotFound(NotFound):
    """No such user within the caller's scope."""

    title = "There is no such person"


class OrganizationNotFound(NotFound):
    """No such organization within the caller's scope."""

    title = "There is no such organization"


class EmailTaken(Conflict):
    """Somebody has this e-mail address."""

    code = "email_taken"
    title = "There is an account with this e-mail address already"


class SlugTaken(Conflict):
    """Another organization has this short name."""

    code = "slug_taken"
    title = "Another organization has this short name"


class RoleHeld(Conflict):
    """The person holds the role already."""

    code = "role_held"
    title = "This person holds this role already"


class LastOwner(Conflict):
    """An organization keeps at least one owner."""

    code = "last_owner"
    title = "An organization keeps at least one owner"


class NoGrantToOneself(NotPermitted):
    """Nobody gives themselves a role."""

    code = "four_eyes"
    title = "Nobody gives a role to themselves: another operator must do it"


class ApiKeyNotFound(NotFound):
    """No such key in the organization."""

    title = "There is no such API key"


class ApiKeyEnded(Conflict):
    """The key was revoked or has expired."""

    code = "api_key_ended"
    title = "This API key has ended"


class WrongCredentials(NotAuthenticated):
    """E-mail, password or code are wrong; which of them is not told."""

    code = "wrong_credentials"
    title = "The e-mail address, the password or the code is wrong"


class SecondFactorRequired(NotAuthenticated):
    """The password was right and the account has a second factor."""

    code = "second_factor_required"
    title = "Send the code of your authenticator app as well"


class TooManyAttempts(DomainError):
    """Too many wrong attempts on this account from this address."""

    code = "too_many_attempts"
    status = 429
    title = "Too many attempts: wait a quarter of an hour"


class PersonErased(Conflict):
    """The person was erased: only an id is left."""

    code = "person_erased"
    title = "This person was erased. What is left is an id, for the books"

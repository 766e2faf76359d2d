"""Refusals of exports."""

from __future__ import annotations

from common.errors import DomainError


class ExportDiffers(DomainError):
    """What is read now is not what was given out: the books under the export were changed."""

    code = "export_differs"
    status = 409
    detail = "The file is not the one that was given out before; the books were changed."

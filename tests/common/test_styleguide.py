"""The style guide."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory

from common import permissions
from common.errors import NotFound
from common.styleguide import _samples, show_styleguide


def visitor(*grants: str) -> Any:
    request = RequestFactory().get("/styleguide/")
    request.user = SimpleNamespace(is_authenticated=True, is_active=True, grants=grants)
    return request


def test_outside_development_it_does_not_exist_for_others_than_operators(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DEBUG = False
    monkeypatch.setattr(permissions, "_grant_providers", [lambda user, code, tenant: code in user.grants])

    with pytest.raises(NotFound):
        show_styleguide(visitor("finance.read"))


def test_the_sample_heat_map_shows_every_figure_with_its_interval() -> None:
    shown = render_to_string("blocks/_heat.html", _samples())

    assert shown.count("<svg") == shown.count('class="rng"') == 6
    assert shown.count("not in this scope") == 3

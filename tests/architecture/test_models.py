"""Where models stand and what they may point to."""

from collections.abc import Iterator
from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import models

from config.services.layout import PROJECT_DIR
from tests.architecture.tree import APPS, module_name

#: An app points to itself or to one further right; payouts and quality don't know each other.
BELOW = {
    "marketplace": {"marketplace", "quality", "payouts", "common"},
    "quality": {"quality", "common"},
    "payouts": {"payouts", "common"},
    "common": {"common"},
}


def _own_models() -> Iterator[type[models.Model]]:
    return (model for model in apps.get_models() if model._meta.app_label in APPS)


def _feature_models() -> Iterator[type[models.Model]]:
    for app in APPS:
        # A role file that has grown is a folder of the same name.
        for path in [*(PROJECT_DIR / app).glob("*/models.py"), *(PROJECT_DIR / app).glob("*/models/*.py")]:
            for value in vars(import_module(module_name(path))).values():
                is_model = isinstance(value, type) and issubclass(value, models.Model)
                if is_model and value.__module__ == module_name(path) and not value._meta.abstract:
                    yield value


def test_no_foreign_key_points_up() -> None:
    user = get_user_model()
    pointers = [
        (model, field)
        for model in _own_models()
        for field in model._meta.get_fields()
        if field.is_relation and field.concrete and field.related_model not in (None, user)
    ]

    upward = [
        f"{model.__name__}.{field.name} -> {field.related_model._meta.label}"
        for model, field in pointers
        if field.related_model._meta.app_label in APPS
        and field.related_model._meta.app_label not in BELOW[model._meta.app_label]
    ]

    assert len(pointers) > 20
    assert upward == []


def test_each_model_of_a_feature_is_registered() -> None:
    registered = set(apps.get_models())

    missing = [model.__name__ for model in _feature_models() if model not in registered]

    assert len(registered) > 20
    assert missing == []


@pytest.mark.parametrize("app", ["marketplace", "payouts", "quality"])
def test_each_model_can_be_imported_from_its_apps_models(app: str) -> None:
    exported = vars(import_module(f"{app}.models"))

    missing = [model.__name__ for model in apps.get_app_config(app).get_models() if model.__name__ not in exported]

    assert missing == []


def test_append_only_models_have_triggers_that_refuse_changes() -> None:
    append_only = [model for model in _own_models() if getattr(model, "append_only", False)]

    unguarded = [model.__name__ for model in append_only if not getattr(model._meta, "triggers", None)]

    assert len(append_only) > 1
    assert unguarded == []


def test_each_model_says_what_a_row_is() -> None:
    silent = [model.__name__ for model in _own_models() if not (model.__doc__ or "").startswith("A row ")]

    assert silent == []

"""The apps find what their features register."""

import pytest
from django.apps import apps

from common import permissions
from common.appconfig import FeatureAppConfig


@pytest.mark.parametrize("label", ["marketplace", "quality", "payouts"])
def test_each_app_of_features_runs_its_own_configuration(label: str) -> None:
    config = apps.get_app_config(label)

    assert isinstance(config, FeatureAppConfig)
    assert type(config) is not FeatureAppConfig


def test_the_app_that_knows_roles_answers_for_grants() -> None:
    assert "marketplace.identity.queries" in {provider.__module__ for provider in permissions._grant_providers}

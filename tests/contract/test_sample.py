"""A sample of `make prove-api`: a handful of requests for each operation, as two roles; and that the proof sees what it is to see."""

from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest
import requests

from tests.contract.cases import Made, fit, load_document
from tests.contract.conftest import Scene

EXAMPLES = 2


@pytest.fixture(scope="module")
def made_up(scene: Scene) -> dict[str, list[Made]]:
    return scene.make_up(examples=EXAMPLES)


def test_every_parameter_of_a_path_is_known_by_values_that_exist(scene: Scene) -> None:
    operations = [result.ok() for result in load_document().get_all_operations()]
    names = {parameter.name for operation in operations for parameter in operation.path_parameters}

    assert len(names) > 25
    assert {name for name in names if not scene.known.get(name)} == set()


def test_each_fitting_request_succeeds_for_its_role(scene: Scene) -> None:
    fits = fit(load_document(), scene.fitting, scene.address)
    callers = {role: scene.caller(role) for role in sorted({each.role for each in scene.fitting})}

    for each in scene.fitting:
        callers[each.role].call({each.operation: fits[each.operation][-1:]}, is_pristine=False)

    refused = {each.operation for each in scene.fitting} - {
        label for one in callers.values() for label in one.tally.reached
    }
    assert refused == set()


@pytest.mark.parametrize("role", ["expert", "owner"])
def test_no_operation_answers_5xx_to_a_sample_of_requests(
    role: str, scene: Scene, made_up: dict[str, list[Made]]
) -> None:
    tally = scene.caller(role).call(made_up, is_pristine=False)

    assert tally.distinct_findings() == []
    assert dict(tally.strange) == {}
    assert set(tally.cases) == set(made_up)
    assert min(tally.cases.values()) == EXAMPLES


def test_a_broken_operation_is_reported_with_its_request_and_the_servers_words(
    scene: Scene, made_up: dict[str, list[Made]]
) -> None:
    caller = scene.caller("expert")
    with psycopg.connect(scene.url) as connection:
        connection.execute("ALTER TABLE marketplace_notice RENAME TO hidden")

    tally = caller.call({name: made_up[name] for name in ("GET /api/v1/notices/", "GET /api/v1/me/")})

    found = tally.findings[0]
    assert {finding.operation for finding in tally.findings} == {"GET /api/v1/notices/"}
    assert found.status == 500
    assert found.curl.startswith("curl -X GET")
    assert f"{scene.address}/api/v1/notices/" in found.curl
    assert 'relation "marketplace_notice" does not exist' in found.trace
    assert "5xx     0" not in str(tally)


def test_a_refusal_that_is_a_page_is_noticed(scene: Scene, made_up: dict[str, list[Made]]) -> None:
    some = made_up["GET /api/v1/me/"][0]
    astray = replace(some, request=requests.Request("GET", f"{scene.address}/nowhere/").prepare())

    tally = scene.caller("expert").call({"GET /nowhere/": [replace(astray, operation="GET /nowhere/")]})

    assert dict(tally.strange) == {"404 GET /nowhere/": 1}


def test_a_role_whose_token_a_case_revoked_goes_on_in_the_world_as_it_was(
    scene: Scene, made_up: dict[str, list[Made]]
) -> None:
    log_out, ask = made_up["DELETE /api/v1/auth/tokens/"], made_up["GET /api/v1/me/"]
    caller = scene.caller("expert")

    tally = caller.call({"log out": log_out[:1], "ask": ask, "ask again": ask}, is_pristine=False)

    assert tally.times_lost == 1
    assert tally.statuses[401] == 1
    assert tally.statuses[200] >= 1

"""The catalogue over HTTP."""

from __future__ import annotations

import pytest

from marketplace.taxonomy.commands import sync_catalogue
from marketplace.taxonomy.models import TaxonomyNode
from marketplace.taxonomy.queries import NodeNotFound, find_nodes, get_node
from tests.marketplace.clients import client_of
from tests.marketplace.people import make_user

NODES = "/api/v1/taxonomy/nodes/"


def test_a_second_synchronization_adds_and_changes_nothing(catalogue: None) -> None:
    before = list(TaxonomyNode.objects.order_by("id").values())

    added = sync_catalogue()

    assert added == 0
    assert list(TaxonomyNode.objects.order_by("id").values()) == before


def test_an_entry_that_left_the_files_stays_but_is_offered_no_more(catalogue: None) -> None:
    gone = TaxonomyNode.objects.create(kind="SKILL", code="quill-cutting", name="Quill cutting", tag=99_000)

    sync_catalogue()

    gone.refresh_from_db()
    assert (gone.is_active, gone.tag) == (False, 99_000)
    assert find_nodes("quill") == []


def test_a_node_is_found_by_code_by_name_and_by_alias(catalogue: None) -> None:
    node = TaxonomyNode.objects.filter(kind="DOMAIN").exclude(aliases=[]).order_by("code").first()
    assert node is not None

    found = [find_nodes(text, "DOMAIN", 300) for text in (node.code, node.name.upper(), node.aliases[0])]

    assert all(node in rows for rows in found)


@pytest.mark.parametrize("text", ["%", "_", "\\"])
def test_the_wildcards_of_sql_are_ordinary_characters(catalogue: None, text: str) -> None:
    assert find_nodes(text) == []


def test_an_unknown_code_is_told(catalogue: None) -> None:
    with pytest.raises(NodeNotFound, match="no domain 'alchemy'"):
        get_node("DOMAIN", "alchemy")


def test_the_list_is_read_page_by_page_in_order_of_codes(catalogue: None) -> None:
    client, url, codes = client_of(make_user("Ada")), f"{NODES}?kind=DOMAIN&limit=100", []

    while url:
        body = client.get(url).json()
        codes += [row["code"] for row in body["results"]]
        url = body["next"]

    in_order = TaxonomyNode.objects.filter(kind="DOMAIN", is_active=True).order_by("code")
    assert codes == list(in_order.values_list("code", flat=True))


def test_what_hangs_below_a_domain_is_listed_with_it(catalogue: None) -> None:
    rows = client_of(make_user("Ada")).get(NODES, {"parent": "law", "limit": 200}).json()["results"]

    assert "law/tax" in {row["code"] for row in rows}
    assert {row["parent"] for row in rows} == {"law"}


@pytest.mark.parametrize(
    "query",
    [
        {"kind": "PLANET"},
        {"colour": "red"},
        {"text": "a\x00"},
        {"limit": "0"},
        {"limit": "201"},
        {"limit": "18446744073709551616"},
        {"cursor": "nonsense"},
    ],
)
def test_a_bad_filter_is_refused(catalogue: None, query: dict[str, str]) -> None:
    answer = client_of(make_user("Ada")).get(NODES, query)

    assert 400 <= answer.status_code < 500


def test_nobody_reads_it_without_logging_in(catalogue: None) -> None:
    assert client_of(None).get(NODES).status_code == 401

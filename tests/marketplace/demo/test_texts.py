from common.codes import check_locale
from common.currencies import get_currency
from common.text import clean_name, clean_text
from marketplace.demo.texts import load_text_demo
from marketplace.taxonomy.catalogue import load_catalogue
from marketplace.work.models import Review
from marketplace.work.rules import find_content_problems


def test_a_dozen_stops_have_both_texts_and_known_codes() -> None:
    demo = load_text_demo()
    domains = {domain.code for domain in load_catalogue().domains}

    assert len({task.external_id for task in demo.tasks}) == len(demo.tasks) == 12
    for task in demo.tasks:
        assert min(len(task.source), len(task.target)) > 150
        assert clean_text(task.source) == task.source
        assert clean_text(task.target) == task.target
        assert check_locale(task.locale) == demo.project.locale
        assert task.domain in domains
    get_currency(demo.project.currency)


def test_the_importer_gets_one_flat_row_a_stop() -> None:
    rows = load_text_demo().list_rows()

    assert len(rows) == 12
    assert {tuple(row) for row in rows} == {("external_id", "source", "target", "locale", "domain")}
    assert rows[0]["external_id"] == "stop-01"


def test_guidelines_state_goals_and_principles_in_clean_text() -> None:
    guidelines = load_text_demo().guidelines

    assert guidelines.goals
    assert guidelines.principles.startswith("1. ")
    assert [
        text for text in (guidelines.goals, guidelines.principles, guidelines.details) if clean_text(text) != text
    ] == []
    names = (*guidelines.error_categories, *guidelines.criteria)
    assert [name for name in names if clean_name(name, max_length=80) != name] == []
    assert len(set(names)) == len(names) == 20


def test_every_example_can_be_handed_in_and_every_review_scores_every_criterion() -> None:
    demo = load_text_demo()
    stops = {task.external_id for task in demo.tasks}
    reviews = [example.review for example in demo.examples if example.review]

    for example in demo.examples:
        assert example.external_id in stops
        assert find_content_problems(example.content, demo.project.task_kind) == []
        assert {error["category"] for error in example.content["errors"]} <= set(demo.guidelines.error_categories)
    for review in reviews:
        assert set(review.scores) == set(demo.guidelines.criteria)
        assert all(0 <= score <= 1 for score in review.scores.values())
    returned = [review for review in reviews if review.decision == "RETURN"]
    assert [review.reason_code for review in returned] == [Review.ReasonCode.GUIDELINES]
    assert {review.reason_code for review in reviews if review not in returned} == {""}
    assert len(demo.examples) - len(reviews) == 4

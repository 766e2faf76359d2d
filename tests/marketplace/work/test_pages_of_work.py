"""Pages of work: who may open them, what plain forms send, and that a refusal changes nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from common import clock
from marketplace.experts.models import Expert
from marketplace.identity.commands import grant_membership
from marketplace.identity.models import Organization, User
from marketplace.projects.models import Project
from marketplace.projects.queries import find_current_guidelines
from marketplace.work import commands as work
from marketplace.work.models import Batch, Claim, Draft, ImportReport, Review, Submission
from tests.browser.pages import list_routes
from tests.marketplace import people

FILE = b'external_id,source,target,gold\nseg-1,One.,Eins.,"[{""category"": ""Omission""}]"\nseg-2,Two.,Zwei.,\n'
ROWS = {
    "category": ["Accuracy/Mistranslation", ""],
    "severity": ["MAJOR", "MINOR"],
    "error_note": ["first word", ""],
}
MARKED = {"errors": [{"category": "Accuracy/Mistranslation", "severity": "MAJOR", "note": "first word"}]}


def browser_of(user: User) -> Client:
    """Return a browser in which ``user`` is logged in."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def batch(project: Project, olga: User) -> Batch:
    """Return a batch of two tasks, the first with a planted error."""
    outcome = work.import_batch(
        project_id=project.id, name="first", file_name="a.csv", data=FILE, by=olga, now=clock.now()
    )
    assert outcome.batch is not None
    return outcome.batch


@pytest.fixture
def ada(project: Project, olga: User) -> Expert:
    """Return an engaged expert."""
    expert = people.make_expert("Ada Quispe")
    people.hire(people.make_opening(project, olga), expert, olga)
    return expert


@pytest.fixture
def rita(acme: Organization, olga: User) -> User:
    """Return a reviewer of the organization."""
    return people.add_member(acme, olga, "Rita Reviewer", "REVIEWER")


@pytest.fixture
def claim(batch: Batch, ada: Expert) -> Claim:
    """Return Ada's claim of the first task."""
    return work.claim_next(project_id=batch.project_id, by=ada.user, now=clock.now())


@pytest.fixture
def submission(claim: Claim, ada: Expert) -> Submission:
    """Return what Ada handed in."""
    return work.submit(claim_id=claim.id, content=MARKED, by=ada.user, now=clock.now())


@pytest.fixture
def eve(catalogue: None) -> User:
    """Return the owner of another client."""
    owner = people.make_user("Eve Elsewhere")
    people.make_organization(owner, "Elsewhere Ltd")
    return owner


def send(user: User, page: str, /, *args: Any, **data: Any) -> Any:
    """Return the answer to a form that ``user`` sends."""
    return browser_of(user).post(reverse(page, args=args), data)


def test_claiming_the_next_task_opens_it(batch: Batch, ada: Expert) -> None:
    answer = send(ada.user, "work:claim_next", batch.project_id)

    claim = Claim.objects.get()
    assert answer["Location"] == reverse("work:claim", args=[claim.id])
    assert claim.expert_user == ada.user


def test_the_page_of_a_task_never_shows_what_was_planted(claim: Claim, ada: Expert) -> None:
    page = browser_of(ada.user).get(reverse("work:claim", args=[claim.id])).content.decode()

    assert "Eins." in page
    assert "Omission" not in page
    assert "gold" not in page.lower()


def test_a_plain_form_hands_the_marked_errors_in(claim: Claim, ada: Expert) -> None:
    send(ada.user, "work:claim", claim.id, act="submit", note="", **ROWS)

    assert Submission.objects.get().content == MARKED


def test_adding_a_row_without_scripts_keeps_what_was_written_and_hands_nothing_in(claim: Claim, ada: Expert) -> None:
    page = send(ada.user, "work:claim", claim.id, act="add_row", **ROWS).content.decode()

    assert page.count('name="category"') == 3
    assert "first word" in page
    assert not Submission.objects.exists()


def test_a_bad_severity_is_refused_at_the_form_and_nothing_is_handed_in(claim: Claim, ada: Expert) -> None:
    answer = send(ada.user, "work:claim", claim.id, act="submit", **(ROWS | {"severity": ["HUGE", "MINOR"]}))

    assert answer.status_code == 422
    assert "Must be one of MINOR, MAJOR, NEUTRAL." in answer.content.decode()
    assert not Submission.objects.exists()


@pytest.mark.parametrize(
    "sent",
    [ROWS | {"severity": ["MAJOR"]}, ROWS | {"accepted": "yes"}, {"act": "destroy"} | ROWS],
    ids=["lists of other lengths", "unknown field", "unknown act"],
)
def test_a_form_that_this_page_never_sends_is_refused(claim: Claim, ada: Expert, sent: dict[str, Any]) -> None:
    answer = send(ada.user, "work:claim", claim.id, **({"act": "submit"} | sent))

    assert answer.status_code == 400
    assert not Submission.objects.exists()


def test_a_draft_that_another_window_saved_is_not_overwritten(claim: Claim, ada: Expert) -> None:
    first = send(ada.user, "work:draft", claim.id, draft_version="", **ROWS)
    second = send(ada.user, "work:draft", claim.id, draft_version="", note="from the other window", **ROWS)

    assert (first.status_code, second.status_code) == (200, 412)
    assert Draft.objects.get().content == MARKED


def test_each_saving_of_the_draft_answers_the_version_that_the_next_one_sends(claim: Claim, ada: Expert) -> None:
    send(ada.user, "work:draft", claim.id, draft_version="", **ROWS)

    answer = send(ada.user, "work:draft", claim.id, draft_version="1", note="more", **ROWS)

    assert 'name="draft_version" value="2"' in answer.content.decode()
    assert Draft.objects.get().content == MARKED | {"note": "more"}


def test_the_draft_of_a_lapsed_claim_stands_in_the_next_claim_of_the_task(claim: Claim, ada: Expert) -> None:
    work.save_draft(claim_id=claim.id, content=MARKED, by=ada.user, now=clock.now())
    work.expire_leases(now=clock.now() + timedelta(days=1))
    again = work.claim_task(task_id=claim.task_id, by=ada.user, now=clock.now())

    page = browser_of(ada.user).get(reverse("work:claim", args=[again.id])).content.decode()

    assert 'value="first word"' in page


def test_an_expert_sees_no_claim_of_another(claim: Claim) -> None:
    bola = people.make_expert("Bola Adeyemi")

    for name in ("work:claim", "work:draft", "work:extend", "work:release"):
        assert send(bola.user, name, claim.id, act="submit", **ROWS).status_code == 404
    claim.refresh_from_db()
    assert claim.state == "ACTIVE"
    assert not Draft.objects.exists()


def test_giving_a_task_back_frees_its_place(claim: Claim, ada: Expert) -> None:
    send(ada.user, "work:release", claim.id)

    claim.task.refresh_from_db()
    assert claim.task.taken == 0


def test_a_reviewer_accepts_with_scores_and_the_expert_is_told_so(submission: Submission, rita: User) -> None:
    send(rita, "work:review", submission.id, decision="ACCEPT", score_0="80", act="decide", **ROWS)

    review = Review.objects.get()
    assert (review.decision, review.scores.get().score, review.errors.count()) == ("ACCEPT", 0.8, 1)
    page = browser_of(submission.claim.expert_user).get(reverse("work:decisions")).content.decode()
    assert "Accepted" in page


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"decision": "ACCEPT"}, "Give a score from 0 to 100."),
        ({"decision": "ACCEPT", "score_0": "101"}, "less than or equal to 100"),
        ({"decision": "RETURN", "reason_text": "Look again."}, "Must be one of MISSED_CHECK"),
        ({"decision": "RETURN", "reason_code": "OTHER"}, "Say why: the expert reads it."),
        ({"decision": "REJECT", "reason_code": "OTHER", "reason_text": "No."}, "at least 100 characters"),
        ({"decision": "PERHAPS"}, "not one of the available choices"),
        ({"decision": "ACCEPT", "score_0": "80", "paid": "yes"}, "Unknown field “paid”."),
    ],
)
def test_a_review_that_lacks_something_is_refused_and_decides_nothing(
    submission: Submission, rita: User, sent: dict[str, str], words: str
) -> None:
    answer = send(rita, "work:review", submission.id, act="decide", **ROWS, **sent)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    submission.refresh_from_db()
    assert (submission.state, Review.objects.count()) == ("SUBMITTED", 0)


def test_the_page_of_a_review_does_not_name_the_author(submission: Submission, rita: User) -> None:
    page = browser_of(rita).get(reverse("work:review", args=[submission.id])).content.decode()

    assert "Eins." in page
    assert "Quispe" not in page


def test_a_member_who_is_an_expert_too_never_reviews_own_work(
    submission: Submission, acme: Organization, olga: User, ada: Expert
) -> None:
    grant_membership(organization_id=acme.id, user_id=ada.user_id, role="REVIEWER", by=olga, now=people.START)

    answer = send(ada.user, "work:review", submission.id, decision="ACCEPT", score_0="100", act="decide", **ROWS)

    assert answer.status_code == 404
    assert not Review.objects.exists()


def test_another_clients_owner_finds_none_of_these_pages(submission: Submission, batch: Batch, eve: User) -> None:
    window = browser_of(eve)
    addresses = [
        reverse("work:review", args=[submission.id]),
        reverse("work:batch", args=[batch.id]),
        reverse("work:batch_progress", args=[batch.id]),
        reverse("work:import", args=[batch.project_id]),
        reverse("work:import_report", args=[ImportReport.objects.get().id]),
        reverse("work:import_errors", args=[ImportReport.objects.get().id]),
    ]

    assert [window.get(address).status_code for address in addresses] == [404] * 6
    assert "seg-1" not in window.get(reverse("work:queue")).content.decode()
    assert "first" not in window.get(reverse("work:batches")).content.decode().split("<main")[1].split("<footer")[0]


def test_a_query_that_no_page_of_work_knows_is_refused_on_each(
    submission: Submission, batch: Batch, olga: User, ada: Expert
) -> None:
    report = ImportReport.objects.get()
    arguments: dict[str, list[Any]] = {
        "mine": [],
        "decisions": [],
        "claim": [submission.claim_id],
        "queue": [],
        "review": [submission.id],
        "outcome": [submission.id],
        "batches": [],
        "batch": [batch.id],
        "batch_progress": [batch.id],
        "import": [batch.project_id],
        "ranking": [batch.project_id],
        "import_report": [report.id],
        "import_errors": [report.id],
    }
    pages = {route.name for route in list_routes() if route.name.startswith("work:") and "GET" in route.methods}
    assert pages == {f"work:{name}" for name in arguments}

    for name, args in arguments.items():
        window = browser_of(ada.user if name in ("mine", "decisions", "claim") else olga)
        address = reverse(f"work:{name}", args=args)
        assert [window.get(address, query).status_code for query in ({}, {"colour": "red"})] == [200, 400], name


def test_another_client_cannot_ask_for_rows_of_its_rivals_guidelines(batch: Batch, eve: User, ada: Expert) -> None:
    guidelines = find_current_guidelines(batch.project_id)
    assert guidelines is not None

    assert send(eve, "work:error_row", guidelines.id).status_code == 404
    assert send(ada.user, "work:error_row", guidelines.id).status_code == 200


@pytest.mark.parametrize("name", ["work:queue", "work:batches"])
def test_an_expert_may_not_open_a_managers_page(ada: Expert, name: str) -> None:
    assert browser_of(ada.user).get(reverse(name)).status_code == 403


def test_a_reviewer_sees_a_batch_and_cannot_move_it(batch: Batch, rita: User) -> None:
    assert browser_of(rita).get(reverse("work:batch", args=[batch.id])).status_code == 200
    assert send(rita, "work:batch_state", batch.id, to="CANCELLED").status_code == 403
    batch.refresh_from_db()
    assert batch.state == "IN_PROGRESS"


def test_results_can_be_taken_away_as_files_once_something_is_accepted(
    submission: Submission, batch: Batch, olga: User, rita: User
) -> None:
    window, page = browser_of(olga), reverse("work:batch", args=[batch.id])
    files = [reverse(name, args=[batch.id]) for name in ("batch-results-jsonl", "batch-results-csv")]
    before = window.get(page).content.decode()
    send(rita, "work:review", submission.id, decision="ACCEPT", score_0="80", act="decide", **ROWS)

    after = window.get(page).content.decode()

    assert [file in before for file in files] == [False, False]
    assert [file in after for file in files] == [True, True]
    assert [window.get(file).getvalue().count(b"seg-1") for file in files] == [1, 1]


def test_progress_is_asked_for_again_while_a_batch_runs_and_loads_the_page_when_it_stops(
    submission: Submission, batch: Batch, olga: User
) -> None:
    window, address = browser_of(olga), reverse("work:batch_progress", args=[batch.id])
    running = window.get(address, {"was": "IN_PROGRESS"})
    send(olga, "work:batch_state", batch.id, to="PAUSED")
    stopped, looked_at_later = window.get(address, {"was": "IN_PROGRESS"}), window.get(address)

    assert "1 waits for a review." in running.content.decode()
    assert "hx-trigger" in running.content.decode()
    assert "hx-trigger" not in stopped.content.decode()
    answers = (running, stopped, looked_at_later)
    assert [answer.headers.get("HX-Refresh") for answer in answers] == [None, "true", None]


def test_a_manager_pauses_and_resumes_a_batch(batch: Batch, olga: User) -> None:
    send(olga, "work:batch_state", batch.id, to="PAUSED")
    batch.refresh_from_db()
    assert batch.state == "PAUSED"

    send(olga, "work:batch_state", batch.id, to="IN_PROGRESS")
    batch.refresh_from_db()
    assert batch.state == "IN_PROGRESS"


def test_a_file_is_checked_then_imported(project: Project, olga: User) -> None:
    sent = {"name": "november", "act": "check", "file": SimpleUploadedFile("n.csv", FILE)}
    send(olga, "work:import", project.id, **sent)
    assert not Batch.objects.exists()

    answer = send(
        olga, "work:import", project.id, **(sent | {"act": "import", "file": SimpleUploadedFile("n.csv", FILE)})
    )

    assert answer["Location"] == reverse("work:batch", args=[Batch.objects.get().id])


def test_a_bad_file_is_told_row_by_row_and_downloads_safely(project: Project, olga: User) -> None:
    bad = SimpleUploadedFile("n.jsonl", b'{"external_id": "a", "=1+1": "\\u202e"}\n{"external_id": ""}\n')

    answer = send(olga, "work:import", project.id, name="november", act="import", file=bad)

    report = ImportReport.objects.get()
    assert answer["Location"] == reverse("work:import_report", args=[report.id])
    page = browser_of(olga).get(answer["Location"]).content.decode()
    assert "Nothing was imported." in page
    file = browser_of(olga).get(reverse("work:import_errors", args=[report.id])).content.decode()
    assert file.startswith("line,field,detail\r\n")
    assert "\r\n1,'=1+1," in file
    assert not Batch.objects.exists()


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("n.xlsx", b"PK", "Use a file whose name ends in"),
        ("n.csv", b"\xff\xfe", "UTF-16"),
        ("n.csv", b"id;source\n", "separated by commas"),
        ("n.csv", b"", "empty"),
    ],
)
def test_an_unreadable_file_is_refused_at_its_field(
    project: Project, olga: User, name: str, data: bytes, words: str
) -> None:
    answer = send(olga, "work:import", project.id, name="n", act="import", file=SimpleUploadedFile(name, data))

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not ImportReport.objects.exists()


def test_pages_of_work_that_are_not_there_are_not_found(acme: Organization, olga: User) -> None:
    for name in ("work:review", "work:batch", "work:import", "work:import_report"):
        assert browser_of(olga).get(reverse(name, args=[uuid4()])).status_code == 404

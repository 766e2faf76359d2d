"""Files of adjustments: each bad file gets a clear answer, a good one is taken whole and once, by two people."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client

from common.errors import DomainError, FourEyesRequired, InvalidInput, NotPermitted
from common.money import Money
from common.states import IllegalTransition
from common.verification import run_checks
from payouts.adjustments import imports
from payouts.adjustments.commands import (
    approve_adjustment,
    approve_import,
    import_adjustments,
    reject_import,
    withdraw_import,
)
from payouts.adjustments.errors import DecidedWithItsFile, InvalidImport
from payouts.adjustments.models import Adjustment, AdjustmentImport
from payouts.earnings.models import Earning
from payouts.facade import post_earnings
from payouts.ledger.queries import get_balance
from payouts.ledger.rules import payable, receivable
from tests.payouts.people import NOW, make_earning, make_person
from tests.payouts.support.story import euros

HEADER = "reference,kind,worker,amount,date,reason_code,reason_text"
GOOD = (
    "007,BONUS,ada@example.org,12.50,2026-11-02,REFERRAL,Brought Dana to the project.",
    "7,CORRECTION,ada@example.org,30.00,2026-11-03,RATE,The new rate counts from Monday.",
    "8,CLAWBACK,chen@example.org,20.00,2026-05-04,TWICE,Paid twice in May.",
)
API = "/api/v1/finance/adjustment-imports/"


@pytest.fixture
def amina(db: None) -> Any:
    return make_person("Amina", "FINANCE_PREPARER")


@pytest.fixture
def chiara(db: None) -> Any:
    return make_person("Chiara", "FINANCE_APPROVER")


@pytest.fixture(autouse=True)
def experts(db: None) -> dict[str, Any]:
    """Ada and Chen have earned something before."""
    people = {name: make_person(name) for name in ("Ada", "Bola", "Chen")}
    worked = [make_earning(people[name].id, people["Bola"].id, f"t:{name}") for name in ("Ada", "Chen")]
    post_earnings(worked, now=NOW)
    return people


def csv(*rows: str, header: str = HEADER, end: str = "\n") -> bytes:
    return end.join([header, *rows, ""]).encode()


def take(data: bytes, by: Any, total: str = "62.50", currency: str = "EUR") -> tuple[AdjustmentImport, bool]:
    return import_adjustments(
        file_name="bonuses.csv", data=data, control_total=Money.from_major(total, currency), by=by, now=NOW
    )


def zipped() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("sheet.xml", "0" * 10**6)
    return data.getvalue()


BAD_FILES: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "The file is empty."),
    "header only": (lambda: csv(), "a header and no rows"),
    "utf-16": (lambda: csv(*GOOD).decode().encode("utf-16"), "UTF-16"),
    "latin-1": (lambda: csv(GOOD[0].replace("Dana", "Zoë")).decode().encode("latin-1"), "not UTF-8"),
    "semicolons": (lambda: csv(*GOOD).replace(b",", b";"), "separated by commas"),
    "tabs": (lambda: csv(*GOOD).replace(b",", b"\t"), "separated by commas"),
    "quote in the middle": (lambda: csv('"1"x,BONUS,a@b.c,1,2026-11-02,C,Why.'), "is not CSV"),
    "unbalanced quote": (lambda: csv('1,BONUS,a@b.c,1,2026-11-02,C,"Why.'), "is not CSV"),
    "column twice": (lambda: csv(*GOOD, header=f"{HEADER},kind"), "names kind twice"),
    "column without a name": (lambda: csv(*GOOD, header=f"{HEADER},"), "has no name"),
    "missing column": (lambda: csv(*GOOD, header=HEADER.replace(",date", "")), "lacks the column date"),
    "unknown column": (lambda: csv(*GOOD, header=f"{HEADER},note"), "the unknown column note"),
    "nul": (lambda: csv(GOOD[0] + "\0"), "NUL"),
    "spreadsheet": (lambda: zipped(), "a spreadsheet or an archive"),
    "too many rows": (lambda: csv(*(f"{n},,,,,," for n in range(imports.MOST_ROWS + 1))), "more than 10000 rows"),
    "one huge row": (lambda: csv(f"1,BONUS,{'x' * 200_000},1,2026-11-02,C,Why."), "is not CSV"),
    "too large": (lambda: b"x" * (imports.MOST_BYTES + 1), "larger than 5 MiB"),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_file_that_cannot_be_read_is_refused_with_the_reason(case: str, amina: Any) -> None:
    make, words = BAD_FILES[case]

    with pytest.raises(InvalidInput, match=words):
        take(make(), amina)

    assert not AdjustmentImport.objects.exists()


BAD_CELLS = [
    ("reference", "", "Must not be empty."),
    ("reference", "1E5", "Looks like a number that a spreadsheet has shortened; format the column as text."),
    ("reference", "=1+1", "Begins like a formula of a spreadsheet."),
    ("kind", "bonus", "Write BONUS, CORRECTION or CLAWBACK."),
    ("worker", "nobody@example.org", "Nobody who works here has this address."),
    ("worker", "amina@example.org", "Nobody who works here has this address."),
    ("amount", "0", "Must be more than zero; a clawback is a kind, not a sign."),
    ("amount", "-5", "Must be more than zero; a clawback is a kind, not a sign."),
    ("amount", "1e3", "'1e3' is not an amount such as 12.50."),
    ("amount", "٤٢", "'٤٢' is not an amount such as 12.50."),
    ("amount", "12.505", "EUR has 2 decimals, so 12.505 cannot be paid exactly."),
    ("amount", "$5", "'$5' is not an amount such as 12.50."),
    ("date", "03/04/2026", "Write the day as YYYY-MM-DD, such as 2026-04-03; other ways are ambiguous."),
    ("date", "2026-02-30", ""),
    ("date", "2027-01-01", "Is in the future."),
    ("reason_code", "", "Must not be empty."),
    ("reason_text", "  ", "Must not be empty."),
    ("reason_text", "@SUM(A1)", "Begins like a formula of a spreadsheet."),
    ("reason_text", "\u202eevil", "Has a character that is not allowed (U+202E at 1)."),
    ("reason_text", '"two\nlines"', "Has a character that is not allowed (U+000A at 4)."),
]


@pytest.mark.parametrize(("column", "cell", "detail"), BAD_CELLS)
def test_a_bad_cell_is_named_by_line_and_column(column: str, cell: str, detail: str, amina: Any) -> None:
    cells = dict(zip(HEADER.split(","), GOOD[0].split(","), strict=True)) | {column: cell}

    with pytest.raises(InvalidImport) as refused:
        take(csv(GOOD[1], ",".join(cells.values())), amina)

    (problem,) = refused.value.problems
    assert problem.pointer == f"/rows/3/{column}"
    assert detail in problem.detail
    assert not Adjustment.objects.exists()


def test_all_bad_rows_of_a_half_bad_file_are_listed_and_nothing_is_taken(amina: Any) -> None:
    bad = [f"b{n},BONUS,ada@example.org,0,03/04/2026,C,Why." for n in range(700)]

    with pytest.raises(InvalidImport, match="701 of 703 rows are not valid; none was imported") as refused:
        take(csv(*GOOD[:2], *bad, "7,BONUS,ada@example.org,1,2026-11-02,C"), amina)

    assert "The first 1000 defects are listed." in refused.value.detail
    assert len(refused.value.problems) == 1000
    assert not Adjustment.objects.exists()


def test_a_reference_counts_once_in_a_file_and_once_for_all_files(amina: Any, chiara: Any) -> None:
    with pytest.raises(InvalidImport) as twice:
        take(csv(GOOD[0], GOOD[0]), amina)
    made, _ = take(csv(*GOOD), amina)
    with pytest.raises(InvalidImport) as again:
        take(csv(GOOD[0].replace("12.50", "13.00")), amina, "13.00")
    reject_import(import_id=made.id, reason_text="The wrong month.", by=chiara, now=NOW)

    assert [problem.detail for problem in twice.value.problems] == ["Is the same as in line 2."]
    assert again.value.problems[0].detail.startswith("Was used before, for the adjustment")
    assert take(csv(GOOD[0].replace("12.50", "13.00")), amina, "13.00")[1]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_order_of_columns_line_ends_and_a_byte_order_mark_do_not_matter(end: str, amina: Any) -> None:
    order = [6, 2, 0, 1, 4, 3, 5]
    rows = [",".join(line.split(",")[at] for at in order) for line in (HEADER, *GOOD)]

    made, is_new = take(b"\xef\xbb\xbf" + csv(*rows[1:], header=rows[0], end=end), amina)

    assert (is_new, made.row_count, made.total_minor) == (True, 3, 6250)
    assert list(made.adjustments.order_by("id").values_list("reference", "amount_minor")) == [
        ("007", 1250),
        ("7", 3000),
        ("8", 2000),
    ]


def test_the_same_file_is_the_same_import(amina: Any) -> None:
    first, _ = take(csv(*GOOD), amina)

    assert take(csv(*GOOD), amina) == (first, False)
    assert (AdjustmentImport.objects.count(), Adjustment.objects.count()) == (1, 3)


def test_a_sum_that_differs_from_the_control_total_is_refused(amina: Any) -> None:
    with pytest.raises(InvalidImport, match=r"The rows sum to 62.50 EUR, not to the declared 62.49 EUR"):
        take(csv(*GOOD), amina, "62.49")

    assert not AdjustmentImport.objects.exists()


def test_a_closed_account_gets_no_adjustment(amina: Any, experts: dict[str, Any]) -> None:
    experts["Chen"].is_active = False
    experts["Chen"].save()

    with pytest.raises(InvalidImport) as refused:
        take(csv(*GOOD), amina)

    assert [(row.pointer, row.detail) for row in refused.value.problems] == [
        ("/rows/4/worker", "This account is closed.")
    ]


def test_an_arabic_name_in_a_reason_is_taken(amina: Any) -> None:
    made, _ = take(csv("1,BONUS,ada@example.org,1,2026-11-02,REFERRAL,أحضرت ليلى"), amina, "1")

    assert made.adjustments.get().reason_text == "أحضرت ليلى"


def test_another_person_books_every_row_at_once_with_few_queries(
    amina: Any, chiara: Any, experts: dict[str, Any], django_assert_max_num_queries: Any
) -> None:
    many = [f"n{n},BONUS,ada@example.org,0.10,2026-11-02,C,Why." for n in range(200)]
    made, _ = take(csv(*GOOD, *many), amina, "82.50")

    with django_assert_max_num_queries(60):
        approve_import(import_id=made.id, by=chiara, now=NOW)

    assert Adjustment.objects.filter(state="APPROVED", decided_by=chiara).count() == 203
    assert get_balance(payable(experts["Ada"].id, "EUR")).amount_minor == 5000 + 1250 + 3000 + 2000
    assert get_balance(receivable(experts["Chen"].id, "EUR")) == euros(20)
    bonus = Earning.objects.get(description="Brought Dana to the project.")
    assert bonus.worked_from.date().isoformat() == "2026-11-02"
    assert [result.findings for result in run_checks() if not result.is_ok] == []
    with pytest.raises(IllegalTransition):
        approve_import(import_id=made.id, by=chiara, now=NOW)


def test_nobody_decides_their_own_file_or_one_that_pays_them(amina: Any, experts: dict[str, Any]) -> None:
    made, _ = take(csv(*GOOD), amina)
    both = make_person("Dana", "FINANCE_PREPARER", "FINANCE_APPROVER")
    own, _ = take(csv("9,BONUS,ada@example.org,1,2026-11-02,C,Why."), both, "1")
    ada = experts["Ada"]
    made_by = {"import_id": made.id, "now": NOW}

    with pytest.raises(FourEyesRequired):
        approve_import(**made_by, by=amina)
    with pytest.raises(FourEyesRequired):
        approve_import(import_id=own.id, by=both, now=NOW)
    with pytest.raises(FourEyesRequired):
        withdraw_import(**made_by, by=both)
    with pytest.raises(DomainError):
        approve_import(**made_by, by=ada)
    with pytest.raises(NotPermitted):
        take(csv(*GOOD), ada)
    with pytest.raises(IntegrityError, match="adjustment_import_four_eyes"), transaction.atomic():
        AdjustmentImport.objects.filter(id=made.id).update(state="APPROVED", decided_by=amina, decided_at=NOW)
    assert set(Adjustment.objects.values_list("state", flat=True)) == {"PROPOSED"}


def test_a_row_is_decided_with_its_file_alone_and_what_was_imported_stands(amina: Any, chiara: Any) -> None:
    made, _ = take(csv(*GOOD), amina)
    row = made.adjustments.first()
    assert row is not None

    with pytest.raises(DecidedWithItsFile):
        approve_adjustment(adjustment_id=row.id, by=chiara, now=NOW)
    with pytest.raises(IntegrityError, match="what was imported stands"), transaction.atomic():
        AdjustmentImport.objects.update(total_minor=1)
    with (
        pytest.raises(IntegrityError, match="what was proposed stands"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE payouts_adjustment SET reference = 'x'")

    withdraw_import(import_id=made.id, by=amina, now=NOW)
    assert set(made.adjustments.values_list("state", flat=True)) == {"WITHDRAWN"}


def test_the_api_names_bad_rows_takes_a_good_file_and_lets_another_person_decide(amina: Any, chiara: Any) -> None:
    maker, checker = Client(), Client()
    maker.force_login(amina)
    checker.force_login(chiara)

    def send(data: bytes) -> Any:
        file = SimpleUploadedFile("bonuses.csv", data, "text/csv")
        return maker.post(API, {"file": file, "currency": "EUR", "control_total": "62.50"})

    bad = send(csv(GOOD[0].replace("12.50", "x")))
    made = send(csv(*GOOD))
    again = send(csv(*GOOD))
    headers = {"If-Match": '"1"', "Idempotency-Key": "one"}
    path = f"{API}{made.json()['id']}/approve/"
    refused = maker.post(path, {}, content_type="application/json", headers=headers)
    done = checker.post(path, {}, content_type="application/json", headers=headers)

    assert (bad.status_code, bad.json()["errors"][0]["pointer"]) == (400, "/rows/2/amount")
    assert [made.status_code, again.status_code, refused.status_code, done.status_code] == [201, 200, 403, 200]
    assert (refused.json()["code"], done.json()["state"]) == ("four_eyes", "APPROVED")
    rows = checker.get(f"/api/v1/finance/adjustments/?imported={made.json()['id']}").json()["results"]
    assert {row["reference"] for row in rows} == {"007", "7", "8"}


def test_the_pages_list_bad_rows_take_a_file_and_decide_it(amina: Any, chiara: Any) -> None:
    maker, checker = Client(), Client()
    maker.force_login(amina)
    checker.force_login(chiara)
    page = "/finance/adjustment-imports/"

    def send(data: bytes, total: str = "62.50") -> Any:
        return maker.post(page, {"file": SimpleUploadedFile("b.csv", data), "currency": "EUR", "amount": total})

    bad = send(csv(GOOD[0].replace("12.50", "x")))
    unlike = send(csv(*GOOD), "1")
    sent = send(csv(*GOOD))
    path = sent["Location"]

    assert bad.status_code == unlike.status_code == 422
    assert "is not an amount such as 12.50" in bad.content.decode()
    assert "not to the declared 1.00 EUR" in unlike.content.decode()
    assert "Approve every row" not in maker.get(path).content.decode()
    assert "Approve every row" in checker.get(path).content.decode()
    approved = checker.post(f"{path}approve/", {"expected_version": 1})
    assert approved.status_code == 302
    assert "Approved" in checker.get(path).content.decode()
    assert "bonuses" not in checker.get(page).content.decode()


def test_the_command_line_names_bad_rows_and_takes_a_good_file(
    amina: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "bonuses.csv"
    order = ["payouts", "import-adjustments", str(file), "--currency", "EUR", "--as", amina.email, "--json"]

    file.write_bytes(csv(GOOD[0].replace("12.50", "x"), GOOD[1].replace("BONUS", "x").replace("30.00", "y")))
    with pytest.raises(SystemExit):
        call_command(*order, "--total", "62.50")
    refused = capsys.readouterr().out
    file.write_bytes(csv(*GOOD))
    call_command(*order, "--total", "62.50")

    assert "/rows/2/amount" in refused
    assert "/rows/3/amount" in refused
    assert '"is_new": true' in capsys.readouterr().out

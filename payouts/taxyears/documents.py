"""The files of a run: what is filed, as CSV and XLSX, and the whole run as JSON.

Sources:
    Form 1099-NEC as CSV: the columns of the template of the IRS' taxpayer portal (IRIS) for tax year 2025, which is read from what
    others publish of it: the portal gives its templates to who is logged in alone, and changes them by year. It takes 100
    returns a file: hence the parts. The form of 2026 calls box 1 "1a"; compare the header with the year's template.
    Form 1042-S as CSV: one column a box, named by the box (IRS, "Instructions for Form 1042-S", "Specific Instructions"); amounts in
    whole dollars, as they ask. It is no layout of the IRS, who takes XML alone for this form.
    Left empty is what is not known here: the full taxpayer number and the recipient's address (``tin_kept_at`` says where they
    are), state boxes, and what only the payer knows of itself.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from common.errors import NotFound
from common.spreadsheets import CSV_TYPE, XLSX_TYPE, csv_text, write_xlsx
from payouts.taxyears.models import TaxYearRun
from payouts.taxyears.rules import CHAPTER_3_STATUS, CHAPTER_4_EXEMPTION, FOREIGN, INCOME_CODE, NEC, Row

#: Returns that the portal takes in one file.
PART_SIZE: Final = 100
_JSON_TYPE: Final = "application/json"

_PERSON = ("First Name", "Middle Name", "Last Name (Surname)", "Suffix")
_PLACE = ("Country", "Address Line 1", "Address Line 2", "City/Town", "State/Province/Territory", "ZIP/Postal Code")
_ENTITY = (
    "TIN Type",
    "Taxpayer ID Number",
    "Name Type",
    "Business or Entity Name Line 1",
    "Business or Entity Name Line 2",
)
_STATE = (
    "State Tax Withheld",
    "State/Payer state number",
    "State income",
    "Local income tax withheld",
    "Special Data Entries",
)
_BOX_1: Final = "Box 1 - Nonemployee Compensation"
_BOX_2: Final = "Box 2 - Payer made direct sales totaling $5000 or more of consumer products to a recipient for resale"
_BOX_4: Final = "Box 4 - Federal income tax withheld"
_NEC_COLUMNS: Final = (
    "Form Type",
    "Tax Year",
    *(f"Payer {name}" for name in (*_ENTITY, *_PERSON, *_PLACE, "Phone Type", "Phone", "Email Address")),
    *(f"Recipient {name}" for name in (*_ENTITY, *_PERSON, *_PLACE)),
    "Office Code",
    "Form Account Number",
    "2nd TIN Notice",
    _BOX_1,
    _BOX_2,
    _BOX_4,
    "Combined Federal/State Filing",
    *(name for n in (1, 2) for name in (f"State {n}", *(f"State {n} - {words}" for words in _STATE))),
)
#: Columns that a person needs to complete the file by, after those of the form; the XLSX has them.
_HELP: Final = ("tin_last4", "tin_kept_at", "tax_form", "recipient_country_iso")


@dataclass(frozen=True, slots=True)
class RunFile:
    """One file of a run."""

    name: str
    content_type: str
    content: bytes


def file_names() -> list[str]:
    """Return the names under which a run's files are read."""
    return list(_FILES)


def file_of(run: TaxYearRun, name: str, part: int | None = None) -> RunFile:
    """Return a file of a run, of the CSV for the portal the ``part`` (from 1) alone if asked; the same bytes each time.

    Raises:
        NotFound: a run has no such file, or the file no such part.
    """
    if name not in _FILES:
        raise NotFound(f"A run has the files {', '.join(_FILES)}.")
    content_type, make = _FILES[name]
    draft = "" if run.state == TaxYearRun.State.APPROVED else "draft-"
    numbered = f"part-{part}-" if part is not None else ""
    return RunFile(f"{draft}{run.reference}-{numbered}{name}", content_type, make(run, part))


def _nec_csv(run: TaxYearRun, part: int | None) -> bytes:
    content = run.content
    rows = _returns(content, NEC, part)
    return csv_text(
        _NEC_COLUMNS, ([_nec(content, row).get(name, "") for name in _NEC_COLUMNS] for row in rows)
    ).encode()


def _nec_xlsx(run: TaxYearRun, part: int | None) -> bytes:
    content = run.content
    columns = ("Form Account Number", "Recipient", _BOX_1, _BOX_4, *_HELP)
    rows = [
        [_account(row), row["name"], Decimal(row["gross"]), Decimal(row["withheld"]), *_help(row)]
        for row in _returns(content, NEC, part)
    ]
    return _workbook(run, f"1099-NEC {run.reference}", columns, rows)


def _nec(content: dict[str, Any], row: Row) -> dict[str, Any]:
    return {
        "Form Type": NEC,
        "Tax Year": content["year"],
        "Payer TIN Type": "EIN" if content["payer_ein"] else "",
        "Payer Taxpayer ID Number": content["payer_ein"],
        "Payer Name Type": "B",
        "Payer Business or Entity Name Line 1": content["payer"],
        # Whether somebody is a person or a business stands on the form W-9, not here: the name is given whole.
        "Recipient Business or Entity Name Line 1": row["name"],
        "Recipient Country": row["country"],
        "Form Account Number": _account(row),
        "2nd TIN Notice": "N",
        _BOX_1: row["gross"],
        _BOX_2: "N",
        _BOX_4: row["withheld"] if Decimal(row["withheld"]) else "",
        "Combined Federal/State Filing": "N",
    }


def _account(row: Row) -> str:
    """Return the account number by which a return is found again: the form has room for 20 signs."""
    return str(row["worker"]).replace("-", "")[-20:]


_FOREIGN_COLUMNS: Final = (
    "unique_form_identifier",
    "amended",
    "amendment_number",
    "box_1_income_code",
    "box_2_gross_income",
    "box_3_chapter_indicator",
    "box_3a_exemption_code",
    "box_3b_tax_rate",
    "box_4a_exemption_code",
    "box_4b_tax_rate",
    "box_7a_federal_tax_withheld",
    "box_10_total_withholding_credit",
    "box_12a_withholding_agent_ein",
    "box_12d_withholding_agent_name",
    "box_13a_recipient_name",
    "box_13f_chapter_3_status_code",
    "box_13g_chapter_4_status_code",
    "box_13j_lob_code",
    "box_13k_recipient_account_number",
    "treaty_country_iso",
    *_HELP,
)


def _foreign_rows(run: TaxYearRun, part: int | None) -> list[list[Any]]:
    content = run.content
    return [_foreign(content, row) for row in _returns(content, FOREIGN, part)]


def _foreign(content: dict[str, Any], row: Row) -> list[Any]:
    withheld = _whole(row["withheld"])
    return [
        row["unique_id"],
        "1" if row["amendment"] else "0",
        row["amendment"] or "",
        INCOME_CODE,
        _whole(row["gross"]),
        "3",
        row["exemption_code"],
        f"{Decimal(row['rate_bps']) / 100:05.2f}",
        CHAPTER_4_EXEMPTION,
        "00.00",
        withheld,
        withheld,
        content["payer_ein"],
        content["payer"],
        row["name"],
        CHAPTER_3_STATUS.get(row["tax_form"], ""),
        "",
        "",
        _account(row),
        row["treaty_country"],
        *_help(row),
    ]


def _whole(amount: str) -> Decimal:
    return Decimal(amount).quantize(Decimal(1), rounding=ROUND_HALF_UP)


def _help(row: Row) -> list[str]:
    return [row["tin_last4"], row["tin_kept_at"], row["tax_form"], row["country"]]


def _returns(content: dict[str, Any], form: str, part: int | None) -> list[Row]:
    rows = [row for row in content["returns"] if row["form"] == form]
    if part is None:
        return rows
    found = rows[(part - 1) * PART_SIZE : part * PART_SIZE]
    if not found:
        raise NotFound(f"There is no part {part} of this file.")
    return found


def _workbook(run: TaxYearRun, title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    file = io.BytesIO()
    write_xlsx(file, title=title, header=columns, rows=rows, created=run.prepared_at)
    return file.getvalue()


_FILES: Final[dict[str, tuple[str, Callable[[TaxYearRun, int | None], bytes]]]] = {
    "1099-nec.csv": (CSV_TYPE, _nec_csv),
    "1099-nec.xlsx": (XLSX_TYPE, _nec_xlsx),
    "1042-s.csv": (CSV_TYPE, lambda run, part: csv_text(_FOREIGN_COLUMNS, _foreign_rows(run, part)).encode()),
    "1042-s.xlsx": (
        XLSX_TYPE,
        lambda run, part: _workbook(run, f"1042-S {run.reference}", _FOREIGN_COLUMNS, _foreign_rows(run, part)),
    ),
    "run.json": (_JSON_TYPE, lambda run, part: run.document.encode()),
}

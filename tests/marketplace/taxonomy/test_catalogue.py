from pathlib import Path

import pytest

from marketplace.taxonomy.catalogue import BadCatalogue, find_leaves, load_catalogue, read_catalogue

HEADER = "code,parent,name,aliases\n"
CREDENTIAL_HEADER = "code,parent,name,aliases,is_national,valid_months\n"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "domains.csv").write_text(f"{HEADER}law,,Law,legal\nlaw/tax,law,Tax law,taxation;fiscal law\n")
    (tmp_path / "skills.csv").write_text(f"{HEADER}writing,,Writing,\nlegal-drafting,writing,Legal drafting,\n")
    (tmp_path / "credentials.csv").write_text(
        f"{CREDENTIAL_HEADER}license,,License,,yes,\nbar-admission,license,Bar admission,,yes,12\nphd,,Doctorate,,no,\n"
    )
    return tmp_path


def test_a_catalogue_is_three_trees(directory: Path) -> None:
    catalogue = read_catalogue(directory)

    assert [(d.code, d.parent, d.aliases) for d in catalogue.domains] == [
        ("law", None, ("legal",)),
        ("law/tax", "law", ("taxation", "fiscal law")),
    ]
    assert [skill.code for skill in find_leaves(catalogue.skills)] == ["legal-drafting"]
    assert [(c.code, c.is_national, c.valid_months) for c in catalogue.credentials] == [
        ("license", True, None),
        ("bar-admission", True, 12),
        ("phd", False, None),
    ]


@pytest.mark.parametrize(
    ("row", "fact"),
    [
        ("law/tax,law,Duties,", "code 'law/tax' is there twice"),
        ("Law2,,Law again,", "code 'Law2' is not lower-case words"),
        ("law//x,law,Nothing,", "code 'law//x' is not lower-case words"),
        ("law_x,law,Underscore,", "code 'law_x' is not lower-case words"),
        ("med/heart,med,Heart,", "parent 'med' has no row above"),
        ("med/heart,law,Heart,", "code 'med/heart' does not lie under its parent 'law'"),
        ("med,,Medicine,LEGAL", "'LEGAL' already names 'law'"),
        ("med,,tax LAW,", "'tax LAW' already names 'law/tax'"),
        ("med,,Medicine,medicine", "'med' has the same name twice"),
        ("med,,,", "name '' is empty"),
        ("med,,Medicine,healing; care", "name ' care' is empty, has space around it"),
        ("med,,Me\u0301decine,", "is not in Unicode form NFC"),
        ("med,,Medi\u202ecine,", "holds a control or formatting character"),
        ("med,,Medicine", "has 3 cells, not 4"),
    ],
)
def test_a_bad_domain_is_named_by_file_and_line(directory: Path, row: str, fact: str) -> None:
    with (directory / "domains.csv").open("a", encoding="utf-8") as file:
        file.write(f"{row}\n")

    with pytest.raises(BadCatalogue) as refusal:
        read_catalogue(directory)

    assert str(refusal.value).startswith("domains.csv, line 4: ")
    assert fact in str(refusal.value)


@pytest.mark.parametrize(
    ("row", "fact"),
    [
        ("cpa,,Accountant,,maybe,12", "is_national must be yes or no"),
        ("cpa,,Accountant,,yes,0", "valid_months must be empty or 1 to 999"),
        ("cpa,,Accountant,,yes,1.5", "valid_months must be empty or 1 to 999"),
    ],
)
def test_a_bad_credential_is_named_by_file_and_line(directory: Path, row: str, fact: str) -> None:
    with (directory / "credentials.csv").open("a", encoding="utf-8") as file:
        file.write(f"{row}\n")

    with pytest.raises(BadCatalogue, match=rf"credentials\.csv, line 5: {fact}"):
        read_catalogue(directory)


def test_a_missing_file_and_other_columns_are_refused(directory: Path) -> None:
    (directory / "skills.csv").write_text("code,name\n")
    with pytest.raises(BadCatalogue, match=r"skills\.csv, line 1: the columns must be code,parent"):
        read_catalogue(directory)

    (directory / "skills.csv").unlink()
    with pytest.raises(BadCatalogue, match=r"skills\.csv: cannot be read"):
        read_catalogue(directory)


def test_the_catalogue_that_comes_with_muster_is_sound() -> None:
    catalogue = load_catalogue()
    domains = {domain.code for domain in catalogue.domains}
    skills = {skill.code for skill in catalogue.skills}
    credentials = {credential.code: credential for credential in catalogue.credentials}

    assert sum(domain.parent is None for domain in catalogue.domains) >= 25
    assert len(domains) >= 180
    assert len(find_leaves(catalogue.skills)) >= 60
    assert len(find_leaves(catalogue.credentials)) >= 30
    assert {"law/contracts", "law/tax", "medicine/cardiology", "software/python", "linguistics/translation"} <= domains
    assert {"translation-review", "mqm-annotation", "legal-drafting", "red-teaming", "code-review"} <= skills
    assert credentials["bar-admission"].is_national
    assert credentials["phd"].valid_months is None

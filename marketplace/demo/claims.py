"""What made-up people say they can do, what was assessed of it, and their credentials. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from marketplace.demo.origins import Origin, city_of
from marketplace.demo.places import Cell, Country, draw, list_specialties
from marketplace.experts.inputs import CredentialInput, SkillInput
from marketplace.experts.rules import LARGEST_LEVEL
from marketplace.taxonomy.catalogue import CredentialKind, load_catalogue

ASSESSED_SHARE = 0.35

ISSUERS = {
    "bar-admission": "Bar association",
    "notary": "Chamber of notaries",
    "cpa": "Institute of public accountants",
    "medical-license": "Medical council",
    "nursing-license": "Nursing council",
    "pharmacist-license": "Chamber of pharmacists",
    "psychologist-license": "Psychologists' council",
    "professional-engineer": "Chamber of engineers",
    "architect-registration": "Chamber of architects",
    "teaching-license": "Department of education",
    "sworn-translator": "Regional court",
    "conference-interpreter": "Interpreters' association",
    "press-card": "Press council",
    "cfa": "Analysts' institute",
    "frm": "Risk institute",
    "pmp": "Institute of project management",
    "cissp": "Institute of information security",
    "cloud-architect": "Cloud academy",
    "privacy-professional": "Privacy institute",
    "clinical-research": "Institute of clinical research",
    "language-c2": "Language institute",
    "language-teaching-certificate": "Language institute",
    "publication-record": "University library",
}
"""Who issues what, made up; any other credential comes from a university."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentSeed:
    """A domain or skill (`kind` DOMAIN or SKILL) that somebody assessed, at a level from 1 to 5."""

    kind: str
    code: str
    level: int


def draw_skills(
    random: Random, origin: Origin, as_of: date
) -> tuple[tuple[SkillInput, ...], tuple[AssessmentSeed, ...]]:
    """This will draw one to three domains and two to five skills of the specialty, and the assessments of some of them."""
    if origin.cell is not None:
        domains, skills = origin.cell.domains, origin.cell.skills
    else:
        domains = _draw_domains(random, origin)
        skills = tuple(random.sample(origin.specialty.skills, random.randint(2, min(5, len(origin.specialty.skills)))))
    claims = []
    assessments = []
    for kind, code in [*(("DOMAIN", code) for code in domains), *(("SKILL", code) for code in skills)]:
        lowest = 3 if origin.cell else 1
        level = max(lowest, min(LARGEST_LEVEL, round(random.triangular(1, LARGEST_LEVEL, 4))))
        years = random.randint(level, 4 * level)
        evidence = f"{years} years of practice." if years > 1 else "A year of practice."
        if random.random() < ASSESSED_SHARE:
            assessed = max(1, min(LARGEST_LEVEL, level + random.choice([-1, -1, 0, 0, 0, 1])))
            on = as_of - timedelta(days=random.randint(20, 700))
            evidence += f" Scored {assessed} of {LARGEST_LEVEL} on {on.isoformat()}: {origin.specialty.exercise}."
            assessments.append(AssessmentSeed(kind=kind, code=code, level=assessed))
        claims.append(SkillInput(kind=kind, code=code, level=level, evidence=evidence))
    return tuple(claims), tuple(assessments)


def _draw_domains(random: Random, origin: Origin) -> tuple[str, ...]:
    """One or two domains below the person's specialty, and for some one of another."""
    below = [d.code for d in load_catalogue().domains if d.code.startswith(f"{origin.specialty.domain}/")]
    domains = random.sample(below, random.choice([1, 1, 2]))
    if random.random() < 0.3:
        other = random.choice([each for each in list_specialties() if each is not origin.specialty])
        domains.append(other.domain)
    return tuple(domains)


def draw_credentials(random: Random, origin: Origin, as_of: date) -> tuple[CredentialInput, ...]:
    """This will draw none to two credentials that go with the specialty, issued where the person comes from."""
    if origin.cell is not None:
        codes = list(origin.cell.credentials)
    else:
        codes = random.sample(
            origin.specialty.credentials, min(random.choice([0, 1, 1, 2]), len(origin.specialty.credentials))
        )
    kinds = {kind.code: kind for kind in load_catalogue().credentials}
    city = city_of(draw(random, origin.home.zones))
    return tuple(_draw_credential(random, kinds[code], origin.home, city, as_of, origin.cell) for code in codes)


def _draw_credential(
    random: Random, kind: CredentialKind, home: Country, city: str, as_of: date, cell: Cell | None
) -> CredentialInput:
    """A credential that expires was last renewed within its term; a few have let it lapse."""
    issuer = f"{ISSUERS.get(kind.code, 'University')} of {city}"
    reference = f"{home.code}-{random.randint(10_000, 999_999)}"
    if kind.valid_months is None:
        since = as_of - timedelta(days=random.randint(400, 9000))
        return CredentialInput(code=kind.code, issuer=issuer, country=home.code, valid_from=since, reference=reference)
    term = timedelta(days=kind.valid_months * 30)
    lapsed = cell is None and random.random() < 0.08
    until = as_of + (-1 if lapsed else 1) * timedelta(days=random.randint(20, term.days - 1))
    return CredentialInput(
        code=kind.code,
        issuer=issuer,
        country=home.code,
        valid_from=until - term,
        valid_until=until,
        reference=reference,
    )


def headline_of(skills: tuple[SkillInput, ...], origin: Origin) -> str:
    """This will put a person in one line: first domain, first skill, city."""
    catalogue = load_catalogue()
    names = {("DOMAIN", d.code): d.name for d in catalogue.domains} | {
        ("SKILL", s.code): s.name for s in catalogue.skills
    }
    domain = next(claim for claim in skills if claim.kind == "DOMAIN")
    skill = next(claim for claim in skills if claim.kind == "SKILL")
    return f"{names['DOMAIN', domain.code]} · {names['SKILL', skill.code]} · {city_of(origin.zone)}"

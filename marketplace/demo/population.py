"""A made-up population of experts, drawn from a seed: the same seed gives the same people to the byte. Pure.

The people are invented; names are put together at random from lists per language.
"""

import json
import unicodedata
from dataclasses import asdict, dataclass
from datetime import date
from random import Random

from common.currencies import get_currency
from marketplace.demo.claims import AssessmentSeed, draw_credentials, draw_skills, headline_of
from marketplace.demo.origins import Origin, draw_origin
from marketplace.demo.places import Country, compose_name, find_culture, list_countries
from marketplace.demo.weeks import draw_windows
from marketplace.experts.inputs import (
    CredentialInput,
    LanguageInput,
    ProfileInput,
    SkillInput,
    WindowInput,
)
from marketplace.experts.rules import LANGUAGE_LEVELS, MODALITIES

USUAL_SIZE = 2000
FOREIGN_TAX_SHARE = 0.03
FOREIGN_BANK_SHARE = 0.05
DOLLAR_SHARE = 0.4
SECOND_TONGUE_SHARE = 0.35

TAUGHT_LANGUAGES = (
    "es-ES",
    "fr-FR",
    "de-DE",
    "pt-BR",
    "ar",
    "zh-Hans-CN",
    "ja-JP",
    "ru",
    "it-IT",
    "ko-KR",
    "hi-IN",
    "tr-TR",
)
"""Languages that people learn at school or for work, drawn with falling frequency in this order."""

UNDECOMPOSED = str.maketrans(
    {"Ø": "O", "ø": "o", "Ł": "L", "ł": "l", "Đ": "D", "đ": "d", "Þ": "Th", "ð": "d", "ß": "ss", "ı": "i"}
)
"""Latin letters that Unicode does not take apart into a base letter and a mark."""

STRONG_CURRENCIES = frozenset({"USD", "EUR", "GBP", "CHF", "JPY", "CAD", "AUD", "NZD", "SEK", "NOK", "DKK", "SGD"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSeed:
    """One made-up expert, in the words that `experts.commands.create_profiles` takes.

    `number` counts from 1 and makes `email` unique (addresses under example.org reach nobody). `locale` is the mother tongue.
    """

    number: int
    email: str
    locale: str
    profile: ProfileInput
    languages: tuple[LanguageInput, ...]
    skills: tuple[SkillInput, ...]
    assessments: tuple[AssessmentSeed, ...]
    credentials: tuple[CredentialInput, ...]
    windows: tuple[WindowInput, ...]


def generate_population(*, seed: int, as_of: date, count: int = USUAL_SIZE) -> tuple[PersonSeed, ...]:
    """This will draw `count` made-up experts; dates lie around `as_of`.

    The first people fill each of the demo's cells three times; the rest follow the weights of countries and specialties. A
    smaller count with the same seed and date gives the first of the same people.
    """
    # A generator of one's own for each person keeps the first people the same whatever the count; nothing here is secret.
    return tuple(
        _draw_person(Random(f"{seed}/{number}"), number, as_of)  # noqa: S311
        for number in range(1, count + 1)
    )


def encode_population(people: tuple[PersonSeed, ...]) -> bytes:
    """This will write people as UTF-8 JSON, one a line: equal people, equal bytes."""
    lines = (
        json.dumps(asdict(person), ensure_ascii=False, default=date.isoformat, sort_keys=True) for person in people
    )
    return "".join(f"{line}\n" for line in lines).encode()


def _draw_person(random: Random, number: int, as_of: date) -> PersonSeed:
    origin = draw_origin(random, number)
    name, given = compose_name(random, find_culture(origin.tongue))
    skills, assessments = draw_skills(random, origin, as_of)
    windows, capacity = draw_windows(random, origin.residence.workdays)
    amount_minor, currency = _draw_wish(random, origin)
    profile = ProfileInput(
        legal_name=name,
        preferred_name=given,
        headline=headline_of(skills, origin),
        residence_country=origin.residence.code,
        tax_country=_usually(random, origin.residence, origin.home, FOREIGN_TAX_SHARE),
        bank_country=_usually(random, origin.residence, origin.home, FOREIGN_BANK_SHARE),
        timezone=origin.zone,
        weekly_capacity_minutes=capacity,
        wish_minor_per_hour=amount_minor,
        wish_currency=currency,
    )
    return PersonSeed(
        number=number,
        email=f"{_slug(given)}.{number}@people.example.org",
        locale=origin.tongue,
        profile=profile,
        languages=_draw_languages(random, origin),
        skills=skills,
        assessments=assessments,
        credentials=draw_credentials(random, origin, as_of),
        windows=windows,
    )


def _draw_languages(random: Random, origin: Origin) -> tuple[LanguageInput, ...]:
    """The mother tongue, what most at home and around speak, English, and for some one language more."""
    levels = {origin.tongue: "NATIVE"}
    for shared in (origin.home.languages[0].text, origin.residence.languages[0].text):
        levels.setdefault(
            shared, "C2" if shared == origin.home.languages[0].text else random.choice(["B1", "B2", "C1"])
        )
    if not any(_base(tag) == "en" for tag in levels):
        levels[random.choice(["en-US", "en-GB"])] = random.choices(["B1", "B2", "C1", "C2"], [1, 4, 5, 3])[0]
    if random.random() < SECOND_TONGUE_SHARE:
        ranks = range(len(TAUGHT_LANGUAGES), 0, -1)
        taught = random.choices(TAUGHT_LANGUAGES, ranks)[0]
        if _base(taught) not in {_base(tag) for tag in levels}:
            levels[taught] = random.choice(["A2", "B1", "B2", "C1"])
    return tuple(
        LanguageInput(locale=tag, modality=modality, level=_in_modality(random, level, modality))
        for tag, level in levels.items()
        for modality in MODALITIES
    )


def _in_modality(random: Random, level: str, modality: str) -> str:
    """Learned languages are often written and spoken one level below what is read and heard."""
    if level == "NATIVE" or modality in {"READ", "LISTEN"} or random.random() < 0.5:
        return level
    return LANGUAGE_LEVELS[max(LANGUAGE_LEVELS.index(level) - 1, 0)]


def _draw_wish(random: Random, origin: Origin) -> tuple[int, str]:
    """An hourly wish in minor units: in dollars for many where the own currency is not widely held, in round numbers."""
    country = origin.residence
    spread = random.lognormvariate(0, 0.25)
    # Remote experts ask for more than local prices alone would say.
    usd = origin.specialty.usd_per_hour * spread * (0.35 + 0.65 * country.cost_level)
    in_dollars = country.currency not in STRONG_CURRENCIES and random.random() < DOLLAR_SHARE
    code = "USD" if in_dollars else country.currency
    units = usd if code == "USD" else usd * country.units_per_usd
    step = 10 ** max(len(str(int(units))) - 2, 0)
    rounded = max(round(units / step) * step, 1)
    return int(rounded) * 10 ** get_currency(code).exponent, code


def _usually(random: Random, residence: Country, home: Country, foreign_share: float) -> str:
    """The country of residence, but for some the one they come from, or a third one where that is the same."""
    if random.random() >= foreign_share:
        return residence.code
    return home.code if home is not residence else random.choice(list_countries()).code


def _base(tag: str) -> str:
    return tag.partition("-")[0]


def _slug(given: str) -> str:
    """The ASCII letters of a name; of names in other scripts nothing is left, and "expert" stands in."""
    plain = unicodedata.normalize("NFKD", given.translate(UNDECOMPOSED)).encode("ascii", "ignore").decode()
    return "".join(letter for letter in plain.lower() if letter.isalpha()) or "expert"

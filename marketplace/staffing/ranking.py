"""Who fits an opening, rule by rule: pure, so that every place in a list can be recomputed by hand.

Hard rules decide who is eligible. Each soft rule gives its weight times a degree of 0..1. The score is the sum of points over the
sum of weights, times 100: so the parts add up to the whole. Places are given by ``rank``, the same sum in whole billionths, which
search can reckon in SQL to the last digit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from common.codes import country_name, locale_distance, locale_name
from common.money import Money

LEVELS = ("A1", "A2", "B1", "B2", "C1", "C2", "NATIVE")
#: Working hours of the project's zone that a TIMEZONE rule compares with: Monday to Friday, 09:00 to 17:00.
WORKDAY_MINUTES = (9 * 60, 17 * 60)
#: A degree of one, in the whole parts that ``rank`` counts.
PARTS = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One requirement with its names resolved; fields as in ``projects.models.Requirement``."""

    kind: str
    is_hard: bool
    weight: int
    node_code: str = ""
    node_name: str = ""
    level: int = 0
    locale: str = ""
    modality: str = ""
    language_level: str = ""
    distance: int = 0
    countries: tuple[str, ...] = ()
    minutes: int = 0
    share: float = 0.0
    timezone: str = ""
    pay: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpertFacts:
    """What is known of an expert at one moment. ``levels`` holds every domain and skill code, inherited ones included,
    with the assessed level where there is one; minutes are per week; ``quality`` is (mean, low90, high90) in the scope.
    """

    residence_country: str
    timezone: str
    levels: Mapping[str, int]
    assessed: frozenset[str] = frozenset()
    languages: Sequence[tuple[str, str, str]] = ()
    credentials: frozenset[str] = frozenset()
    wish: Money | None = None
    capacity_minutes: int = 0
    committed_minutes: int = 0
    quality: tuple[float, float, float] | None = None
    windows: Sequence[tuple[int, int, int]] = field(default_factory=tuple)
    is_paused: bool = False
    """A decided or urgent case closes new work of the opening's kind to this person."""

    @property
    def free_minutes(self) -> int:
        return max(0, self.capacity_minutes - self.committed_minutes)


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What one rule says of one expert: passed or not, the evidence, and for a failed rule what would mend it ("" = nothing)."""

    kind: str
    words: str
    is_hard: bool
    passed: bool
    weight: int
    points: float
    evidence: str
    fix: str


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All rules of an opening for one expert. ``score`` is 0..100 and is 100 where no rule is soft.

    ``rank`` is the sum of weight times degree in billionths, rounded down rule by rule: who has more comes first.
    """

    is_eligible: bool
    score: float
    rank: int
    results: tuple[RuleResult, ...]


@dataclass(frozen=True, slots=True)
class _Verdict:
    """``have`` of ``want``: minutes, levels, minor units, or 1 of 1 and 0 of 1."""

    have: float
    want: float
    evidence: str
    fix: str = ""

    @property
    def is_met(self) -> bool:
        return self.have >= self.want

    @property
    def degree(self) -> float:
        return 1.0 if self.is_met else max(0.0, self.have / self.want)

    @property
    def parts(self) -> int:
        return PARTS if self.is_met else count_parts(self.have, self.want)


def count_parts(have: float, want: float) -> int:
    """Return the whole billionths that ``have`` is of ``want``, rounded down, at most ``PARTS``; exact for whole numbers."""
    return min(PARTS, int(max(have, 0) * PARTS // want))


type Evaluator = Callable[[ExpertFacts], Evaluation]


def make_evaluator(rules: Sequence[Rule]) -> Evaluator:
    """Return what judges anybody by ``rules``; the words of the rules are made once for all."""
    total = sum(rule.weight for rule in rules if not rule.is_hard)
    prepared = [(rule, _JUDGES[rule.kind], describe(rule)) for rule in rules]

    def judge(facts: ExpertFacts) -> Evaluation:
        eligible, score, rank, results = True, 0.0, 0, []
        for rule, judge_rule, words in prepared:
            verdict = judge_rule(rule, facts)
            result = _result(rule, words, verdict, total)
            results.append(result)
            if rule.is_hard:
                eligible = eligible and result.passed
            else:
                score += result.points
                rank += rule.weight * verdict.parts
        if facts.is_paused:
            eligible = False
            results.append(_PAUSED)
        return Evaluation(is_eligible=eligible, score=score if total else 100.0, rank=rank, results=tuple(results))

    return judge


#: Said of whoever is paused, whatever the opening asks; the case itself is between them and those who decide it.
_PAUSED = RuleResult(
    kind="STANDING",
    words="No pause in this kind of work",
    is_hard=True,
    passed=False,
    weight=0,
    points=0.0,
    evidence="New work of this kind is closed by a case for now",
    fix="It opens when the pause ends; the expert's standing says how",
)


def evaluate(rules: Sequence[Rule], facts: ExpertFacts) -> Evaluation:
    """Judge ``facts`` by every rule; the points of the results sum to the score."""
    return make_evaluator(rules)(facts)


def describe(rule: Rule) -> str:
    """Say a rule in words."""
    return _WORDS[rule.kind](rule)


def _result(rule: Rule, words: str, verdict: _Verdict, total: int) -> RuleResult:
    return RuleResult(
        kind=rule.kind,
        words=words,
        is_hard=rule.is_hard,
        passed=verdict.is_met,
        weight=0 if rule.is_hard else rule.weight,
        points=0.0 if rule.is_hard else 100 * rule.weight * verdict.degree / total,
        evidence=verdict.evidence,
        fix="" if verdict.is_met else verdict.fix,
    )


def _judge_level(rule: Rule, facts: ExpertFacts) -> _Verdict:
    own = facts.levels.get(rule.node_code, 0)
    if not own:
        return _Verdict(0, 1, f"{rule.node_name} is not on the profile", f"Add {rule.node_name} with evidence")
    how = "assessed" if rule.node_code in facts.assessed else "claimed"
    return _Verdict(own, rule.level, f"level {own} {how}", f"Reach level {rule.level} in {rule.node_name}")


def _judge_credential(rule: Rule, facts: ExpertFacts) -> _Verdict:
    if rule.node_code in facts.credentials:
        return _Verdict(1, 1, "valid today")
    return _Verdict(0, 1, "no valid one on the profile", f"Add a valid {rule.node_name}")


def _judge_language(rule: Rule, facts: ExpertFacts) -> _Verdict:
    best: tuple[int, int, str] = (0, 0, "")
    for locale, modality, level in facts.languages:
        distance = locale_distance(rule.locale, locale)
        if modality == rule.modality and distance <= rule.distance:
            near = "" if distance == 0 else f", {distance} from {rule.locale}"
            best = max(best, (LEVELS.index(level) + 1, -distance, f"{locale_name(locale)}, {level.lower()}{near}"))
    if not best[0]:
        fix = f"Only {locale_name(rule.locale)} or a variety within {rule.distance} counts"
        return _Verdict(0, 1, f"no {modality_word(rule.modality)} {locale_name(rule.locale)} on the profile", fix)
    return _Verdict(best[0], LEVELS.index(rule.language_level) + 1, best[2], f"Reach {rule.language_level}")


def _judge_country(rule: Rule, facts: ExpertFacts) -> _Verdict:
    lives = f"lives in {country_name(facts.residence_country)}"
    return _Verdict(int(facts.residence_country in rule.countries), 1, lives)


def _judge_rate(rule: Rule, facts: ExpertFacts) -> _Verdict:
    if rule.pay is None:
        return _Verdict(1, 1, "not paid by the hour, so the wish is not compared")
    if facts.wish is None:
        return _Verdict(1, 1, "no wish stated")
    if facts.wish.currency != rule.pay.currency:
        return _Verdict(1, 1, f"wishes {facts.wish} an hour; other currency, not compared")
    fix = f"Pay {facts.wish} an hour, or agree on less"
    return _Verdict(rule.pay.amount_minor, facts.wish.amount_minor, f"wishes {facts.wish} an hour", fix)


def _judge_capacity(rule: Rule, facts: ExpertFacts) -> _Verdict:
    evidence = f"{_hours(facts.free_minutes)} of {_hours(facts.capacity_minutes)} a week free"
    return _Verdict(facts.free_minutes, rule.minutes, evidence, f"Free {_hours(rule.minutes)} a week")


def _judge_quality(rule: Rule, facts: ExpertFacts) -> _Verdict:
    if facts.quality is None:
        return _Verdict(0, 1, "no judged work yet", "Do judged work in this field")
    mean, low, high = facts.quality
    evidence = f"{mean:.2f}, 90 % interval {low:.2f} to {high:.2f}"
    return _Verdict(mean, rule.share, evidence, f"Reach {rule.share:.2f}")


def _judge_timezone(rule: Rule, facts: ExpertFacts) -> _Verdict:
    minutes = overlap_minutes(facts.windows, facts.timezone, rule.timezone)
    evidence = f"{_hours(minutes)} a week overlap with {rule.timezone}"
    return _Verdict(minutes, rule.minutes, evidence, f"Offer {_hours(rule.minutes)} within its working hours")


_JUDGES: dict[str, Callable[[Rule, ExpertFacts], _Verdict]] = {
    "DOMAIN": _judge_level,
    "SKILL": _judge_level,
    "CREDENTIAL": _judge_credential,
    "LANGUAGE": _judge_language,
    "COUNTRY": _judge_country,
    "RATE": _judge_rate,
    "CAPACITY": _judge_capacity,
    "QUALITY": _judge_quality,
    "TIMEZONE": _judge_timezone,
}

_WORDS: dict[str, Callable[[Rule], str]] = {
    "DOMAIN": lambda rule: f"{rule.node_name}, level {rule.level} or more",
    "SKILL": lambda rule: f"{rule.node_name}, level {rule.level} or more",
    "CREDENTIAL": lambda rule: f"A valid {rule.node_name}",
    "LANGUAGE": lambda rule: (
        f"{modality_word(rule.modality).capitalize()} {locale_name(rule.locale)}, {rule.language_level} or more"
    ),
    "COUNTRY": lambda rule: "Lives in " + " or ".join(country_name(code) for code in rule.countries),
    "RATE": lambda rule: f"Wishes at most {rule.pay} an hour" if rule.pay else "The wish fits the pay",
    "CAPACITY": lambda rule: f"{_hours(rule.minutes)} a week free",
    "QUALITY": lambda rule: f"Quality of {rule.share:.2f} or more in this field",
    "TIMEZONE": lambda rule: f"{_hours(rule.minutes)} a week within working hours of {rule.timezone}",
}


def modality_word(modality: str) -> str:
    """Return the modality as an adjective."""
    return {"READ": "read", "WRITE": "written", "LISTEN": "heard", "SPEAK": "spoken"}[modality]


def overlap_minutes(windows: Sequence[tuple[int, int, int]], zone: str, project_zone: str) -> int:
    """Return the minutes a week that ``windows`` (weekday, start, end in ``zone``) share with office hours of ``project_zone``.

    Reckoned in a reference week of each half year, and the smaller taken, so that a change of clocks promises nothing.
    """
    return min(
        _overlap_in_week(windows, zone, project_zone, monday) for monday in (date(2026, 1, 12), date(2026, 7, 13))
    )


def _overlap_in_week(windows: Sequence[tuple[int, int, int]], zone: str, project_zone: str, monday: date) -> int:
    own = [_instants(monday + timedelta(days=day), start, end, zone) for day, start, end in windows]
    start, end = WORKDAY_MINUTES
    office = [_instants(monday + timedelta(days=day), start, end, project_zone) for day in range(5)]
    shared = timedelta()
    for own_start, own_end in own:
        for office_start, office_end in office:
            shared += max(timedelta(), min(own_end, office_end) - max(own_start, office_start))
    return int(shared.total_seconds() // 60)


def _instants(day: date, start_minute: int, end_minute: int, zone: str) -> tuple[datetime, datetime]:
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    start, end = midnight + timedelta(minutes=start_minute), midnight + timedelta(minutes=end_minute)
    return start.astimezone(UTC), end.astimezone(UTC)


def _hours(minutes: int) -> str:
    return f"{minutes / 60:g} h"

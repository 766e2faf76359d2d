"""What templates show of an evaluation: one line a rule, and how near an expert is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from marketplace.staffing.ranking import Evaluation, RuleResult


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule as ``{% rules %}`` shows it."""

    tone: str
    word: str
    text: str
    evidence: str
    fix: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """An evaluation in words: how many rules pass, which hard ones fail, and every line, failed hard ones first."""

    tone: str
    words: str
    is_eligible: bool
    failed: tuple[RuleLine, ...]
    lines: tuple[RuleLine, ...]
    score: float

    @property
    def others(self) -> tuple[RuleLine, ...]:
        """The lines that are not failed hard rules."""
        return self.lines[len(self.failed) :]


def verdict_of(evaluation: Evaluation) -> Verdict:
    """Put an evaluation in words."""
    results = evaluation.results
    failed = [result for result in results if result.is_hard and not result.passed]
    rest = [result for result in results if not result.is_hard or result.passed]
    passed = sum(result.passed for result in results)
    if not results:
        tone, words = "done", "Open to every expert"
    elif failed:
        tone, words = "stop", f"{len(failed)} of {_counted(len(results))} {'fails' if len(failed) == 1 else 'fail'}"
    else:
        tone, words = "done", f"{passed} of {_counted(len(results))} {'passes' if passed == 1 else 'pass'}"
    failed_lines = tuple(line_of(result) for result in failed)
    lines = (*failed_lines, *(line_of(result) for result in rest))
    return Verdict(tone, words, evaluation.is_eligible, failed_lines, lines, evaluation.score)


def line_of(result: RuleResult) -> RuleLine:
    """Put one rule's result in words; a soft rule that is not met keeps nobody out and says its points."""
    if result.passed:
        tone, word = "done", "Passed"
    else:
        tone, word = ("stop", "Failed") if result.is_hard else ("", "In part" if result.points else "Not met")
    evidence = result.evidence
    if not result.is_hard:
        evidence = f"{evidence} · a wish, {result.points:.0f} points of the rank"
    return RuleLine(tone, word, result.words, evidence, result.fix)


def why_in_short(results: Sequence[RuleResult]) -> str:
    """Return the evidence of the rules that tell people apart, in one line."""
    soft = sorted((result for result in results if not result.is_hard), key=lambda result: -result.points)
    told = soft or list(results)
    return "; ".join(result.evidence for result in told[:3])


def _counted(count: int) -> str:
    return f"{count} rule" if count == 1 else f"{count} rules"

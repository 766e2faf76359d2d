"""What speaks for taking evidence back, as values that cross the app's border."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from quality.withdrawals import rules


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFinding:
    """What speaks against a planted item's key.

    Of ``met`` people ``found`` found what the key names, where ``expected`` were to be expected; ``chance_wrong`` (0..1) is
    the probability that the key is wrong.
    """

    gold_id: UUID
    met: int
    found: int
    expected: float
    chance_wrong: float

    @property
    def is_likely_wrong(self) -> bool:
        """Whether the key should be looked at."""
        return rules.is_likely_wrong(chance_wrong=self.chance_wrong, met=self.met)

    @property
    def words(self) -> str:
        """The judgement for people; empty when too little speaks against the key."""
        return rules.describe_key(
            met=self.met, found=self.found, expected=self.expected, chance_wrong=self.chance_wrong
        )

    @property
    def figures(self) -> dict[str, float | int | str]:
        """The finding as a withdrawal keeps it."""
        return {
            "words": self.words,
            "met": self.met,
            "found": self.found,
            "expected": self.expected,
            "chance_wrong": self.chance_wrong,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewerFinding:
    """How one reviewer differs from the others of an organization (``tenant``), in shares of a full score.

    ``difference`` is how far they score below the middle reviewer of the same people's work (positive = strict), with its
    90 % interval; ``p`` is two-sided and corrected for the number of reviewers.
    """

    reviewer_id: UUID
    tenant: str
    reviews: int
    people: int
    difference: float
    low90: float
    high90: float
    p: float

    @property
    def stands_out(self) -> bool:
        """Whether the difference is beyond chance and large enough to matter."""
        return rules.stands_out(difference=self.difference, p=self.p)

    @property
    def words(self) -> str:
        """The judgement for people; empty when chance can explain the difference or it is small."""
        return rules.describe_reviewer(difference=self.difference, low90=self.low90, high90=self.high90, p=self.p)

    @property
    def figures(self) -> dict[str, float | int | str]:
        """The finding as a withdrawal keeps it."""
        return {
            "words": self.words,
            "reviews": self.reviews,
            "people": self.people,
            "difference": self.difference,
            "low90": self.low90,
            "high90": self.high90,
            "p": self.p,
        }

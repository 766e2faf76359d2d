"""The demo's made-up project: an audio guide in twelve stops, with texts, guidelines and finished work written for it. Pure.

The museum, its people and its clocks are invented; the German carries errors on purpose.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

DATA = Path(__file__).parent / "data" / "museum_guide"


@dataclass(frozen=True, slots=True)
class TextProject:
    """What `projects.commands.create_project` needs to know; the budget is in minor units of `currency`, the bar a share."""

    code: str
    name: str
    summary: str
    domain: str
    locale: str
    task_kind: str
    quality_bar: float
    currency: str
    budget_minor: int


@dataclass(frozen=True, slots=True)
class TextGuidelines:
    """What `projects.commands.publish_guidelines` takes, word for word."""

    goals: str
    principles: str
    details: str
    error_categories: tuple[str, ...]
    criteria: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TextTask:
    """One stop: the English source and the German candidate, as a row for the batch importer."""

    external_id: str
    source: str
    target: str
    locale: str
    domain: str


@dataclass(frozen=True, slots=True)
class ExampleReview:
    """What a reviewer said of an example: scores from 0 to 1 by criterion, and words.

    `reason_code` is one of `work.models.Review.ReasonCode` for a return and empty for an acceptance.
    """

    decision: Literal["ACCEPT", "RETURN"]
    scores: dict[str, float]
    words: str
    reason_code: str = ""


@dataclass(frozen=True, slots=True)
class ExampleWork:
    """Work to hand in for a stop; without a review it waits in the queue. `content` is as `work.rules` wants it."""

    external_id: str
    content: dict[str, Any]
    review: ExampleReview | None


@dataclass(frozen=True, slots=True)
class TextDemo:
    """The whole made-up project."""

    project: TextProject
    guidelines: TextGuidelines
    tasks: tuple[TextTask, ...]
    examples: tuple[ExampleWork, ...]

    def list_rows(self) -> list[dict[str, str]]:
        """This will give the tasks as the batch importer takes them, one object a row."""
        return [
            {
                "external_id": task.external_id,
                "source": task.source,
                "target": task.target,
                "locale": task.locale,
                "domain": task.domain,
            }
            for task in self.tasks
        ]


@cache
def load_text_demo() -> TextDemo:
    """This will read the made-up project; it is read once a process."""
    read = json.loads((DATA / "project.json").read_text(encoding="utf-8"))
    guidelines = read["guidelines"]
    return TextDemo(
        TextProject(**read["project"]),
        TextGuidelines(
            guidelines["goals"],
            guidelines["principles"],
            guidelines["details"],
            tuple(guidelines["error_categories"]),
            tuple(guidelines["criteria"]),
        ),
        tuple(TextTask(**task) for task in read["tasks"]),
        tuple(_example(row) for row in read["examples"]),
    )


def _example(row: dict[str, Any]) -> ExampleWork:
    review = row.get("review")
    return ExampleWork(row["external_id"], row["content"], ExampleReview(**review) if review else None)

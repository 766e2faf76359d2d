"""The JSON of requests to be forgotten and of the journal."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from common.api import Serializer, TextField
from marketplace.erasure.commands import LONGEST_ANSWER
from marketplace.erasure.models import ErasureRequest
from marketplace.erasure.queries import Outlook


class RequestFilter(Serializer):
    """Narrows the list of requests."""

    state = serializers.ChoiceField(ErasureRequest.State.choices, required=False)


class RequestRecordIn(Serializer):
    """Who asked by letter or mail to be forgotten."""

    person_id = serializers.UUIDField()


class RefusalIn(Serializer):
    """Why not, as the person reads it."""

    answer = TextField(max_length=LONGEST_ANSWER)


class ObstacleOut(serializers.Serializer[Any]):
    """One thing that has to be settled first."""

    code = serializers.CharField()
    words = serializers.CharField()


class KeptOut(serializers.Serializer[Any]):
    """What law has us keep, which law, and the day from which it does no more."""

    what = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # the name of an argument of fields
    until = serializers.DateField()


class RequestOut(serializers.Serializer[Any]):
    """A request to be forgotten; ``obstacles`` and ``kept`` are those of now, while it is open."""

    id = serializers.UUIDField()
    person_id = serializers.UUIDField()
    asked_by_id = serializers.UUIDField()
    asked_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField()
    state = serializers.ChoiceField(ErasureRequest.State.choices)
    decided_by_id = serializers.UUIDField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    answer = serializers.CharField(allow_blank=True)


class RequestOutlookOut(RequestOut):
    """One request, with what stands in its way."""

    obstacles = ObstacleOut(many=True)
    kept = KeptOut(many=True)


class OwnOutlookOut(serializers.Serializer[Any]):
    """What erasing oneself would meet now, and one's newest request (null where there is none)."""

    request = RequestOut(allow_null=True)
    obstacles = ObstacleOut(many=True)
    kept = KeptOut(many=True)


class RequestPage(serializers.Serializer[Any]):
    """A page of requests."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = RequestOut(many=True)


class ErasureOut(serializers.Serializer[Any]):
    """One row of the journal: it names nobody."""

    id = serializers.UUIDField()
    person_id = serializers.UUIDField()
    kind = serializers.ChoiceField(["ERASED", "KEPT_ENDED"])
    at = serializers.DateTimeField()
    by_id = serializers.UUIDField(allow_null=True)
    reason_code = serializers.CharField()
    kept_until = serializers.DateField(allow_null=True)
    replayed_at = serializers.DateTimeField(allow_null=True)


class ErasureDoneOut(ErasureOut):
    """An erasure that was just carried out, with what is kept and how many rows changed or went, by table."""

    kept = KeptOut(many=True)
    changed = serializers.DictField(child=serializers.IntegerField())


class ErasurePage(serializers.Serializer[Any]):
    """A page of the journal."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = ErasureOut(many=True)


def show_outlook(row: ErasureRequest, outlook: Outlook) -> dict[str, Any]:
    """Return a request with what stands in its way as JSON."""
    seen = {"obstacles": outlook.obstacles, "kept": outlook.kept} if row.state == row.State.OPEN else {}
    return {
        **RequestOut(row).data,
        "obstacles": ObstacleOut(seen.get("obstacles", []), many=True).data,
        "kept": KeptOut(seen.get("kept", []), many=True).data,
    }

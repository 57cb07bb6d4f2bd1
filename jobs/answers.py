"""What the jobs answer when they are run by HTTP."""

from typing import Any, ClassVar

from rest_framework import serializers


class SweptOut(serializers.Serializer[Any]):
    """The calls that nobody had ended."""

    sweptCount = serializers.IntegerField()
    cutoff = serializers.DateTimeField()
    thresholdHours = serializers.IntegerField()

    example: ClassVar = {
        "sweptCount": 0,
        "cutoff": "2026-11-24T08:00:00+00:00",
        "thresholdHours": 2,
    }


class ReconciledOut(serializers.Serializer[Any]):
    """The slots that are held, and by how many organizations."""

    globalCount = serializers.IntegerField()
    orgs = serializers.IntegerField()

    example: ClassVar = {"globalCount": 7, "orgs": 3}

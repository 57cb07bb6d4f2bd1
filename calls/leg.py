"""The carrier's side of a call: a telephone line, or a call on WhatsApp."""

from typing import Any, ClassVar

from django.db import models

from agents.models import Carrier


class AnsweredBy(models.TextChoices):
    HUMAN = "human", "A person"
    MACHINE = "machine", "A machine"


class Leg(models.Model):
    """What the carrier told of a call. Its callbacks come late, twice, out of order or
    never: each fact is noted once, and none decides alone that a call is over."""

    call = models.OneToOneField(
        "calls.Call", models.CASCADE, primary_key=True, related_name="leg"
    )
    carrier = models.CharField(max_length=16, choices=Carrier)
    # Empty until the carrier has given one.
    carrier_call_id = models.CharField(max_length=190, blank=True)
    # By what id the carrier knows our number, where that is not the number itself.
    number_id = models.CharField(max_length=64, blank=True)
    ringing_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.CharField(max_length=8, choices=AnsweredBy, blank=True)
    hung_up_at = models.DateTimeField(null=True)
    hangup_cause = models.CharField(max_length=80, blank=True)
    transferred_to = models.CharField(max_length=16, blank=True)
    transfer_summary = models.TextField(blank=True)
    # Whether the person answered; null until that is known.
    transfer_answered = models.BooleanField(null=True)

    class Meta:
        db_table = "call_legs"
        constraints: ClassVar[list[Any]] = [
            # Two calls of ours never share one of the carrier's.
            models.UniqueConstraint(
                fields=["carrier_call_id"],
                condition=~models.Q(carrier_call_id=""),
                name="leg_carrier_call_id",
            ),
            models.CheckConstraint(
                condition=models.Q(carrier__in=Carrier.values), name="leg_carrier"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.carrier} leg of {self.call_id}"

"""A call, the lines it was charged by, and its recording."""

import uuid
from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.functional import cached_property

from agents.models import Agent
from calls.channels import (
    CARRIED_CHANNELS,
    VOICE_CHANNELS,
    BillingStatus,
    Channel,
    Direction,
    EndReason,
    Status,
)
from calls.cost_line import CostLine as CostLine
from calls.indexes import FIGURE_INDEXES, FILTER_INDEXES
from calls.leg import Leg as Leg  # models of this app, in files of their own
from orgs.models import Organization


class CallQuerySet(models.QuerySet["Call"]):
    def for_list(self) -> "CallQuerySet":
        """What a list shows: no transcript, metrics or configuration is read."""
        return self.select_related("agent").only(*LIST_COLUMNS)

    def of(self, organization: Organization) -> "CallQuerySet":
        return self.filter(organization=organization)

    def active(self) -> "CallQuerySet":
        return self.filter(status=Status.ACTIVE)

    def holding_slots(self) -> "CallQuerySet":
        return self.filter(holds_slot=True)

    def unconfirmed(self, *, since: datetime, started: datetime) -> "CallQuerySet":
        """Voice calls from before ``started`` that no bot confirmed after ``since``."""
        return self.holding_slots().filter(
            Q(heartbeat_at__isnull=True) | Q(heartbeat_at__lt=since),
            started_at__lt=started,
        )


def _money() -> Any:
    return models.DecimalField(max_digits=12, decimal_places=2, default=0)


def _engine() -> Any:
    return models.CharField(max_length=121, blank=True, editable=False)


class Call(models.Model):
    """One conversation. What lists filter, sort and sum is a column; the rest of what
    the bot measured is ``metrics``, kept as it came."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="calls", db_index=False
    )
    agent = models.ForeignKey(Agent, models.PROTECT, related_name="calls")
    channel = models.CharField(max_length=16, choices=Channel)
    direction = models.CharField(
        max_length=8, choices=Direction, default=Direction.INBOUND
    )
    from_number = models.CharField("from", max_length=64, blank=True)
    to_number = models.CharField("to", max_length=64, blank=True)

    status = models.CharField(max_length=9, choices=Status, default=Status.ACTIVE)
    failure_reason = models.CharField(max_length=40, blank=True)
    end_reason = models.CharField(max_length=20, choices=EndReason, blank=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    duration_secs = models.FloatField(null=True)
    # The bot that has the call, and when it last said so or replied in writing.
    bot_url = models.CharField(max_length=255, blank=True)
    heartbeat_at = models.DateTimeField(null=True)
    # Admitted by PostgreSQL because Redis did not answer.
    without_redis = models.BooleanField(default=False, db_default=False, editable=False)
    # When the bot's report was taken; a report is taken once.
    reported_at = models.DateTimeField(null=True)
    holds_slot = models.GeneratedField(
        expression=models.ExpressionWrapper(
            Q(status=Status.ACTIVE, channel__in=VOICE_CHANNELS),
            output_field=models.BooleanField(),
        ),
        output_field=models.BooleanField(),
        db_persist=True,
    )

    turns = models.PositiveIntegerField(null=True)
    interruptions = models.PositiveIntegerField(null=True)
    avg_latency = models.FloatField(null=True)
    avg_llm_ttfb = models.FloatField(null=True)
    avg_tts_ttfb = models.FloatField(null=True)
    avg_stt_ttfb = models.FloatField(null=True)
    prompt_tokens = models.PositiveBigIntegerField(null=True)
    completion_tokens = models.PositiveBigIntegerField(null=True)
    tts_characters = models.PositiveBigIntegerField(null=True)
    stt_seconds = models.FloatField(null=True)

    # Who served, as provider/model. Empty where nothing was served, or none reported.
    llm_engine = _engine()
    stt_engine = _engine()
    tts_engine = _engine()

    cost_llm = _money()
    cost_stt = _money()
    cost_tts = _money()
    cost_sip = _money()
    cost_total = _money()
    is_unpriced = models.BooleanField(default=False)
    billing_status = models.CharField(
        max_length=7, choices=BillingStatus, default=BillingStatus.PENDING
    )

    recording_key = models.CharField(max_length=255, blank=True)
    agent_config = models.JSONField()
    dynamic_variables = models.JSONField(default=dict)
    metrics = models.JSONField(null=True)
    transcript = models.JSONField(null=True)

    objects: ClassVar = CallQuerySet.as_manager()

    class Meta:
        db_table = "calls"
        ordering: ClassVar = ["-started_at", "-id"]
        indexes: ClassVar = [
            models.Index(
                fields=["organization", "-started_at", "-id"], name="calls_newest"
            ),
            models.Index(
                fields=["organization", "agent", "status", "-started_at", "-id"],
                name="calls_by_agent_and_status",
            ),
            models.Index(
                fields=["organization", "status", "-started_at", "-id"],
                name="calls_by_status",
            ),
            models.Index(
                fields=["organization", "channel", "-started_at", "-id"],
                name="calls_by_channel",
            ),
            *FILTER_INDEXES,
            *FIGURE_INDEXES,
            models.Index(
                fields=["organization"],
                condition=Q(holds_slot=True),
                name="calls_with_slot",
            ),
            models.Index(
                fields=["started_at"],
                condition=Q(status=Status.ACTIVE),
                name="calls_active",
            ),
            models.Index(
                fields=["started_at"],
                condition=Q(without_redis=True),
                name="calls_without_redis",
            ),
            # The calls of the last minutes, for the peaks.
            models.Index(
                fields=["ended_at"],
                condition=Q(channel__in=VOICE_CHANNELS),
                name="calls_voice_ended",
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(channel__in=Channel.values), name="call_channel"
            ),
            models.CheckConstraint(
                condition=Q(direction__in=Direction.values), name="call_direction"
            ),
            models.CheckConstraint(
                condition=Q(status__in=Status.values), name="call_status"
            ),
            models.CheckConstraint(
                condition=Q(billing_status__in=BillingStatus.values),
                name="call_billing_status",
            ),
            models.CheckConstraint(
                condition=Q(
                    cost_total=F("cost_llm")
                    + F("cost_stt")
                    + F("cost_tts")
                    + F("cost_sip")
                ),
                name="call_cost_total_is_the_sum",
            ),
            models.CheckConstraint(
                condition=Q(status=Status.ACTIVE, ended_at__isnull=True)
                | (~Q(status=Status.ACTIVE) & Q(ended_at__isnull=False)),
                name="call_ended_has_a_time",
            ),
            models.CheckConstraint(
                condition=(Q(status=Status.FAILED) & ~Q(failure_reason=""))
                | (~Q(status=Status.FAILED) & Q(failure_reason="")),
                name="call_failed_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def is_voice(self) -> bool:
        return self.channel in VOICE_CHANNELS

    @cached_property
    def agent_name(self) -> str:
        return self.agent.name

    @cached_property
    def lines(self) -> list[CostLine]:
        """What it was charged by."""
        return list(self.cost_lines.all())

    @property
    def carrier_leg(self) -> Leg | None:
        """The carrier's side, where there is one."""
        return getattr(self, "leg", None) if self.channel in CARRIED_CHANNELS else None

    @property
    def total_tokens(self) -> int | None:
        if self.prompt_tokens is None and self.completion_tokens is None:
            return None
        return (self.prompt_tokens or 0) + (self.completion_tokens or 0)


LIST_COLUMNS = (
    "organization_id",
    "agent__name",
    "channel",
    "direction",
    "status",
    "failure_reason",
    "end_reason",
    "from_number",
    "to_number",
    "started_at",
    "ended_at",
    "duration_secs",
    "heartbeat_at",
    "turns",
    "prompt_tokens",
    "completion_tokens",
    "avg_latency",
    "cost_total",
    "is_unpriced",
    "billing_status",
    "recording_key",
)


# The channels of a recording, left and right, and what is too quiet to be a voice.
SIDES = ("caller", "agent")
SILENCE = 0.01


class Recording(models.Model):
    """What is known of a stored recording: found out once, when it was uploaded."""

    call = models.OneToOneField(
        Call, models.CASCADE, primary_key=True, related_name="recording"
    )
    bytes = models.PositiveBigIntegerField()
    duration_secs = models.FloatField()
    sample_rate = models.PositiveIntegerField()
    channels = models.PositiveSmallIntegerField()
    # For each channel the loudest sample of each slice of the call, 0 to 1.
    peaks = models.JSONField()

    def __str__(self) -> str:
        return f"Recording of {self.call_id}"

    @property
    def silent_sides(self) -> list[str]:
        """Whose voice is not on it: ``caller``, ``agent``, both or neither."""
        sides = zip(SIDES, self.peaks, strict=False)
        return [side for side, peaks in sides if max(peaks, default=0) < SILENCE]

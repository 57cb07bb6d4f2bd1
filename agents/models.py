"""The configuration of voice bots, and the numbers that people reach them by."""

import uuid
from typing import Any, ClassVar

from django.core.validators import (
    MaxValueValidator,
    MinValueValidator,
    RegexValidator,
)
from django.db import models

from orgs.models import Organization

E164 = RegexValidator(
    r"^\+[1-9]\d{6,14}\Z", "A phone number in E.164 form, such as +14155550123."
)


def between(low: float, high: float) -> list[Any]:
    return [MinValueValidator(low), MaxValueValidator(high)]


class VoicemailAction(models.TextChoices):
    NONE = "none", "Do not look"
    HANG_UP = "hang_up", "Hang up"
    LEAVE_MESSAGE = "leave_message", "Leave a message"


class AgentQuerySet(models.QuerySet["Agent"]):
    def live(self) -> "AgentQuerySet":
        """Those that were not archived."""
        return self.filter(archived_at__isnull=True)


class Agent(models.Model):
    """A voice bot: what it says, with which engines, and within which bounds."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="agents"
    )
    name = models.CharField(max_length=120)
    prompt = models.TextField(max_length=50_000, help_text="What the model is told.")
    greeting = models.TextField(
        max_length=2_000, blank=True, help_text="Said first. Empty: the caller begins."
    )
    language = models.CharField(max_length=15, default="en-IN")

    llm_provider = models.CharField("LLM provider", max_length=40, default="openai")
    llm_model = models.CharField("LLM model", max_length=80, default="gpt-4.1-mini")
    temperature = models.FloatField(default=0.7, validators=between(0, 2))
    max_tokens = models.PositiveIntegerField(
        default=1024, validators=between(1, 8192), help_text="For one answer."
    )
    stt_provider = models.CharField("STT provider", max_length=40, default="deepgram")
    stt_model = models.CharField("STT model", max_length=80, default="nova-3")
    tts_provider = models.CharField("TTS provider", max_length=40, default="deepgram")
    tts_model = models.CharField("TTS model", max_length=80, default="aura-2")
    tts_voice = models.CharField(
        "TTS voice", max_length=80, blank=True, help_text="Empty: the provider's own."
    )
    fallback_tts_provider = models.CharField(
        "fallback TTS provider",
        max_length=40,
        blank=True,
        help_text="Speaks on when the first refuses or fails. Empty: the call ends.",
    )
    fallback_tts_model = models.CharField(
        "fallback TTS model", max_length=80, blank=True
    )
    fallback_tts_voice = models.CharField(
        "fallback TTS voice", max_length=80, blank=True
    )

    enable_call_recording = models.BooleanField(default=False)
    save_transcripts = models.BooleanField(default=True)
    max_duration_secs = models.PositiveIntegerField(
        "longest call, seconds", default=1800, validators=between(10, 14_400)
    )
    idle_timeout_secs = models.PositiveIntegerField(
        "silence before the call ends, seconds",
        default=15,
        validators=between(3, 600),
    )
    voicemail_action = models.CharField(
        "when a machine answers",
        max_length=13,
        choices=VoicemailAction,
        default=VoicemailAction.NONE,
        help_text="Of calls that go out.",
    )
    voicemail_message = models.TextField(
        max_length=2_000, blank=True, help_text="Said after the machine's greeting."
    )
    vad_confidence = models.FloatField(default=0.7, validators=between(0, 1))
    vad_start_secs = models.FloatField(default=0.2, validators=between(0, 5))
    vad_stop_secs = models.FloatField(default=0.2, validators=between(0, 5))
    vad_min_volume = models.FloatField(default=0.6, validators=between(0, 1))

    archived_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar = AgentQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["name"]
        indexes: ClassVar = [
            models.Index(fields=["organization", "-created_at", "-id"]),
        ]

    def __str__(self) -> str:
        return self.name

    def frozen_config(self) -> dict[str, Any]:
        """What a call runs with and keeps, so that a later edit never changes it."""
        return {"id": str(self.pk)} | {
            wire: getattr(self, field) for field, wire in CONFIG_KEYS.items()
        }


# Fields of the configuration and their names on the wire.
CONFIG_KEYS = {
    "name": "name",
    "prompt": "prompt",
    "greeting": "greeting",
    "language": "language",
    "llm_provider": "llmProvider",
    "llm_model": "llmModel",
    "temperature": "temperature",
    "max_tokens": "maxTokens",
    "stt_provider": "sttProvider",
    "stt_model": "sttModel",
    "tts_provider": "ttsProvider",
    "tts_model": "ttsModel",
    "tts_voice": "ttsVoice",
    "fallback_tts_provider": "fallbackTtsProvider",
    "fallback_tts_model": "fallbackTtsModel",
    "fallback_tts_voice": "fallbackTtsVoice",
    "enable_call_recording": "enableCallRecording",
    "save_transcripts": "saveTranscripts",
    "max_duration_secs": "maxDurationSecs",
    "idle_timeout_secs": "idleTimeoutSecs",
    "voicemail_action": "voicemailAction",
    "voicemail_message": "voicemailMessage",
    "vad_confidence": "vadConfidence",
    "vad_start_secs": "vadStartSecs",
    "vad_stop_secs": "vadStopSecs",
    "vad_min_volume": "vadMinVolume",
}


class Carrier(models.TextChoices):
    PLIVO = "plivo", "Plivo"
    WHATSAPP = "whatsapp", "WhatsApp"


class PhoneNumber(models.Model):
    """A number of the carrier. Calls to it reach ``agent``; calls go out from it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="phone_numbers"
    )
    number = models.CharField(max_length=16, unique=True, validators=[E164])
    label = models.CharField(max_length=80, blank=True)
    provider = models.CharField(
        "carrier", max_length=40, choices=Carrier, default=Carrier.PLIVO
    )
    carrier_id = models.CharField(
        "id at the carrier",
        max_length=64,
        blank=True,
        help_text="WhatsApp's phone number ID. Plivo needs none.",
    )
    agent = models.ForeignKey(
        Agent,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="phone_numbers",
        help_text="Who answers. Empty: the number only calls out.",
    )
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            # Else nobody could tell whom a call on WhatsApp is for.
            models.UniqueConstraint(
                fields=["provider", "carrier_id"],
                condition=~models.Q(carrier_id=""),
                name="phone_number_carrier_id",
                violation_error_message="Another number has this id.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.label or 'Number'} {self.number}"

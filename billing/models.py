"""What things cost, and what each organization has left."""

import uuid
from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from orgs.models import Organization


class Kind(models.TextChoices):
    LLM = "llm", "LLM"
    STT = "stt", "STT"
    TTS = "tts", "TTS"
    SIP = "sip", "SIP"


class Unit(models.TextChoices):
    INPUT_TOKEN = "input_token", "input token"
    CACHED_TOKEN = "cached_token", "cached input token"
    OUTPUT_TOKEN = "output_token", "output token"
    SECOND = "second", "second"
    CHARACTER = "character", "character"
    MINUTE = "minute", "minute"


class Rate(models.Model):
    """A price of one unit of one provider's model, valid from a date.

    The provider's quote is ``price`` ``currency`` for ``per`` units. A unit costs an
    organization price / per × fx × (1 + margin) INR. A rate that a call was charged by
    is never changed, which the database enforces: a new price is a new row.
    """

    kind = models.CharField(max_length=3, choices=Kind)
    provider = models.CharField(max_length=40)
    model = models.CharField(max_length=80, help_text="* stands for any model.")
    unit = models.CharField(max_length=12, choices=Unit)
    price = models.DecimalField(
        max_digits=14, decimal_places=6, validators=[MinValueValidator(Decimal(0))]
    )
    per = models.PositiveIntegerField(
        default=1, help_text="How many units the price is for, such as 1000000 tokens."
    )
    currency = models.CharField(max_length=3, default="USD")
    fx = models.DecimalField(
        "INR for one unit of the currency", max_digits=12, decimal_places=6
    )
    margin = models.DecimalField(
        max_digits=6, decimal_places=4, help_text="0.30 adds 30 %."
    )
    valid_from = models.DateField()
    source = models.URLField(blank=True, help_text="Where the price was read.")
    read_on = models.DateField(null=True, blank=True, help_text="When it was read.")
    used_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering: ClassVar = ["kind", "provider", "model", "unit", "-valid_from"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "provider", "model", "unit", "valid_from"],
                name="rate_once_a_day",
            ),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="rate_kind"),
            models.CheckConstraint(condition=Q(unit__in=Unit.values), name="rate_unit"),
            models.CheckConstraint(
                condition=Q(price__gte=0, per__gt=0, fx__gt=0, margin__gte=0),
                name="rate_amounts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.provider}/{self.model} {self.unit}"

    @property
    def unit_price(self) -> Decimal:
        """INR for one unit, margin included, to ten decimals."""
        exact = self.price / self.per * self.fx * (1 + self.margin)
        return exact.quantize(Decimal("1e-10"))


class Account(models.Model):
    """The sum of an organization's ledger, kept beside it in the same transaction."""

    organization = models.OneToOneField(
        Organization, models.PROTECT, primary_key=True, related_name="account"
    )
    balance = models.DecimalField(max_digits=14, decimal_places=2, default=0)

    def __str__(self) -> str:
        return f"{self.organization}: {self.balance}"


class EntryKind(models.TextChoices):
    TOP_UP = "top_up", "Top-up"
    CHARGE = "charge", "Call charge"
    CORRECTION = "correction", "Correction"


class LedgerEntry(models.Model):
    """One signed movement of credits. Append-only, which the database enforces."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="ledger_entries"
    )
    kind = models.CharField(max_length=10, choices=EntryKind)
    amount = models.DecimalField("amount, INR", max_digits=14, decimal_places=2)
    # A value and no foreign key: billing does not know calls.
    call_id = models.UUIDField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, editable=False
    )
    created_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        verbose_name_plural = "ledger entries"
        indexes: ClassVar = [
            models.Index(fields=["organization", "-created_at", "-id"]),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["call_id", "kind"],
                condition=Q(call_id__isnull=False),
                name="ledger_once_a_call",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=EntryKind.values), name="ledger_kind"
            ),
            models.CheckConstraint(
                condition=~Q(kind="charge") | Q(call_id__isnull=False),
                name="ledger_charge_has_call",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount}"

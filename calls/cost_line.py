"""What a call was charged by."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from billing.models import Kind, Rate, Unit


class CostLine(models.Model):
    """What a call was charged for one kind of use: quantity × unit price = amount.

    The unit price is copied, so that the line stays true whatever happens to rates.
    Usage that no rate covers has neither rate nor price, and ``amount`` 0.
    """

    call = models.ForeignKey("calls.Call", models.CASCADE, related_name="cost_lines")
    component = models.CharField(max_length=3, choices=Kind)
    provider = models.CharField(max_length=40)
    model = models.CharField(max_length=80)
    unit = models.CharField(max_length=12, choices=Unit)
    quantity = models.DecimalField(max_digits=20, decimal_places=6)
    rate = models.ForeignKey(Rate, models.PROTECT, null=True, related_name="cost_lines")
    unit_price = models.DecimalField(max_digits=20, decimal_places=10, null=True)
    amount = models.DecimalField(max_digits=20, decimal_places=10)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["call", "component", "unit"], name="cost_line_once"
            ),
            models.CheckConstraint(
                condition=Q(rate__isnull=True, unit_price__isnull=True)
                | Q(rate__isnull=False, unit_price__isnull=False),
                name="cost_line_priced_or_not",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} {self.unit} of {self.provider}/{self.model}"

    @property
    def is_unpriced(self) -> bool:
        return self.rate_id is None

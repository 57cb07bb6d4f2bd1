"""A call is charged once: its use priced, the lines kept, the organization charged."""

from decimal import Decimal

from django.utils import timezone

from billing import credits
from billing.rates import PriceList, mark_used
from calls import costs
from calls.channels import BillingStatus
from calls.failures import is_free
from calls.models import Call, CostLine

# The columns that are set here; the caller saves them, in the same transaction.
WRITTEN = (
    *(f"cost_{component}" for component in costs.COMPONENTS),
    "cost_total",
    "is_unpriced",
    "billing_status",
)


def bill(call: Call, usage: costs.Usage) -> None:
    """Price the use, keep the lines, and charge the organization."""
    if is_free(call.failure_reason):
        call.billing_status = BillingStatus.FREE
        return
    priced = show_cost(call, usage)
    _keep_lines(call, priced)
    call.billing_status = _charge(call, priced)


def show_cost(call: Call, usage: costs.Usage) -> costs.Costs:
    """Set what the use costs so far, which nobody is charged for yet."""
    prices = PriceList(
        (engine.provider for engine in usage.engines.values()), call.started_at.date()
    )

    def find(component: str, engine: costs.Engine, unit: str) -> costs.Price | None:
        rate = prices.find(component, engine.provider, engine.model, unit)
        return costs.Price(rate.pk, rate.unit_price) if rate else None

    priced = costs.price(usage, find)
    for component in costs.COMPONENTS:
        setattr(call, f"cost_{component}", priced.component(component))
    call.cost_total = priced.total
    call.is_unpriced = priced.is_unpriced
    return priced


def text_usage(call: Call) -> costs.Usage:
    """What a text conversation has used so far: a model's tokens and nothing else."""
    metrics = call.metrics or {}
    served = metrics.get("llm") or {
        "provider": call.agent_config["llmProvider"],
        "model": call.agent_config["llmModel"],
    }
    return costs.Usage(
        channel=call.channel,
        engines={costs.LLM: costs.Engine(served["provider"], served["model"])},
        prompt_tokens=metrics.get("totalPromptTokens") or 0,
        cached_tokens=metrics.get("totalCachedTokens") or 0,
        completion_tokens=metrics.get("totalCompletionTokens") or 0,
    )


def _keep_lines(call: Call, priced: costs.Costs) -> None:
    CostLine.objects.bulk_create(
        CostLine(
            call=call,
            component=line.component,
            provider=line.engine.provider,
            model=line.engine.model,
            unit=line.unit,
            quantity=line.quantity,
            rate_id=line.price.rate_id if line.price else None,
            unit_price=line.price.unit_price if line.price else None,
            amount=line.amount.quantize(Decimal("1e-10")),
        )
        for line in priced.lines
    )
    mark_used(line.price.rate_id for line in priced.lines if line.price)


def _charge(call: Call, priced: costs.Costs) -> BillingStatus:
    if not priced.total:
        # Unpriced use is not free: it waits for a rate.
        return BillingStatus.PENDING if priced.is_unpriced else BillingStatus.FREE
    covered = credits.charge(
        call.organization_id,
        call_id=call.pk,
        amount=priced.total,
        at=call.ended_at or timezone.now(),
    )
    return BillingStatus.CHARGED if covered else BillingStatus.FAILED

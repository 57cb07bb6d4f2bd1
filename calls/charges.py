"""What a call costs, as far as its use is known."""

from billing.rates import PriceList
from calls import costs
from calls.models import Call

# The columns that are set here, for the caller to save.
WRITTEN = (
    *(f"cost_{component}" for component in costs.COMPONENTS),
    "cost_total",
    "is_unpriced",
)


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

"""The engines that an agent may have: those that the price book has a price for."""

from collections.abc import Mapping

from agents.models import Agent
from billing.models import Rate
from billing.rates import ANY_MODEL

KINDS = ("llm", "stt", "tts")
# Of these, an agent must name the voice.
_WITHOUT_OWN_VOICE = ("cartesia", "elevenlabs")


def choices(kind: str) -> dict[str, set[str]]:
    """The providers of a kind and their models; ``*`` stands for any model."""
    known: dict[str, set[str]] = {}
    pairs = Rate.objects.filter(kind=kind).order_by().values_list("provider", "model")
    for provider, model in pairs.distinct():
        known.setdefault(provider, set()).add(model)
    return known


def refusals(wanted: Mapping[str, str], agent: Agent | None) -> dict[str, str]:
    """What is wrong with the engines among ``wanted``, by the name of the column.

    ``agent`` is the one that is changed: what it has already, it may keep.
    """
    wrong = {}
    for kind in KINDS:
        columns = (f"{kind}_provider", f"{kind}_model")
        if agent and all(
            wanted.get(name, getattr(agent, name)) == getattr(agent, name)
            for name in columns
        ):
            continue
        provider, model = (present(wanted, agent, name) for name in columns)
        known = choices(kind)
        if provider not in known:
            wrong[columns[0]] = f"Choose one of {', '.join(sorted(known)) or 'none'}."
        elif not known[provider] & {model, ANY_MODEL}:
            models = ", ".join(sorted(known[provider]))
            wrong[columns[1]] = f"Of {provider} choose one of {models}."
    return wrong | missing_voice(wanted, agent)


def missing_voice(wanted: Mapping[str, str], agent: Agent | None) -> dict[str, str]:
    """What is wrong where the provider needs a voice and none is named."""
    provider = present(wanted, agent, "tts_provider")
    if provider not in _WITHOUT_OWN_VOICE or present(wanted, agent, "tts_voice"):
        return {}
    if agent and (agent.tts_provider, agent.tts_voice) == (provider, ""):
        return {}
    return {"tts_voice": f"Name a voice: {provider} has none of its own."}


def present(wanted: Mapping[str, str], agent: Agent | None, name: str) -> str:
    """The value of a column after the change."""
    value: str = wanted.get(name, getattr(agent or Agent(), name))
    return value

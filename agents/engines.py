"""The engines that an agent may have: those that the price book has a price for."""

from collections.abc import Mapping

from agents.models import Agent
from billing.models import Rate
from billing.rates import ANY_MODEL

# What the names of an agent's columns begin with, and the kind of engine they name.
ENGINES = {"llm": "llm", "stt": "stt", "tts": "tts", "fallback_tts": "tts"}
OPTIONAL = ("fallback_tts",)
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
    for engine, kind in ENGINES.items():
        columns = (f"{engine}_provider", f"{engine}_model")
        if is_kept(wanted, agent, columns):
            continue
        provider, model = (present(wanted, agent, name) for name in columns)
        if engine in OPTIONAL and not provider:
            continue
        known = choices(kind)
        if provider not in known:
            wrong[columns[0]] = f"Choose one of {', '.join(sorted(known)) or 'none'}."
        elif not known[provider] & {model, ANY_MODEL}:
            models = ", ".join(sorted(known[provider]))
            wrong[columns[1]] = f"Of {provider} choose one of {models}."
    return wrong | missing_voice(wanted, agent)


def missing_voice(wanted: Mapping[str, str], agent: Agent | None) -> dict[str, str]:
    """What is wrong where the provider needs a voice and none is named."""
    wrong = {}
    for engine in (engine for engine, kind in ENGINES.items() if kind == "tts"):
        columns = (f"{engine}_provider", f"{engine}_voice")
        if is_kept(wanted, agent, columns):
            continue
        provider, voice = (present(wanted, agent, name) for name in columns)
        if provider in _WITHOUT_OWN_VOICE and not voice:
            wrong[columns[1]] = f"Name a voice: {provider} has none of its own."
    return wrong


def is_kept(
    wanted: Mapping[str, str], agent: Agent | None, columns: tuple[str, ...]
) -> bool:
    """Whether the change leaves these columns of an agent as they are."""
    return agent is not None and all(
        present(wanted, agent, name) == getattr(agent, name) for name in columns
    )


def present(wanted: Mapping[str, str], agent: Agent | None, name: str) -> str:
    """The value of a column after the change."""
    value: str = wanted.get(name, getattr(agent or Agent(), name))
    return value

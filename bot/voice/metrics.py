"""From pipecat's metrics to a call's log."""

from collections.abc import Mapping, Sequence

from pipecat.metrics.metrics import (
    LLMUsageMetricsData,
    MetricsData,
    ProcessingMetricsData,
    STTUsageMetricsData,
    TextAggregationMetricsData,
    TTFAMetricsData,
    TTFBMetricsData,
    TTSUsageMetricsData,
    TurnMetricsData,
)

from bot.turns import CallLog, Measurement


def note_metrics(
    log: CallLog, data: Sequence[MetricsData], kinds: Mapping[str, str], at: float
) -> None:
    """Add what the services measured at second `at`; `kinds` names them."""
    for one in data:
        service = kinds.get(one.processor, "transport")
        if isinstance(one, TTFBMetricsData):
            _ttfb(log, one, service, at)
        elif isinstance(one, LLMUsageMetricsData):
            _tokens(log, one, at)
        elif isinstance(one, TTSUsageMetricsData):
            log.tts_characters += one.value
            _event(log, "usage", "tts", one, at, one.value, unit="characters")
        elif isinstance(one, STTUsageMetricsData):
            seconds = one.value.audio_seconds
            log.stt_secs += seconds
            _event(log, "usage", "stt", one, at, seconds, unit="seconds")
        elif isinstance(one, (ProcessingMetricsData, TextAggregationMetricsData)):
            aggregates = isinstance(one, TextAggregationMetricsData)
            kind = "aggregation" if aggregates else "processing"
            if one.value > 0:
                _event(log, kind, service, one, at, one.value)
        elif isinstance(one, TTFAMetricsData):
            _event(log, "ttfa", service, one, at, one.ttfa)
        elif isinstance(one, TurnMetricsData):
            _event(log, "turn_prediction", service, one, at, one.probability)


def _ttfb(log: CallLog, one: TTFBMetricsData, service: str, at: float) -> None:
    if one.value <= 0 or service not in log.ttfb:
        return
    event = _event(log, "ttfb", service, one, at, one.value)
    log.measured(Measurement(service, one.value, event))


def _tokens(log: CallLog, one: LLMUsageMetricsData, at: float) -> None:
    used = one.value
    log.prompt_tokens += used.prompt_tokens
    log.completion_tokens += used.completion_tokens
    cached = used.cache_read_input_tokens
    if cached is not None:
        log.cached_tokens = (log.cached_tokens or 0) + cached
    _event(
        log,
        "usage",
        "llm",
        one,
        at,
        used.prompt_tokens + used.completion_tokens,
        unit="tokens",
        promptTokens=used.prompt_tokens,
        completionTokens=used.completion_tokens,
        cachedTokens=cached,
    )


def _event(
    log: CallLog, kind: str, service: str, one: MetricsData, at: float, value: float,
    **more: object,
) -> dict[str, object]:  # fmt: skip
    return log.event(
        kind, service, at, value, processor=one.processor, model=one.model, **more
    )

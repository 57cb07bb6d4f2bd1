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


class MetricsNotes:
    """Adds what the services measured at second `at` to a log."""

    def __init__(self, log: CallLog, kinds: Mapping[str, str], at: float) -> None:
        self._log = log
        self._kinds = kinds
        self._at = at

    def note(self, data: Sequence[MetricsData]) -> None:
        for one in data:
            if isinstance(one, TTFBMetricsData):
                self._ttfb(one)
            elif isinstance(one, LLMUsageMetricsData):
                self._tokens(one)
            elif isinstance(one, TTSUsageMetricsData):
                self._log.tts_characters += one.value
                self._event("usage", one, one.value, unit="characters")
            elif isinstance(one, STTUsageMetricsData):
                self._log.stt_secs += one.value.audio_seconds
                self._event("usage", one, one.value.audio_seconds, unit="seconds")
            elif isinstance(one, ProcessingMetricsData):
                self._event("processing", one, one.value)
            elif isinstance(one, TextAggregationMetricsData):
                self._event("aggregation", one, one.value)
            elif isinstance(one, TTFAMetricsData):
                self._event("ttfa", one, one.ttfa)
            elif isinstance(one, TurnMetricsData):
                self._event("turn_prediction", one, one.probability)

    def _ttfb(self, one: TTFBMetricsData) -> None:
        service = self._kinds.get(one.processor, "")
        if one.value > 0 and service in self._log.ttfb:
            event = self._event("ttfb", one, one.value)
            self._log.measured(Measurement(service, one.value, event))

    def _tokens(self, one: LLMUsageMetricsData) -> None:
        used = one.value
        self._log.prompt_tokens += used.prompt_tokens
        self._log.completion_tokens += used.completion_tokens
        cached = used.cache_read_input_tokens
        if cached is not None:
            self._log.cached_tokens = (self._log.cached_tokens or 0) + cached
        self._event(
            "usage",
            one,
            used.prompt_tokens + used.completion_tokens,
            unit="tokens",
            promptTokens=used.prompt_tokens,
            completionTokens=used.completion_tokens,
            cachedTokens=cached,
        )

    def _event(
        self, kind: str, one: MetricsData, value: float, **more: object
    ) -> dict[str, object]:
        service = self._kinds.get(one.processor, "transport")
        return self._log.event(
            kind,
            service,
            self._at,
            value,
            processor=one.processor,
            model=one.model,
            **more,
        )

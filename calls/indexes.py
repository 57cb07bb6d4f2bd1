"""The indexes behind the filters of lists and behind charts."""

from django.contrib.postgres.indexes import OpClass
from django.db.models import F, Index, Q

NEWEST = ("-started_at", "-id")

# What a filter finds seldom has an index of its own; what it finds often, the list's
# own order finds soon.
FILTER_INDEXES = (
    Index(
        fields=["organization", "failure_reason", *NEWEST],
        condition=~Q(failure_reason=""),
        name="calls_by_failure",
    ),
    Index(
        fields=["organization", *NEWEST],
        condition=~Q(recording_key=""),
        name="calls_recorded",
    ),
    Index(
        fields=["organization", *NEWEST],
        condition=Q(is_unpriced=True),
        name="calls_unpriced",
    ),
    # Numbers that begin with some digits, whatever the collation.
    Index(
        F("organization"),
        OpClass(F("from_number"), "varchar_pattern_ops"),
        name="calls_by_caller",
    ),
    Index(
        F("organization"),
        OpClass(F("to_number"), "varchar_pattern_ops"),
        name="calls_by_called",
    ),
    Index(fields=["organization", "cost_total"], name="calls_by_cost"),
    Index(
        fields=["organization", "avg_latency"],
        condition=Q(avg_latency__isnull=False),
        name="calls_by_latency",
    ),
)

# All that charts ask for, so that they read no row.
FIGURE_INDEXES = (
    Index(
        fields=["organization", "started_at"],
        include=[
            "agent",
            "avg_latency",
            "avg_llm_ttfb",
            "avg_stt_ttfb",
            "avg_tts_ttfb",
            "llm_engine",
            "stt_engine",
            "tts_engine",
        ],
        condition=Q(avg_latency__isnull=False),
        name="calls_latency",
    ),
    Index(
        fields=["organization", "started_at"],
        include=[
            "agent",
            "status",
            "failure_reason",
            "duration_secs",
            "cost_llm",
            "cost_stt",
            "cost_tts",
            "cost_sip",
            "cost_total",
            "is_unpriced",
        ],
        name="calls_figures",
    ),
)

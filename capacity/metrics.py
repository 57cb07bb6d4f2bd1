"""What the gate counts for Prometheus. Labels are few and known beforehand: no
organization and no call is one."""

from prometheus_client import Counter, Histogram

ACQUIRE = Counter(
    "voice_capacity_acquire",
    "Decisions of the capacity gate. result: granted by Redis, fallback (granted by"
    " PostgreSQL), global and org (refused by that limit), unavailable (neither could"
    " be asked).",
    ["result"],
)
ACQUIRE_SECONDS = Histogram(
    "voice_capacity_acquire_duration_seconds",
    "Time that a start spends at the gate, until its call is saved or refused.",
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
RELEASED = Counter("voice_capacity_released", "Slots given back by calls that ended.")
BACKEND_FAILURES = Counter(
    "voice_capacity_backend_failures", "Times that Redis did not answer the gate."
)

for result in ("granted", "fallback", "global", "org", "unavailable"):
    ACQUIRE.labels(result)

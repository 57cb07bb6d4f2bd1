"""Keeps what the checks found, and tells of the last day in a strip for each."""

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils import timezone

from health import checks
from health.models import HealthSample
from health.probes import OK, Probe, Probes
from health.views import DEEP

# As the worker sees it: the api is one more thing to ask.
ALL = Probes({"api": Probe("api", checks.api)})
NAMES = ("api", "database", "redis", "bot", "voice_transport", "minio")
EVERY, KEPT = timedelta(minutes=1), timedelta(days=8)
FAILED, NO_DATA = "failed", "no data"


@dataclass
class Slot:
    """A part of the strip: ``ok``, ``failed`` with the reason, or ``no data``, when
    nothing was noted, as happens while the worker or the database is away."""

    start: datetime
    state: str = NO_DATA
    reason: str = ""


@dataclass
class Strip:
    """One dependency's past; ``uptime`` is the part of samples that were ok, or
    ``None`` without any."""

    name: str
    slots: list[Slot]
    samples: int = 0
    ok: int = field(default=0, repr=False)

    @property
    def failures(self) -> list[Slot]:
        """The slots in which a check failed, the latest first."""
        return [slot for slot in reversed(self.slots) if slot.state == FAILED]

    @property
    def uptime(self) -> float | None:
        return self.ok / self.samples if self.samples else None


def note() -> bool:
    """Check everything, keep what was found, and forget what is old. Answers whether
    it was done: a second scheduler finds that the first one did it."""
    now = timezone.now()
    if HealthSample.objects.filter(at__gt=now - EVERY / 2).exists():
        return False
    found = {**ALL.results(), **DEEP.results()}
    HealthSample.objects.create(at=now, checks=found)
    HealthSample.objects.filter(at__lt=now - KEPT).delete()
    return True


def strips(
    length: timedelta = timedelta(days=1), slot: timedelta = timedelta(minutes=15)
) -> list[Strip]:
    """The past of each dependency, oldest slot first. A slot in which any check failed
    shows the last failure."""
    count = math.ceil(length / slot)
    step = slot.total_seconds()
    # Slots begin at round times, and the last one holds the present.
    end = (math.floor(timezone.now().timestamp() / step) + 1) * step
    zone = timezone.get_default_timezone()
    start = datetime.fromtimestamp(end - count * step, tz=zone)
    found = {
        name: Strip(name, [Slot(start + i * slot) for i in range(count)])
        for name in NAMES
    }
    samples = HealthSample.objects.filter(at__gte=start).order_by("at")
    for at, results in samples.values_list("at", "checks"):
        index = min(int((at - start) / slot), count - 1)
        for name, strip in found.items():
            if reason := results.get(name):
                _add(strip, index, reason)
    return list(found.values())


def _add(strip: Strip, index: int, reason: str) -> None:
    strip.samples += 1
    slot = strip.slots[index]
    if reason == OK:
        strip.ok += 1
        slot.state = OK if slot.state == NO_DATA else slot.state
    else:
        slot.state, slot.reason = FAILED, reason

"""Filters and tags by which templates write figures, times and icons."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from django import template
from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from console import formats

register = template.Library()

for _filter in (
    formats.inr,
    formats.unit_price,
    formats.quantity,
    formats.duration,
    formats.clock,
    formats.ms,
    formats.percent,
    formats.rare_percent,
    formats.rare,
    formats.uptime,
    formats.size,
):
    register.filter(_filter.__name__, _filter)

# Django's formats; the script that knows the viewer's zone writes the same ones.
FORMATS = {
    "short": "j M, H:i",
    "long": "j M Y, H:i:s",
    "day": "j M Y",
    "time": "H:i:s",
}


@register.simple_tag
def when(at: datetime | None, style: str = "short") -> str:
    """A moment in the viewer's zone, with the exact one in UTC as its tooltip."""
    if at is None:
        return formats.NOTHING
    utc = at.astimezone(UTC)
    return format_html(
        '<time datetime="{}" data-style="{}" title="{} UTC">{}</time>',
        utc.isoformat().replace("+00:00", "Z"),
        style,
        utc.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3],
        date_format(timezone.localtime(at), FORMATS[style]),
    )


@register.simple_tag
def zone_name() -> str:
    """The zone that times on this page were written in."""
    return timezone.get_current_timezone_name()


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """A picture from the vendored set; without a label it is only decoration."""
    aria = f'role="img" aria-label="{label}"' if label else 'aria-hidden="true"'
    # Our own file, and labels that templates write.
    return mark_safe(
        f'<svg class="icon" viewBox="0 0 24 24" {aria}>{_drawing(name)}</svg>'
    )


@cache
def _drawing(name: str) -> str:
    path = settings.BASE_DIR / "static" / "vendor" / "lucide" / f"{name}.svg"
    _, _, inner = path.read_text().partition("<svg")
    return inner.partition(">")[2].rpartition("</svg>")[0].strip()


@register.filter
def rounded(value: float, digits: int) -> str:
    """A quantity with at most so many decimals."""
    return formats.quantity(round(value, digits))


@register.filter
def unlocalized(value: Any) -> str:
    """A number as machines read it, with no more digits than it needs; empty for what
    is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return f"{value:.3f}".rstrip("0").rstrip(".")


# Types of events whose value is a time.
TIMES = {"ttfb", "processing", "bot_audible", "turn", "latency"}


@register.simple_tag
def event_value(event: dict[str, Any]) -> str:
    """An event's value with its unit: times in ms, others as they are."""
    value = event.get("value")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value) if value is not None else formats.NOTHING
    return formats.ms(value) if event.get("type") in TIMES else formats.quantity(value)


@register.filter
def get(mapping: dict[Any, Any], key: Any) -> Any:
    return mapping.get(key)


@register.simple_tag(takes_context=True)
def url_with(context: template.Context, **changes: Any) -> str:
    """The address of this page with parts of its query changed; empty ones go."""
    query = context["request"].GET.copy()
    query.pop("cursor", None)
    for key, value in changes.items():
        query[key] = value
        if value in ("", None):
            del query[key]
    return f"?{query.urlencode()}" if query else context["request"].path


@register.simple_tag(takes_context=True)
def url_tail(context: template.Context) -> str:
    """The query of this page as it is, for links to pages that take the same one."""
    query = context["request"].GET.urlencode()
    return f"?{query}" if query else ""

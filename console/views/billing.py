"""Billing: what is left, what moved, and what was used. For owners."""

from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from billing import credits
from billing.models import EntryKind, LedgerEntry
from calls import analytics
from common.pagination import Page, paginate
from console.figures import costs as cost_figures
from console.pages import PageRequest, needs_owner, page, show
from console.patience import TookTooLong, patience
from console.range_filters import RangeFilters

PER_PAGE = 25


@page
@needs_owner
@require_safe
def billing(request: PageRequest) -> HttpResponse:
    organization = request.access.organization
    filters = RangeFilters(request.GET, organization)
    kind = request.GET.get("kind", "")
    context: dict[str, Any] = {
        "balance": credits.balance(organization.pk),
        "filters": filters,
        "days": filters.days,
        "kind": kind if kind in EntryKind.values else "",
        "kinds": EntryKind.choices,
        "cursor": request.GET.get("cursor"),
        "entries": ledger(request, kind),
    }
    try:
        with patience():
            wanted = filters.wanted()
            spending = analytics.spending(wanted)
            context |= cost_figures.of(spending, filters.days, filters.names)
            context["unpriced"] = analytics.unpriced(wanted)
    except TookTooLong:
        context["too_much"] = True
    return show(request, "console/billing/billing.html", context)


def ledger(request: PageRequest, kind: str) -> Page[LedgerEntry]:
    """The page of the ledger that was asked for, the newest entries first."""
    own = LedgerEntry.objects.filter(organization=request.access.organization)
    if kind in EntryKind.values:
        own = own.filter(kind=kind)
    rows = own.select_related("created_by")
    return paginate(rows, request.GET.get("cursor"), PER_PAGE, by="created_at")

"""The list of calls: filtered, paged by cursor, with columns of one's choice."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from calls.models import Call
from common.pagination import Page, paginate
from console import columns
from console.call_filters import CallFilters
from console.models import SavedView
from console.pages import PageRequest, page, show
from console.patience import TookTooLong, patience

PER_PAGE = 50
MOST_COUNTED = 10_000
A_YEAR_SECS = 365 * 24 * 3600


@page
@require_safe
def calls(request: PageRequest) -> HttpResponse:
    organization = request.access.organization
    filters = CallFilters(request.GET, organization)
    shown = columns.shown_in(request)
    context: dict[str, Any] = {
        "filters": filters,
        "columns": columns.COLUMNS,
        "shown": shown,
        "names": {column.name for column in shown},
        "views": SavedView.objects.filter(organization=organization),
        "query": plain_query(request),
        "cursor": request.GET.get("cursor"),
    }
    try:
        context |= found(filters, request)
    except TookTooLong:
        context["too_much"] = True
    return show(request, "console/calls/list.html", context)


def found(filters: CallFilters, request: PageRequest) -> dict[str, Any]:
    """The page that was asked for, and how many calls fit, counted up to a cap."""
    matching = filters.apply(Call.objects.of(request.access.organization))
    with patience():
        rows: Page[Call] = paginate(
            matching.for_list(), request.GET.get("cursor"), PER_PAGE, by="started_at"
        )
        counted = matching.order_by()[: MOST_COUNTED + 1].count()
    return {
        "calls": rows.rows,
        "next_cursor": rows.next_cursor,
        "total": min(counted, MOST_COUNTED),
        "is_capped": counted > MOST_COUNTED,
    }


def plain_query(request: PageRequest) -> str:
    """The filters of this page alone, fit to be kept and to be shared."""
    query = request.GET.copy()
    query.pop("cursor", None)
    for name in [name for name, value in query.items() if not value]:
        del query[name]
    return query.urlencode()


def back(query: str) -> HttpResponseRedirect:
    address = reverse("console:calls")
    return HttpResponseRedirect(f"{address}?{query}" if query else address)


@page
@require_POST
def choose_columns(request: PageRequest) -> HttpResponse:
    """Remember in this browser which columns to hide."""
    wanted = set(request.POST.getlist("column"))
    hidden = sorted(columns.NAMES - wanted)
    response = back(request.POST.get("query", ""))
    response.set_cookie(
        columns.COOKIE,
        ".".join(hidden),
        max_age=A_YEAR_SECS,
        samesite="Lax",
        secure=request.is_secure(),
        httponly=True,
    )
    return response


@page
@require_POST
def save_view(request: PageRequest) -> HttpResponse:
    """Keep the filters in use under a name; the same name again replaces them."""
    query = request.POST.get("query", "")
    view = SavedView(
        organization=request.access.organization,
        name=request.POST.get("name", "").strip(),
        query=query,
        created_by_id=request.user.pk,
    )
    try:
        view.clean_fields()
    except ValidationError:
        messages.error(request, "A view needs a name of at most 60 characters.")
        return back(query[:1000])
    SavedView.objects.update_or_create(
        organization=view.organization,
        name=view.name,
        defaults={"query": view.query, "created_by_id": request.user.pk},
    )
    messages.success(request, f"Saved as “{view.name}”.")
    return back(query)


@page
@require_POST
def delete_view(request: PageRequest, view_id: int) -> HttpResponse:
    views = SavedView.objects.filter(organization=request.access.organization)
    get_object_or_404(views, pk=view_id).delete()
    return redirect("console:calls")

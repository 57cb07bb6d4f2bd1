"""What every page has in common: who looks, for which organization, in which zone."""

import zoneinfo
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest
from django.http.response import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from common import jsonlog
from common.errors import Forbidden, OperationError
from console.menu import menu
from orgs.access import Access, page_access
from orgs.models import Organization

ZONE_COOKIE = "zone"

P = ParamSpec("P")


class PageRequest(HttpRequest):
    """A request of somebody who is logged in, and what they may do."""

    access: Access


View = Callable[Concatenate[PageRequest, P], HttpResponseBase]


def page(view: View[P]) -> Callable[Concatenate[Any, P], HttpResponseBase]:
    """A view for members of an organization, with times in their own zone. Errors of
    the domain become the error page."""

    @login_required
    @wraps(view)
    def with_access(
        request: Any, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponseBase:
        with timezone.override(zone_of(request)):
            try:
                request.access = page_access(request)
                jsonlog.org_id.set(str(request.access.organization.pk))
                return view(request, *args, **kwargs)
            except OperationError as error:
                return refusal(request, error)

    return cast("Callable[Concatenate[Any, P], HttpResponseBase]", with_access)


def needs_manager(view: View[P]) -> View[P]:
    """For admins and owners; a member looks and changes nothing."""
    return _needs(lambda access: access.may_manage, view)


def needs_owner(view: View[P]) -> View[P]:
    """For owners alone: money and people."""
    return _needs(lambda access: access.is_owner, view)


def _needs(allowed: Callable[[Access], bool], view: View[P]) -> View[P]:
    @wraps(view)
    def checked(
        request: PageRequest, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponseBase:
        if not allowed(request.access):
            raise Forbidden("Your role does not allow this. Ask an owner.")
        return view(request, *args, **kwargs)

    return cast("View[P]", checked)


def zone_of(request: HttpRequest) -> zoneinfo.ZoneInfo:
    """The zone that the viewer's browser told in a cookie; UTC until it has."""
    try:
        return zoneinfo.ZoneInfo(request.COOKIES.get(ZONE_COOKIE, "UTC"))
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return zoneinfo.ZoneInfo("UTC")


def show(
    request: PageRequest, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """Render a page with the frame around it."""
    match = request.resolver_match
    frame = {
        "access": request.access,
        "organizations": Organization.objects.filter(
            memberships__user=request.user.pk, is_active=True
        ).order_by("name"),
        "route": match.url_name if match else "",
        "menu": menu(request.access),
    }
    return render(request, template, frame | context, status=status)


def show_part(
    request: PageRequest, template: str, context: dict[str, Any]
) -> HttpResponse:
    """Render a piece of a page, for a region that refreshes itself."""
    response = render(request, template, {"access": request.access} | context)
    response["Cache-Control"] = "no-store"
    return response


def refusal(request: HttpRequest, error: OperationError) -> HttpResponse:
    context = {"error": error, "status": error.status}
    return render(request, "error.html", context, status=error.status)

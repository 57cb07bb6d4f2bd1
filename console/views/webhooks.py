"""Webhooks: the organization's endpoints, and what was sent to them."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from common.errors import NotFound, OperationError
from common.pagination import paginate
from console.pages import PageRequest, needs_manager, page, show, show_part
from console.secrets import keep_secret, take_secret
from console.webhook_form import EndpointForm
from webhooks import endpoints, outbox
from webhooks.models import Delivery, Endpoint

PER_PAGE = 50


def own_endpoint(request: PageRequest, endpoint_id: uuid.UUID) -> Endpoint:
    own = Endpoint.objects.filter(organization=request.access.organization)
    endpoint = own.filter(pk=endpoint_id).first()
    if endpoint is None:
        raise NotFound("There is no webhook by that id.")
    return endpoint


@page
@needs_manager
@require_http_methods(["GET", "HEAD", "POST"])
def webhooks(request: PageRequest) -> HttpResponseBase:
    """The endpoints, and a form for another one."""
    organization = request.access.organization
    form = EndpointForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = endpoints.create_endpoint(organization, form.cleaned_data)
        except OperationError as error:
            form.add_error(None, error.message)
        else:
            keep_secret(request, made.pk, made.secret)
            return redirect("console:webhook", made.pk)
    own = Endpoint.objects.filter(organization=organization)
    context = {"endpoints": own, "form": form}
    status = 400 if form.errors else 200
    return show(request, "console/webhooks/list.html", context, status=status)


@page
@needs_manager
@require_http_methods(["GET", "HEAD", "POST"])
def webhook(request: PageRequest, endpoint_id: uuid.UUID) -> HttpResponseBase:
    """An endpoint: its settings, its secret when that is new, its deliveries."""
    endpoint = own_endpoint(request, endpoint_id)
    form = EndpointForm(request.POST or None, instance=endpoint)
    if request.method == "POST" and form.is_valid():
        endpoints.change_endpoint(endpoint, form.cleaned_data)
        messages.success(request, "Saved.")
        return redirect("console:webhook", endpoint.pk)
    context = {
        "endpoint": own_endpoint(request, endpoint_id),
        "form": form,
        "secret": take_secret(request, endpoint.pk),
        **deliveries_of(request, endpoint),
    }
    status = 400 if form.errors else 200
    return show(request, "console/webhooks/detail.html", context, status=status)


@page
@needs_manager
@require_safe
def deliveries(request: PageRequest, endpoint_id: uuid.UUID) -> HttpResponse:
    """The deliveries alone, for the page that looks again by itself."""
    endpoint = own_endpoint(request, endpoint_id)
    context = {"endpoint": endpoint, **deliveries_of(request, endpoint)}
    return show_part(request, "console/webhooks/_deliveries.html", context)


def deliveries_of(request: PageRequest, endpoint: Endpoint) -> dict[str, Any]:
    rows = Delivery.objects.filter(endpoint=endpoint)
    rows = rows.select_related("event").prefetch_related("attempts")
    cursor = request.GET.get("cursor")
    found = paginate(rows, cursor, PER_PAGE, by="created_at")
    return {
        "deliveries": found.rows,
        "next_cursor": found.next_cursor,
        "cursor": cursor,
    }


@page
@needs_manager
@require_POST
def renew(request: PageRequest, endpoint_id: uuid.UUID) -> HttpResponse:
    endpoint = own_endpoint(request, endpoint_id)
    keep_secret(request, endpoint.pk, endpoints.renew_secret(endpoint))
    return redirect("console:webhook", endpoint.pk)


@page
@needs_manager
@require_POST
def send_test(request: PageRequest, endpoint_id: uuid.UUID) -> HttpResponse:
    endpoint = own_endpoint(request, endpoint_id)
    outbox.send_test(endpoint)
    messages.success(request, "A test is on its way.")
    return redirect("console:webhook", endpoint.pk)


@page
@needs_manager
@require_POST
def send_again(
    request: PageRequest, endpoint_id: uuid.UUID, delivery_id: int
) -> HttpResponse:
    endpoint = own_endpoint(request, endpoint_id)
    own = Delivery.objects.filter(endpoint=endpoint).select_related("endpoint")
    delivery = own.filter(pk=delivery_id).first()
    if delivery is None:
        raise NotFound("There is no delivery by that id.")
    outbox.send_again(delivery)
    messages.success(request, "It is on its way again.")
    return redirect("console:webhook", endpoint.pk)


@page
@needs_manager
@require_POST
def remove(request: PageRequest, endpoint_id: uuid.UUID) -> HttpResponse:
    own_endpoint(request, endpoint_id).delete()
    messages.success(request, "The endpoint was removed.")
    return redirect("console:webhooks")

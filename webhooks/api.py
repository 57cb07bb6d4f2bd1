"""The routes of webhooks: each parses, calls one function, and answers."""

import uuid

from rest_framework.decorators import api_view, permission_classes
from rest_framework.request import Request
from rest_framework.response import Response

from common.errors import NotFound
from common.lists import Listing
from common.schema import Documented
from orgs.access import access_of, needs
from orgs.models import Scope
from webhooks import endpoints as editing
from webhooks import outbox
from webhooks.models import Delivery, Endpoint
from webhooks.serializers import (
    DeliveryOut,
    EndpointChange,
    EndpointIn,
    EndpointOut,
    NewEndpointOut,
)

ENDPOINTS = Listing("webhooks", EndpointOut, by="created_at")
DELIVERIES = Listing("deliveries", DeliveryOut, by="created_at")

Manages = needs(Scope.MANAGE)


def own_endpoint(request: Request, endpoint_id: uuid.UUID) -> Endpoint:
    """An endpoint of the asker's organization; another's does not exist for them."""
    own = access_of(request).organization.webhook_endpoints
    endpoint: Endpoint | None = own.filter(pk=endpoint_id).first()
    if endpoint is None:
        raise NotFound("There is no webhook by that id.")
    return endpoint


@Documented(
    ENDPOINTS.page,
    query=ENDPOINTS.query,
    method="GET",
    name="webhooks",
    says="The organization's webhook endpoints, the newest first.",
)
@Documented(
    NewEndpointOut,
    201,
    EndpointIn,
    method="POST",
    name="create_webhook",
    says="Add an endpoint. Its secret is shown in this answer alone.",
)
@api_view(["GET", "POST"])
@permission_classes([Manages])
def webhooks(request: Request) -> Response:
    """The organization's endpoints; or a new one, whose secret is shown this once."""
    organization = access_of(request).organization
    if request.method == "POST":
        body = EndpointIn(data=request.data)
        body.is_valid(raise_exception=True)
        endpoint = editing.create_endpoint(organization, body.validated_data)
        return Response(NewEndpointOut(endpoint).data, status=201)
    rows = Endpoint.objects.filter(organization=organization)
    return ENDPOINTS.answer(rows, ENDPOINTS.wanted(request))


@Documented(EndpointOut, method="GET", name="webhook", says="An endpoint.")
@Documented(
    EndpointOut,
    body=EndpointChange,
    method="PUT",
    name="change_webhook",
    says="Change an endpoint. What is left out stays as it is.",
)
@Documented(
    None,
    204,
    method="DELETE",
    name="remove_webhook",
    says="Remove an endpoint, and what was noted of its deliveries.",
)
@api_view(["GET", "PUT", "DELETE"])
@permission_classes([Manages])
def webhook(request: Request, endpoint_id: uuid.UUID) -> Response:
    """An endpoint: as it is, with changes, or no more."""
    found = own_endpoint(request, endpoint_id)
    if request.method == "DELETE":
        found.delete()
        return Response(status=204)
    if request.method == "PUT":
        # What is left out keeps its value.
        body = EndpointChange(found, data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        editing.change_endpoint(found, body.validated_data)
    return Response(EndpointOut(found).data)


@Documented(NewEndpointOut, name="renew_webhook_secret")
@api_view(["POST"])
@permission_classes([Manages])
def new_secret(request: Request, endpoint_id: uuid.UUID) -> Response:
    """Another secret, which is shown this once."""
    found = own_endpoint(request, endpoint_id)
    editing.renew_secret(found)
    return Response(NewEndpointOut(found).data)


@Documented(DeliveryOut, 202, name="test_webhook")
@api_view(["POST"])
@permission_classes([Manages])
def test(request: Request, endpoint_id: uuid.UUID) -> Response:
    """Send the endpoint a test."""
    delivery = outbox.send_test(own_endpoint(request, endpoint_id))
    return Response(DeliveryOut(delivery).data, status=202)


@Documented(DELIVERIES.page, query=DELIVERIES.query, name="webhook_deliveries")
@api_view(["GET"])
@permission_classes([Manages])
def deliveries(request: Request, endpoint_id: uuid.UUID) -> Response:
    """What was sent to an endpoint, or is to be, and what came of it."""
    rows = Delivery.objects.filter(endpoint=own_endpoint(request, endpoint_id))
    rows = rows.select_related("event").prefetch_related("attempts")
    return DELIVERIES.answer(rows, DELIVERIES.wanted(request))


@Documented(DeliveryOut, 202, name="resend_webhook_delivery")
@api_view(["POST"])
@permission_classes([Manages])
def send_again(request: Request, endpoint_id: uuid.UUID, delivery_id: int) -> Response:
    """Send what was delivered, or given up, once more."""
    own = own_endpoint(request, endpoint_id).deliveries.select_related("endpoint")
    delivery = own.filter(pk=delivery_id).first()
    if delivery is None:
        raise NotFound("There is no delivery by that id.")
    return Response(DeliveryOut(outbox.send_again(delivery)).data, status=202)

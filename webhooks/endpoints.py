"""Endpoints: made, changed, given a new secret."""

from typing import Any
from urllib.parse import urlsplit

from common.errors import Conflict
from orgs.models import Organization
from webhooks import wire
from webhooks.models import Endpoint, new_secret

MOST_ENDPOINTS = 20


def create_endpoint(organization: Organization, columns: dict[str, Any]) -> Endpoint:
    """Make an endpoint. Raises ``Conflict`` where the organization has many already."""
    if organization.webhook_endpoints.count() >= MOST_ENDPOINTS:
        raise Conflict(f"An organization has at most {MOST_ENDPOINTS} endpoints.")
    return Endpoint.objects.create(organization=organization, **columns)


def change_endpoint(endpoint: Endpoint, columns: dict[str, Any]) -> None:
    for name, value in columns.items():
        setattr(endpoint, name, value)
    endpoint.save(update_fields=list(columns))


def renew_secret(endpoint: Endpoint) -> str:
    """Give the endpoint another secret, by which everything is signed from now on."""
    endpoint.secret = new_secret()
    endpoint.save(update_fields=["secret"])
    return endpoint.secret


def refusal(url: str) -> str:
    """Why nothing can be sent to an address; empty if it can, or is not known yet."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "This is not an address."
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return "The address begins with https:// or http://."
    if parts.username or parts.password:
        return "The address holds no name or password."
    try:
        wire.checked_addresses(parts.hostname, port or 443)
    except wire.Refused as refused:
        return str(refused)
    return ""

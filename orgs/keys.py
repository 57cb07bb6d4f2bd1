"""API keys that were made: changed, and switched off."""

from orgs.models import ApiKey


def change_api_key(
    key: ApiKey, *, name: str, scopes: list[str], allowed_origins: list[str]
) -> None:
    key.name, key.scopes, key.allowed_origins = name, scopes, allowed_origins
    key.save(update_fields=["name", "scopes", "allowed_origins"])


def switch_api_key(key: ApiKey, *, on: bool) -> None:
    """Have a key refused from the next request on, or taken again."""
    key.is_active = on
    key.save(update_fields=["is_active"])

"""Changing what becomes of calls to and from a phone number."""

from django.core.exceptions import ValidationError

from agents.models import Agent, PhoneNumber
from common.errors import Invalid

CHANGEABLE = ("label", "agent", "is_active")


def change_number(
    number: PhoneNumber, *, label: str, agent: Agent | None, is_active: bool
) -> PhoneNumber:
    """Give a number these values. Calls that have begun go on as they are. Raises
    ``Invalid``, with ``fields``, for values that cannot be kept."""
    number.label, number.agent, number.is_active = label.strip(), agent, is_active
    others = {field.name for field in number._meta.fields} - set(CHANGEABLE)
    try:
        number.clean_fields(exclude=others)
    except ValidationError as error:
        raise Invalid(
            "The number was not changed.", fields=error.message_dict
        ) from error
    number.save(update_fields=CHANGEABLE)
    return number

"""Agents and phone numbers on the wire, under the names of ``CONFIG_KEYS``."""

from typing import Any, ClassVar

from rest_framework import serializers

from agents import engines, examples
from agents.models import CONFIG_KEYS, Agent, PhoneNumber
from common.lists import Selectable


class Configuration(serializers.ModelSerializer[Agent]):
    """The fields that an agent is configured by."""

    class Meta:
        model = Agent
        fields: tuple[str, ...] = tuple(CONFIG_KEYS)

    def get_fields(self) -> dict[str, Any]:
        fields = {}
        for name, field in super().get_fields().items():
            wire = CONFIG_KEYS.get(name, name)
            if wire != name:
                field.source = name
            fields[wire] = field
        return fields


class AgentIn(Configuration):
    """What an agent is made of, or what is to change of it."""

    example: ClassVar = examples.AGENT_INPUT

    def to_internal_value(self, data: Any) -> Any:
        """Names that no agent has are refused: a misspelt one would be lost."""
        columns = super().to_internal_value(data)
        known = {*self.fields, *AgentOut().get_fields()}
        if unknown := sorted(set(data) - known):
            raise serializers.ValidationError(
                {name: ["An agent has no such field."] for name in unknown}
            )
        return columns

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if wrong := engines.refusals(attrs, self.instance):
            raise serializers.ValidationError(
                {CONFIG_KEYS[name]: [message] for name, message in wrong.items()}
            )
        return attrs


class AgentChange(AgentIn):
    """What is to change of an agent; the rest stays as it is."""

    example: ClassVar = {"greeting": "Good morning!", "maxTokens": 300}
    is_part = True


class AgentOut(Selectable, Configuration):  # type: ignore[misc]
    """An agent of one's organization."""

    createdAt = serializers.DateTimeField(source="created_at")
    updatedAt = serializers.DateTimeField(source="updated_at")

    example: ClassVar = examples.AGENT

    class Meta(Configuration.Meta):
        fields = ("id", *CONFIG_KEYS, "createdAt", "updatedAt")


class WidgetAgentOut(Selectable, serializers.ModelSerializer[Agent]):  # type: ignore[misc]
    """What a page of somebody else's may know of an agent: not what it was told."""

    example: ClassVar = examples.WIDGET_AGENT

    class Meta:
        model = Agent
        fields = ("id", "name", "greeting", "language")


class PhoneNumberOut(Selectable, serializers.ModelSerializer[PhoneNumber]):  # type: ignore[misc]
    """A number that calls can be made from."""

    agentId = serializers.UUIDField(source="agent_id", allow_null=True)

    example: ClassVar = examples.PHONE_NUMBER

    class Meta:
        model = PhoneNumber
        fields = ("id", "number", "label", "agentId")

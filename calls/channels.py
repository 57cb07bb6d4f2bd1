"""The words for what a call is, where it stands and how it ended."""

from django.db.models import TextChoices


class Channel(TextChoices):
    WEB = "web", "Web"
    PHONE = "phone", "Phone"
    WHATSAPP_CALL = "whatsapp_call", "WhatsApp call"
    CHAT = "chat", "Chat"
    WHATSAPP_MESSAGE = "whatsapp_message", "WhatsApp message"


# Those that open a TTS stream, and so hold a slot while they are active.
VOICE_CHANNELS = (Channel.WEB, Channel.PHONE, Channel.WHATSAPP_CALL)
# Those with a carrier's side, which has a leg.
CARRIED_CHANNELS = (Channel.PHONE, Channel.WHATSAPP_CALL)
# Those that cost a model alone, and may stay active for as long as people like.
TEXT_CHANNELS = (Channel.CHAT, Channel.WHATSAPP_MESSAGE)


class Direction(TextChoices):
    INBOUND = "inbound", "Inbound"
    OUTBOUND = "outbound", "Outbound"


class Status(TextChoices):
    ACTIVE = "active", "Active"
    COMPLETED = "completed", "Completed"
    FAILED = "failed", "Failed"


class BillingStatus(TextChoices):
    PENDING = "pending", "Pending"
    CHARGED = "charged", "Charged"
    FREE = "free", "Free"
    FAILED = "failed", "Billing failed"


class EndReason(TextChoices):
    CALLER_HANGUP = "caller_hangup", "The caller hung up"
    AGENT_HANGUP = "agent_hangup", "The agent ended the call"
    OPERATOR_HANGUP = "operator_hangup", "An operator hung up"
    MAX_DURATION = "max_duration", "The call reached its longest duration"
    NEVER_CONNECTED = "never_connected", "Nobody connected"
    IDLE_TIMEOUT = "idle_timeout", "The caller was silent"
    TRANSFERRED = "transferred", "Handed to a person"
    VOICEMAIL = "voicemail", "A machine answered"
    SHUTDOWN = "shutdown", "Ended for a system update"
    ERROR = "error", "Ended by an error"

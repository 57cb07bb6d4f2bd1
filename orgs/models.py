"""Tenants, the people in them, and the keys of their programs."""

import hashlib
import secrets
import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models

KEY_PREFIX = "osm_"
SHOWN_CHARACTERS = 12


class Organization(models.Model):
    """The tenant: owns agents, calls, API keys and credits."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    max_concurrent_calls = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="Calls at once. Empty: MAX_CONCURRENT_CALLS_PER_ORG.",
    )
    is_active = models.BooleanField(
        default=True, help_text="Off: its people and keys are refused."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def call_limit(self) -> int:
        return self.max_concurrent_calls or settings.MAX_CONCURRENT_CALLS_PER_ORG


class Role(models.TextChoices):
    OWNER = "owner", "Owner"
    ADMIN = "admin", "Admin"
    MEMBER = "member", "Member"


class Membership(models.Model):
    """A person's role in an organization."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships"
    )
    organization = models.ForeignKey(
        Organization, models.CASCADE, related_name="memberships"
    )
    role = models.CharField(max_length=10, choices=Role, default=Role.MEMBER)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "organization"], name="membership_once"
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="membership_role"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.organization}"


class Scope(models.TextChoices):
    VOICE = "voice", "Start and end voice calls"
    CHAT = "chat", "Chat"
    READ = "read", "Read everything"
    MANAGE = "manage", "Change agents"


def digest(secret: str) -> str:
    """SHA-256 is enough here: a key has 256 random bits, so it cannot be guessed."""
    return hashlib.sha256(secret.encode()).hexdigest()


class ApiKey(models.Model):
    """A program's credential. The key itself is shown once; its hash is stored."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(
        Organization, models.CASCADE, related_name="api_keys"
    )
    name = models.CharField(max_length=80)
    shown = models.CharField(max_length=SHOWN_CHARACTERS, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = ArrayField(
        models.CharField(max_length=10, choices=Scope), default=list, blank=True
    )
    allowed_origins = ArrayField(
        models.CharField(max_length=255),
        default=list,
        blank=True,
        help_text="Hosts whose pages may use the key, such as app.example.com. "
        "Empty: any.",
    )
    is_active = models.BooleanField(default=True)
    last_used_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} ({self.shown}…)"


def create_api_key(
    organization: Organization,
    *,
    name: str,
    scopes: list[str],
    allowed_origins: list[str] | None = None,
) -> tuple[ApiKey, str]:
    """Make a key; the second value is its secret, which cannot be had again."""
    secret = KEY_PREFIX + secrets.token_urlsafe(32)
    key = ApiKey.objects.create(
        organization=organization,
        name=name,
        shown=secret[:SHOWN_CHARACTERS],
        digest=digest(secret),
        scopes=scopes,
        allowed_origins=allowed_origins or [],
    )
    return key, secret

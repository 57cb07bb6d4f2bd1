"""Log-in forms, of the console and of the admin, that guessing does not get through."""

import hashlib
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import AuthenticationForm
from rest_framework.throttling import BaseThrottle

from common import throttling

TOO_MANY = "Too many attempts. Please wait %(secs)s seconds and try again."


class Guarded(AuthenticationForm):
    """Counts attempts by name and by address, before the password is looked at."""

    def clean(self) -> dict[str, Any]:
        name = str(self.cleaned_data.get("username", "")).casefold()
        digest = hashlib.sha256(name.encode()).hexdigest()
        request: Any = self.request
        address = BaseThrottle().get_ident(request)
        attempts = settings.LOGIN_ATTEMPTS_PER_MINUTE
        if (
            throttling.count(f"login:name:{digest}") > attempts
            or throttling.count(f"login:address:{address}") > 3 * attempts
        ):
            raise forms.ValidationError(
                TOO_MANY, code="rate_limited", params={"secs": throttling.wait_secs()}
            )
        return super().clean()


class LoginForm(Guarded):
    """The console's."""


class AdminLoginForm(Guarded, AdminAuthenticationForm):
    """The admin's, which lets staff in alone."""

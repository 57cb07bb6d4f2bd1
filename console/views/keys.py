"""API keys: who may do what from where, and when a key was last used."""

import uuid

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from common.errors import NotFound
from console.key_form import KeyForm
from console.pages import PageRequest, needs_manager, page, show
from console.secrets import keep_secret, take_secret
from orgs import keys as editing
from orgs.models import ApiKey, create_api_key


@page
@needs_manager
@require_http_methods(["GET", "HEAD", "POST"])
def keys(request: PageRequest) -> HttpResponseBase:
    """The organization's keys, and a form for another one."""
    organization = request.access.organization
    form = KeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        _, secret = create_api_key(organization, **form.cleaned_data)
        keep_secret(request, organization.pk, secret)
        return redirect("console:keys")
    context = {
        "keys": ApiKey.objects.filter(organization=organization),
        "form": form,
        "secret": take_secret(request, organization.pk),
    }
    status = 400 if form.errors else 200
    return show(request, "console/keys/list.html", context, status=status)


@page
@needs_manager
@require_http_methods(["GET", "HEAD", "POST"])
def key(request: PageRequest, key_id: uuid.UUID) -> HttpResponseBase:
    """What a key may do, to be changed."""
    found = own_key(request, key_id)
    form = KeyForm(request.POST or None, initial=KeyForm.initial_of(found))
    if request.method == "POST" and form.is_valid():
        editing.change_api_key(found, **form.cleaned_data)
        messages.success(request, "Saved.")
        return redirect("console:keys")
    context = {"key": found, "form": form}
    status = 400 if form.errors else 200
    return show(request, "console/keys/detail.html", context, status=status)


@page
@needs_manager
@require_POST
def switch(request: PageRequest, key_id: uuid.UUID) -> HttpResponse:
    """Off at once, or on again."""
    found = own_key(request, key_id)
    editing.switch_api_key(found, on=request.POST.get("on") == "1")
    state = "works again" if found.is_active else "is refused from now on"
    messages.success(request, f"“{found.name}” {state}.")
    return redirect("console:keys")


def own_key(request: PageRequest, key_id: uuid.UUID) -> ApiKey:
    own = ApiKey.objects.filter(organization=request.access.organization)
    found = own.filter(pk=key_id).first()
    if found is None:
        raise NotFound("There is no key by that id.")
    return found

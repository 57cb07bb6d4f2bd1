"""The organization's phone numbers: who answers, and whether anybody does."""

import uuid

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from agents.models import Agent, PhoneNumber
from agents.numbers import change_number
from carriers import meta, plivo
from common.errors import Invalid, NotFound
from console.pages import PageRequest, needs_manager, page, show


def own_agents(request: PageRequest) -> list[Agent]:
    own = Agent.objects.live().filter(organization=request.access.organization)
    return list(own.only("pk", "name"))


@page
@needs_manager
@require_safe
def numbers(request: PageRequest) -> HttpResponse:
    own = PhoneNumber.objects.filter(organization=request.access.organization)
    connected = {"plivo": plivo.is_connected(), "whatsapp": meta.is_connected()}
    rows = [
        (number, connected.get(number.provider, False))
        for number in own.select_related("agent")
    ]
    context = {
        "rows": rows,
        "agents": own_agents(request),
        "answer_url": f"{settings.PUBLIC_URL}/api/plivo/answer",
        "webhook_url": f"{settings.PUBLIC_URL}/api/whatsapp/webhook",
    }
    return show(request, "console/numbers/list.html", context)


@page
@needs_manager
@require_POST
def change(request: PageRequest, number_id: uuid.UUID) -> HttpResponse:
    """Keep a number's label, agent and switch."""
    own = PhoneNumber.objects.filter(organization=request.access.organization)
    number = own.filter(pk=number_id).first()
    if number is None:
        raise NotFound("There is no phone number by that id.")
    wanted = request.POST.get("agent", "")
    agent = next((a for a in own_agents(request) if str(a.pk) == wanted), None)
    if wanted and agent is None:
        raise Invalid("There is no agent by that id.")
    try:
        change_number(
            number,
            label=request.POST.get("label", "").replace("\0", ""),
            agent=agent,
            is_active="active" in request.POST,
        )
        messages.success(request, f"{number.number} was changed.")
    except Invalid as error:
        why = [text for texts in error.details["fields"].values() for text in texts]
        messages.error(request, " ".join([error.message, *why]))
    return redirect("console:numbers")

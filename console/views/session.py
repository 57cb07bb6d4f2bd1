"""Which organization somebody looks at."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from common.errors import OperationError
from console.pages import refusal
from orgs.access import SESSION_KEY, membership_access


@login_required
@require_POST
def switch(request: HttpRequest) -> HttpResponse:
    """Look at another of one's organizations from now on."""
    wanted = request.POST.get("organization", "")
    try:
        access = membership_access(request.user, wanted)  # type: ignore[arg-type]
    except OperationError as error:
        return refusal(request, error)
    request.session[SESSION_KEY] = str(access.organization.pk)
    return redirect("console:calls")

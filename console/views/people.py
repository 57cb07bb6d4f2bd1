"""The people of the organization, for its owners."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from common.errors import Conflict, Invalid, NotFound
from console.pages import PageRequest, needs_owner, page, show
from orgs import people as verbs
from orgs.models import Membership, Role

MAY = {
    Role.OWNER: "everything, also billing and people",
    Role.ADMIN: "sees everything, hangs up, talks to and edits agents",
    Role.MEMBER: "sees everything, changes nothing",
}


def own_member(request: PageRequest, member_id: int) -> Membership:
    own = Membership.objects.filter(organization=request.access.organization)
    member = own.select_related("user").filter(pk=member_id).first()
    if member is None:
        raise NotFound("There is nobody by that id.")
    return member


def role_in(request: PageRequest) -> Role:
    role = request.POST.get("role", "")
    if role not in Role.values:
        raise Invalid("There is no such role.")
    return Role(role)


@page
@needs_owner
@require_safe
def people(request: PageRequest) -> HttpResponse:
    own = Membership.objects.filter(organization=request.access.organization)
    context = {
        "members": own.select_related("user").order_by("user__username"),
        "roles": Role.choices,
        "may": [(role.label, text) for role, text in MAY.items()],
    }
    return show(request, "console/people/people.html", context)


@page
@needs_owner
@require_POST
def add(request: PageRequest) -> HttpResponse:
    """Let an existing account in."""
    name = request.POST.get("name", "").strip()
    try:
        member = verbs.add_person(request.access.organization, name, role_in(request))
        messages.success(request, f"{member.user.get_username()} is in.")
    except (NotFound, Conflict) as error:
        messages.error(request, error.message)
    return redirect("console:people")


@page
@needs_owner
@require_POST
def change_role(request: PageRequest, member_id: int) -> HttpResponse:
    member = own_member(request, member_id)
    role = role_in(request)
    try:
        verbs.change_role(member, role)
        name = member.user.get_username()
        messages.success(request, f"{name} is {role.label.lower()} now.")
    except Conflict as error:
        messages.error(request, error.message)
    return redirect("console:people")


@page
@needs_owner
@require_POST
def remove(request: PageRequest, member_id: int) -> HttpResponse:
    member = own_member(request, member_id)
    try:
        verbs.remove_person(member)
        messages.success(request, f"{member.user.get_username()} was taken out.")
    except Conflict as error:
        messages.error(request, error.message)
    return redirect("console:people")

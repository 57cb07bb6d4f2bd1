"""The page of phone numbers, for those who manage."""

from collections.abc import Callable

from django.contrib.auth.models import User
from django.test import Client

from agents.models import Agent, PhoneNumber
from calls.channels import Channel, Direction
from calls.leg import Leg
from calls.models import Call
from console.tests.conftest import at_browser
from doubles.plivo import Plivo
from orgs.models import Organization


def test_the_numbers_are_there_with_their_agents(
    browser: Client, number: PhoneNumber, plivo: Plivo
) -> None:
    html = browser.get("/numbers").content.decode()

    assert number.number in html
    assert "Receptionist</option>" in html
    assert "is not connected" not in html
    assert ">Numbers</span>" in html


def test_it_is_said_that_no_carrier_is_connected(
    browser: Client, number: PhoneNumber
) -> None:
    assert "Plivo is not connected" in browser.get("/numbers").content.decode()


def test_without_numbers_it_is_said_who_adds_them(browser: Client) -> None:
    assert "No numbers yet" in browser.get("/numbers").content.decode()


def test_a_manager_changes_label_agent_and_switch(
    browser: Client, number: PhoneNumber, organization: Organization
) -> None:
    other = Agent.objects.create(organization=organization, name="Night desk")

    response = browser.post(
        f"/numbers/{number.pk}", {"label": "Front door", "agent": str(other.pk)}
    )

    assert response.status_code == 302
    number.refresh_from_db()
    assert (number.label, number.agent, number.is_active) == (
        "Front door",
        other,
        False,
    )


def test_nobody_may_answer(browser: Client, number: PhoneNumber) -> None:
    browser.post(f"/numbers/{number.pk}", {"label": "", "agent": "", "active": "on"})

    number.refresh_from_db()
    assert (number.agent, number.is_active) == (None, True)


def test_a_label_that_is_too_long_changes_nothing(
    browser: Client, number: PhoneNumber
) -> None:
    response = browser.post(
        f"/numbers/{number.pk}", {"label": "x" * 81, "agent": ""}, follow=True
    )

    assert "The number was not changed." in response.content.decode()
    number.refresh_from_db()
    assert number.label == ""
    assert number.agent


def test_anothers_agent_cannot_answer(
    browser: Client, number: PhoneNumber, other_organization: Organization
) -> None:
    strange = Agent.objects.create(organization=other_organization, name="Stranger")

    response = browser.post(f"/numbers/{number.pk}", {"agent": str(strange.pk)})

    assert response.status_code == 400
    number.refresh_from_db()
    assert number.agent != strange


def test_a_member_sees_neither_page_nor_entry(
    member: User, number: PhoneNumber
) -> None:
    client = at_browser(member)

    assert client.get("/numbers").status_code == 403
    assert client.post(f"/numbers/{number.pk}", {}).status_code == 403
    assert "/numbers" not in client.get("/calls").content.decode()


def test_anothers_numbers_are_not_there(stranger: User, number: PhoneNumber) -> None:
    client = at_browser(stranger)

    assert number.number not in client.get("/numbers").content.decode()
    assert client.post(f"/numbers/{number.pk}", {}).status_code == 404


def test_a_calls_page_says_what_the_carrier_said(
    browser: Client, start: Callable[..., Call]
) -> None:
    call = start(Channel.PHONE, direction=Direction.INBOUND, leg=Leg(carrier="plivo"))
    Leg.objects.update(hangup_cause="Normal Hangup", transferred_to="+919800000001")

    html = browser.get(f"/calls/{call.pk}").content.decode()

    assert "Normal Hangup" in html
    assert "+919800000001" in html

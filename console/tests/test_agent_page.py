"""Agents: how each does, how it is set up, and its calls."""

from datetime import timedelta

from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agents.models import Agent
from calls.models import Call
from console.tests.conftest import at_browser


def test_an_agents_page_has_its_figures_calls_and_configuration(
    browser: Client, ended: Call, agent: Agent
) -> None:
    html = browser.get(f"/agents/{agent.pk}").content.decode()

    assert f"₹{ended.cost_total}" in html
    assert f"/calls/{ended.pk}" in html
    assert "You are the receptionist of a clinic." in html
    assert "openai gpt-4.1-mini" in html
    assert f"/agents/{agent.pk}/talk" in html
    assert "/admin/" not in html


def test_every_chart_of_an_agent_is_a_table_too(
    browser: Client, ended: Call, agent: Agent
) -> None:
    html = browser.get(f"/agents/{agent.pk}").content.decode()

    assert html.count('class="chart"') == html.count("As a table") == 3
    for name in ("Calls", "Costs", "Latency"):
        assert f'aria-label="{name} by day"' in html
    for figure in ("p50", "p95", "p99"):
        assert f'<th scope="col" class="num">{figure}</th>' in html


def test_staff_edit_it_in_the_admin(
    browser: Client, operator: User, agent: Agent
) -> None:
    User.objects.filter(pk=operator.pk).update(is_staff=True)

    html = browser.get(f"/agents/{agent.pk}").content.decode()

    assert f"/admin/agents/agent/{agent.pk}/change/" in html


def test_the_list_has_the_last_thirty_days(browser: Client, ended: Call) -> None:
    html = browser.get("/agents").content.decode()
    assert f"₹{ended.cost_total}" in html

    old = timezone.now() - timedelta(days=40)
    Call.objects.update(started_at=old, ended_at=old)

    assert f"₹{ended.cost_total}" not in browser.get("/agents").content.decode()


def test_anothers_agent_does_not_exist(stranger: User, agent: Agent) -> None:
    assert at_browser(stranger).get(f"/agents/{agent.pk}").status_code == 404


def test_a_member_looks_and_cannot_talk(member: User, agent: Agent) -> None:
    html = at_browser(member).get(f"/agents/{agent.pk}").content.decode()

    assert "Talk to it" not in html


def test_an_agent_that_was_removed_keeps_its_page_and_takes_no_calls(
    browser: Client, ended: Call, agent: Agent
) -> None:
    Agent.objects.update(archived_at=timezone.now())

    html = browser.get(f"/agents/{agent.pk}").content.decode()

    assert "removed" in html
    assert "Talk to it" not in html
    assert browser.get(f"/agents/{agent.pk}/talk").status_code == 404


def test_the_list_asks_as_much_for_many_agents(browser: Client, agent: Agent) -> None:
    def queries() -> int:
        browser.get("/agents")
        with CaptureQueriesContext(connection) as captured:
            browser.get("/agents")
        return len(captured)

    few = queries()
    for nth in range(10):
        Agent.objects.create(
            organization=agent.organization, name=f"Agent {nth}", prompt="Be brief."
        )

    assert queries() == few <= 12

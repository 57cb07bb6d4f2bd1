"""Django's own admin works under the policy of all pages."""

import pytest

from tests.browsing import Open

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGES = (
    "/admin/",
    "/admin/orgs/organization/",
    "/admin/orgs/organization/add/",
    "/admin/agents/agent/",
    "/admin/agents/agent/add/",
    "/admin/calls/call/",
    "/admin/billing/rate/",
    "/admin/billing/ledgerentry/",
    "/admin/jobs/jobrun/",
    "/admin/auth/user/add/",
)


def test_no_page_of_the_admin_breaks_the_policy(open_page: Open) -> None:
    page = open_page("/admin/")

    for path in PAGES:
        answer = page.goto(path)
        assert answer
        assert answer.status == 200, path
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy


def test_a_call_can_be_read_there(open_page: Open) -> None:
    page = open_page("/admin/calls/call/")

    page.locator("#result_list tbody th a").first.click()

    page.wait_for_url("**/change/")
    assert page.locator("#content").inner_text()

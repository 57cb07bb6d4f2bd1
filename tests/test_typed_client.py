"""A typed client that is generated from the document works against the server."""

import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from agents.models import Agent
from billing.models import Rate
from conftest import ALL_SCOPES
from doubles.bot import BotDouble
from orgs.models import Organization, create_api_key
from osmtalk.api_docs import rendered

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

NAME = "osm_talk_client"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The generated package, to be imported."""
    folder = tmp_path_factory.mktemp("client")
    (folder / "schema.json").write_bytes(rendered())
    (folder / "config.yaml").write_text("post_hooks: []\n")
    command = (
        *("-m", "openapi_python_client", "generate", "--meta", "none"),
        *("--path", "schema.json", "--config", "config.yaml"),
        *("--output-path", NAME, "--fail-on-warning"),
    )
    made = subprocess.run(
        (sys.executable, *command),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    sys.path.insert(0, str(folder))
    yield NAME
    sys.path.remove(str(Path(folder)))
    for name in [name for name in sys.modules if name.startswith(NAME)]:
        del sys.modules[name]


def part(package: str, name: str) -> ModuleType:
    return importlib.import_module(f"{package}.{name}")


def conversation(client: Any, package: str, models: Any) -> tuple[Any, ...]:
    """What the server answers to an agent that is made, called, and hung up."""

    def ask(name: str, *args: Any, **kwargs: Any) -> Any:
        return part(package, f"api.{name}").sync(*args, client=client, **kwargs)

    made = ask(
        "agents.create_agent",
        body=models.AgentInput(name="Sales", prompt="You sell flowers."),
        idempotency_key="once",
    )
    again = ask(
        "agents.create_agent",
        body=models.AgentInput(name="Sales", prompt="You sell flowers."),
        idempotency_key="once",
    )
    connected = ask("agents.connect", made.id, body=models.ConnectInput())
    listed = ask("calls.calls", limit=1)
    call = ask("calls.call_details", connected.call_id)
    ended = ask("calls.end", connected.call_id)
    missing = ask("agents.agent", call.id)
    return made, again, connected, listed, call, ended, missing


def test_it_makes_an_agent_and_talks_to_it(
    package: str,
    live_server: LiveServer,
    organization: Organization,
    rates: list[Rate],
    bot: BotDouble,
) -> None:
    _, secret = create_api_key(organization, name="Client", scopes=ALL_SCOPES)
    whole: Any = importlib.import_module(package)
    models: Any = part(package, "models")
    with whole.AuthenticatedClient(live_server.url, token=secret) as client:
        answers = conversation(client, package, models)

    made, again, connected, listed, call, ended, missing = answers
    assert again.id == made.id
    assert [agent.name for agent in Agent.objects.all()] == ["Sales"]
    assert [row.id for row in listed.calls] == [connected.call_id]
    assert listed.next_cursor is None
    assert call.agent_name == "Sales"
    assert call.agent_config["prompt"] == "You sell flowers."
    assert ended.status.value == "completed"
    assert (type(missing), missing.code) == (models.Problem, "not_found")

"""A web call as a page makes it: through the api's own signalling."""

from typing import Any

import httpx

from doubles.caller import Caller


async def web_call(api: httpx.AsyncClient, agent: str) -> tuple[str, Caller]:
    """A call's id, and its caller, whose connection to the bot stands.

    ``api`` is a client with an API key of the agent's organization.
    """
    connected = (await api.post(f"/api/agents/{agent}/connect")).json()

    async def offer(body: dict[str, Any]) -> dict[str, Any]:
        answer = await api.post(
            connected["transport"]["offerUrl"],
            json=body,
            headers={"Authorization": f"Bearer {connected['token']}"},
        )
        assert answer.status_code == 200
        told: dict[str, Any] = answer.json()
        return told

    caller = Caller()
    await caller.call(offer)
    return connected["callId"], caller

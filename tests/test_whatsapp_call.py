"""A call on WhatsApp, with sound, through the real api, worker and bot: the person has
a WebRTC connection, and Meta is a double of its Graph API and its webhooks."""

import asyncio
import uuid

import psycopg
import pytest
import pytest_asyncio

from bot.tests.bot_process import Vendors
from doubles.caller import Caller
from tests.conftest import Carriers, Say
from tests.telephone import DEADLINE_SECS, GREETING, SECS_PER_CHARACTER, Program

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

NUMBER_ID, FROM = "10987654321", "919822222222"
QUESTION, ANSWER = "When do you open?", "We open at nine."


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def number(program: Program) -> str:
    """A number on WhatsApp, which the demo's agent answers."""
    demo = program.demo
    with psycopg.connect(demo["databaseUrl"]) as connection:
        connection.execute(
            """
            INSERT INTO agents_phonenumber (id, organization_id, number, label,
                provider, carrier_id, agent_id, is_active, created_at)
            VALUES (%s, %s, '+912071177009', 'W', 'whatsapp', %s, %s, true, now())
            """,
            [uuid.uuid4(), demo["organizationId"], NUMBER_ID, demo["agentId"]],
        )
    return NUMBER_ID


async def test_a_person_talks_to_the_agent_and_hangs_up(
    program: Program, carriers: Carriers, vendors: Vendors, number: str, say: Say
) -> None:
    vendors.reset()
    vendors.deepgram.utterances = [QUESTION]
    vendors.openai.rules = [{"when": QUESTION, "say": ANSWER}]
    person = carriers.meta.person(number, FROM)

    await person.call()
    await heard(person.caller, GREETING)
    person.caller.microphone.say(await say(QUESTION))
    await heard(person.caller, GREETING + ANSWER)
    await person.hang_up()
    found = await program.api.get("/api/calls?limit=1&channel=whatsapp_call")
    call = await program.reported(found.json()["calls"][0]["id"])

    assert person.actions[:2] == ["pre_accept", "accept"]
    assert "sha-256" in person.answer
    assert "sha-512" not in person.answer
    assert (call["status"], call["endReason"]) == ("completed", "caller_hangup")
    assert (call["from"], call["to"]) == (f"+{FROM}", "+912071177009")
    said = [line["text"] for line in call["transcript"]]
    assert said == [GREETING, QUESTION, ANSWER]
    assert call["costSip"] == "0.00"
    assert call["billingStatus"] == "charged"
    assert await program.slots() == 0


async def test_the_agent_hangs_up_and_meta_is_told(
    program: Program, carriers: Carriers, vendors: Vendors, number: str, say: Say
) -> None:
    vendors.reset()
    vendors.deepgram.utterances = ["That is all."]
    vendors.openai.rules = [{"when": "that is all", "tool": "end_call"}]
    person = carriers.meta.person(number, FROM)

    await person.call()
    await heard(person.caller, GREETING)
    person.caller.microphone.say(await say("That is all"))
    await person.wait_for("terminate", within=DEADLINE_SECS)
    await person.caller.hang_up()
    found = await program.api.get("/api/calls?limit=1&channel=whatsapp_call")
    call = await program.reported(found.json()["calls"][0]["id"])

    assert call["endReason"] == "agent_hangup"


async def heard(caller: Caller, text: str) -> None:
    """Until as much was heard as ``text`` takes to say."""
    expected = len(text) * SECS_PER_CHARACTER - 0.3
    async with asyncio.timeout(DEADLINE_SECS):
        while True:
            if caller.sound_secs() >= expected:
                return
            await asyncio.sleep(0.05)

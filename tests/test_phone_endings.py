"""Phone calls that come in, are handed over, meet a machine, or end in other ways:
through the real api, worker and bot, with a double of the carrier."""

import asyncio
from typing import Any

import aiohttp
import pytest

from bot.phrases import FAREWELLS
from bot.tests.bot_process import Vendors
from tests.conftest import Carriers, Say
from tests.telephone import GREETING, Ear, Program, new_number

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

OURS = "912071177001"
MESSAGE = "Please call the clinic back."


@pytest.fixture(autouse=True)
def unscripted(vendors: Vendors) -> None:
    """Each test writes its own script."""
    vendors.reset()


async def agent_with(program: Program, **fields: Any) -> str:
    """A new agent like the demo's, with other values."""
    demo = (await program.api.get(f"/api/agents/{program.demo['agentId']}")).json()
    for name in ("id", "createdAt", "updatedAt"):
        demo.pop(name)
    made = await program.api.post("/api/agents", json=demo | fields)
    assert made.status_code == 201, made.text
    agent_id: str = made.json()["id"]
    return agent_id


async def test_a_caller_talks_and_the_agent_hangs_up(
    program: Program, carriers: Carriers, vendors: Vendors, say: Say
) -> None:
    vendors.deepgram.utterances = ["That is all."]
    vendors.openai.rules = [
        {
            "when": "that is all",
            "say": "It was a pleasure.",
            "tool": "end_call",
            "arguments": {"farewell": "Goodbye!"},
        }
    ]

    line = await carriers.plivo.call_in("919811111111", OURS)
    ear = Ear(line)
    await ear.hears(GREETING)
    line.say(await say("That is all"))
    await ear.hears("It was a pleasure. Goodbye!")
    await asyncio.wait_for(line.ended.wait(), 20)
    call = await program.reported((await program.newest())["id"])

    assert (call["direction"], call["from"]) == ("inbound", "+919811111111")
    assert (call["status"], call["endReason"]) == ("completed", "agent_hangup")
    sip = [line for line in call["costLines"] if line["component"] == "sip"]
    assert (sip[0]["provider"], sip[0]["model"]) == ("plivo", "inbound")
    assert call["hangupCause"] == "End Of XML Instructions"


async def test_an_operator_hangs_up_and_the_caller_hears_why(
    program: Program, carriers: Carriers
) -> None:
    started = await program.call(new_number(carriers.plivo))
    line = await carriers.plivo.line()
    ear = Ear(line)
    await ear.hears(GREETING)

    await program.api.post(f"/api/calls/{started.json()['callId']}/end")

    await ear.hears(FAREWELLS["operator_hangup"])
    await asyncio.wait_for(line.ended.wait(), 20)
    call = await program.reported(started.json()["callId"])
    assert call["endReason"] == "operator_hangup"


async def test_busy_is_known_within_a_moment_and_costs_nothing(
    program: Program, carriers: Carriers
) -> None:
    started = await program.call(new_number(carriers.plivo, outcome="busy"))

    call = await program.reported(started.json()["callId"])

    assert (call["status"], call["failureReason"]) == ("failed", "busy")
    assert (call["costTotal"], call["billingStatus"]) == ("0.00", "free")
    assert call["ringingAt"]
    assert await program.slots() == 0


async def test_callbacks_that_all_come_twice_make_one_call_and_one_charge(
    program: Program, carriers: Carriers
) -> None:
    carriers.plivo.repeats = True
    try:
        started = await program.call(new_number(carriers.plivo))
        line = await carriers.plivo.line()
        await Ear(line).hears(GREETING)
        await line.hang_up()
        call = await program.reported(started.json()["callId"])
    finally:
        carriers.plivo.repeats = False

    assert (call["status"], call["endReason"]) == ("completed", "caller_hangup")
    assert call["billingStatus"] == "charged"
    parameters = {"kind": "charge", "callId": call["id"], "limit": 200}
    entries = await program.api.get("/api/billing/transactions", params=parameters)
    mine = [e for e in entries.json()["transactions"] if e.get("callId") == call["id"]]
    assert len(mine) == 1


async def test_a_person_takes_over_and_hears_the_summary(
    program: Program, carriers: Carriers
) -> None:
    started = await program.call(new_number(carriers.plivo))
    line = await carriers.plivo.line()
    await Ear(line).hears(GREETING)
    human = new_number(carriers.plivo)

    handed = await program.api.post(
        f"/api/calls/{started.json()['callId']}/transfer",
        json={"destination": f"+{human}", "summary": "Asha wants a refund."},
    )
    person = carriers.plivo.person(human)
    await asyncio.wait_for(person.talks.wait(), 20)
    call = await program.reported(started.json()["callId"])

    assert handed.status_code == 200
    assert person.was_told == ["Asha wants a refund."]
    assert line.spoken == ["Please hold the line while I connect you."]
    assert not line.ended.is_set()  # they go on talking, without us
    assert (call["status"], call["endReason"]) == ("completed", "transferred")
    assert call["transferredTo"] == f"+{human}"
    person.is_done.set()
    await asyncio.wait_for(line.ended.wait(), 20)


async def test_a_machine_gets_the_message_after_its_greeting(
    program: Program, carriers: Carriers, say: Say
) -> None:
    agent = await agent_with(
        program,
        name="Reminder",
        greeting="",
        voicemailAction="leave_message",
        voicemailMessage=MESSAGE,
    )
    greeting = await say("You have reached the mailbox. Leave a message.")

    started = await program.call(new_number(carriers.plivo, machine=True), agent)
    line = await carriers.plivo.line()
    line.say(greeting)
    await asyncio.wait_for(line.ended.wait(), 40)
    call = await program.reported(started.json()["callId"])

    assert (call["endReason"], call["answeredBy"]) == ("voicemail", "machine")
    assert call["transcript"][-1]["text"] == MESSAGE


async def test_a_machine_is_hung_up_on(program: Program, carriers: Carriers) -> None:
    agent = await agent_with(program, name="Caller", voicemailAction="hang_up")

    started = await program.call(new_number(carriers.plivo, machine=True), agent)
    line = await carriers.plivo.line()
    await asyncio.wait_for(line.ended.wait(), 30)
    call = await program.reported(started.json()["callId"])

    assert (call["status"], call["endReason"]) == ("completed", "voicemail")


async def test_the_bot_lets_nobody_listen_in(
    program: Program, carriers: Carriers
) -> None:
    started = await program.call(new_number(carriers.plivo))
    line = await carriers.plivo.line()
    await asyncio.wait_for(line.talking.wait(), 20)
    call_id = started.json()["callId"]
    stream = line.answers[-1].partition(">ws://")[2].partition("<")[0]
    base = program.demo["botUrl"].replace("http", "ws")

    async def status(url: str) -> int:
        async with aiohttp.ClientSession() as session:
            try:
                async with session.ws_connect(url):
                    return 101
            except aiohttp.WSServerHandshakeError as error:
                return error.status

    assert await status(f"{base}/calls/{call_id}/stream") == 401
    assert await status(f"{base}/calls/{call_id}/stream?token=1.2") == 401
    assert await status(f"ws://{stream}") == 409
    await line.hang_up()
    await program.reported(call_id)

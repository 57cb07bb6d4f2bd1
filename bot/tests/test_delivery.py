"""What is in the spool reaches the store and the api, whatever they answer."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.api_client import ApiClient
from bot.call_request import UploadTarget
from bot.delivery import Delivery
from bot.recording import Recording
from bot.spool import Spool, SpooledCall
from bot.tests.api_double import SECRET, ApiDouble

pytestmark = pytest.mark.asyncio(loop_scope="session")

REPORT: dict[str, Any] = {"status": "completed", "endReason": "caller_hangup"}


@pytest_asyncio.fixture(loop_scope="session")
async def delivery(api: ApiDouble, spool: Spool) -> AsyncIterator[Delivery]:
    client = ApiClient(api.url, SECRET)
    running = Delivery(spool, client, retry_max_secs=0.5)
    yield running
    await running.stop()
    await client.close()


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path)


def ended_call(spool: Spool, api: ApiDouble, call_id: str = "call") -> SpooledCall:
    target = UploadTarget(key=f"{call_id}/call.wav", url=api.upload_url(call_id))
    spooled = spool.create(call_id, target)
    recording = Recording(spooled.audio)
    recording.add_user(0.0, bytes(32_000))
    recording.close(1.0)
    spooled.finish(REPORT)
    return spooled


async def test_a_call_is_uploaded_reported_and_forgotten(
    delivery: Delivery, spool: Spool, api: ApiDouble
) -> None:
    delivery.add(ended_call(spool, api))

    assert await delivery.settle(10)
    assert api.reports["call"] == [{**REPORT, "recordingKey": "call/call.wav"}]
    assert len(api.recordings["call"]) == 44 + 64_000
    assert spool.count() == 0


async def test_an_expired_url_is_renewed(
    delivery: Delivery, spool: Spool, api: ApiDouble
) -> None:
    api.expired_uploads = {"call"}

    delivery.add(ended_call(spool, api))
    report = await api.wait_for_report("call")

    assert report["recordingKey"] == "call/call.wav"
    assert "call" in api.recordings


async def test_a_report_does_not_wait_for_a_store_that_is_away(
    delivery: Delivery, spool: Spool, api: ApiDouble
) -> None:
    api.upload_status = 503

    delivery.add(ended_call(spool, api))
    first = await api.wait_for_report("call")
    api.upload_status = 200
    second = await api.wait_for_report("call", count=2)

    assert "recordingKey" not in first
    assert second["recordingKey"] == "call/call.wav"
    assert await delivery.settle(10) or spool.count() == 0


async def test_a_call_unknown_to_the_api_is_dropped(
    delivery: Delivery, spool: Spool, api: ApiDouble
) -> None:
    api.complete_status = 404

    delivery.add(ended_call(spool, api))
    await delivery.settle(10)

    assert list(spool.root.iterdir()) == []


async def test_a_refused_report_is_kept_aside(
    delivery: Delivery, spool: Spool, api: ApiDouble
) -> None:
    api.complete_status = 400

    delivery.add(ended_call(spool, api))
    await delivery.settle(10)

    aside = spool.root / "call.rejected"
    assert json.loads((aside / "report.json").read_text()) == REPORT
    assert spool.count() == 0


@pytest.mark.parametrize("status", [401, 429, 500, 503])
async def test_other_refusals_are_tried_again(
    delivery: Delivery, spool: Spool, api: ApiDouble, status: int
) -> None:
    api.complete_status = status
    delivery.add(ended_call(spool, api))
    assert await delivery.settle(10) is False

    api.complete_status = 200

    await api.wait_for_report("call")


async def test_a_call_of_a_living_process_is_left_alone(
    spool: Spool, api: ApiDouble
) -> None:
    mine = ended_call(spool, api)

    assert list(Spool(spool.root).claim()) == []
    mine.release()
    (claimed,) = Spool(spool.root).claim()
    assert claimed.call_id == "call"
    claimed.release()


async def test_a_file_that_was_cut_off_is_made_whole(
    delivery: Delivery, spool: Spool, api: ApiDouble
) -> None:
    spooled = ended_call(spool, api)
    data = spooled.audio.read_bytes()
    # A writer that was killed: a header without a length, half a sample at the end.
    spooled.audio.write_bytes(data[:40] + bytes(4) + data[44:] + b"\x01")

    delivery.add(spooled)
    await api.wait_for_report("call")

    assert api.recordings["call"] == data


async def test_many_calls_are_delivered_after_an_outage(
    delivery: Delivery, spool: Spool, api: ApiDouble
) -> None:
    await api.stop()
    for number in range(12):
        delivery.add(ended_call(spool, api, f"call{number}"))
    assert await delivery.settle(10) is False
    assert spool.count() == 12

    await api.start()

    await asyncio.gather(*(api.wait_for_report(f"call{n}") for n in range(12)))

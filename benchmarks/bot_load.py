"""What live calls cost in bot processes: added latency, CPU, memory, drift.

    python -m benchmarks.bot_load [--secs 45] [--bots 1] [CALLS ...]

Callers, vendors and bots are processes of their own, and the CPU of each is counted by
itself. The reference is one call alone. Latency is what a caller notices: from the last
sound it sends to the first sound that arrives. On a machine with few cores the others
compete with the bot, so figures are upper bounds. Where the bots cannot keep up,
callers wait and ask less: read what a call costs from the rows where they do.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import psutil
from numpy.typing import NDArray

from benchmarks.light_caller import Clock, LightCaller, Voice, take_over_media
from bot.offline.engines import OfflineEngines
from bot.report import percentile
from bot.tests.api_double import ApiDouble
from bot.tests.bot_process import BotProcess, free_port
from bot.tests.hearing import channels, onsets
from doubles.caller import RATE

QUESTION = "How much does it cost?"
ANSWER = "It costs five hundred rupees."
PAUSE_SECS = 1.0
STAGGER_SECS = 0.25
ANSWER_SECS = 30.0
GOAL_ADDED_SECS = 0.05
GOAL_DRIFT_SECS = 0.05
# A p95 that is later than this by so much is no delay but a queue that grows.
OVERLOADED_SECS = 0.25
Times = NDArray[np.float64]


@dataclass
class Load:
    """What one number of calls did."""

    calls: int
    latencies: list[float] = field(default_factory=list)
    reported: list[float] = field(default_factory=list)
    drifts: list[float] = field(default_factory=list)
    asked: dict[str, list[float]] = field(default_factory=dict)
    bot_cores: float = 0.0
    caller_cores: float = 0.0
    vendor_cores: float = 0.0
    memory_mb: float = 0.0
    late_secs: float = 0.0
    failed: int = 0

    def added_secs(self, one: "Load") -> float:
        own, alone = percentile(self.latencies, 95), percentile(one.latencies, 95)
        return (own or float("inf")) - (alone or 0.0)

    @property
    def drift_secs(self) -> float:
        return max(self.drifts, default=float("inf"))

    def keeps_up(self, one: "Load") -> bool:
        return not self.failed and self.added_secs(one) < OVERLOADED_SECS

    def row(self, one: "Load", idle_mb: float) -> str:
        p50, p95 = (percentile(self.latencies, n) or 0.0 for n in (50, 95))
        reported = percentile(self.reported, 95) or 0.0
        return (
            f"| {self.calls} | {len(self.latencies)} | {p50:.3f} | {p95:.3f} "
            f"| {self.added_secs(one):+.3f} | {reported:.3f} "
            f"| {self.bot_cores / self.calls * 100:.1f} "
            f"| {(self.memory_mb - idle_mb) / self.calls:.1f} "
            f"| {self.drift_secs * 1000:.0f} | {self.bot_cores:.2f} "
            f"| {self.caller_cores:.2f} | {self.vendor_cores:.2f} "
            f"| {self.late_secs * 1000:.0f} | {self.failed} "
            f"| {'yes' if self.keeps_up(one) else 'no'} |"
        )


HEADER = (
    "| calls | turns | p50 s | p95 s | added to p95 | p95 as reported "
    "| CPU % of a core a call | MB a call | worst drift ms | cores: bots | callers "
    "| vendors | callers late by ms (p95) | failed | keeps up |\n" + "|---" * 15 + "|"
)


@dataclass
class Setting:
    """Everything that runs while it is measured."""

    api: ApiDouble
    bots: list[BotProcess]
    vendors: list[int]
    voice: Voice
    clock: Clock

    def cpu_secs(self) -> tuple[float, float, float]:
        bots = sum(cpu_secs(bot.pid) for bot in self.bots)
        return bots, time.process_time(), sum(cpu_secs(pid) for pid in self.vendors)

    def memory_mb(self) -> float:
        return sum(memory_mb(bot.pid) for bot in self.bots)


async def start_vendor(name: str, script: dict[str, Any]) -> tuple[Any, int]:
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", f"doubles.{name}", "--port", str(port)
    )
    async with aiohttp.ClientSession() as session:
        url = f"http://127.0.0.1:{port}/script"
        while True:
            try:
                await (await session.post(url, json=script)).release()
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.1)
                continue
            return process, port


async def converse(setting: Setting, bot: BotProcess, load: Load, until: float) -> None:
    """One caller who asks again and again until the time is up."""
    call_id = await bot.start_call(maxDurationSecs=600)
    caller = LightCaller()

    async def offer(sdp: dict[str, Any]) -> dict[str, Any]:
        status, answer = await bot.request("POST", f"/calls/{call_id}/offer", sdp)
        assert status == 200, answer
        return answer

    await caller.call(offer)
    setting.clock.callers.add(caller)
    try:
        answers = 0
        while time.monotonic() < until:
            answers = await caller.wait_for_answer(answers, ANSWER_SECS)
            await asyncio.sleep(PAUSE_SECS)
            caller.say(setting.voice)
        await caller.wait_for_answer(answers, ANSWER_SECS)
    except TimeoutError:
        load.failed += 1
    setting.clock.callers.discard(caller)
    await caller.hang_up()
    report = await setting.api.wait_for_report(call_id, within=60)
    turns = report["metrics"]["breakdown"]
    load.reported += [turn["latency"] for turn in turns if "latency" in turn]
    load.latencies += caller.latencies
    load.asked[call_id] = caller.asked_at


async def measure(setting: Setting, calls: int, secs: float) -> Load:
    load = Load(calls)
    until = time.monotonic() + calls * STAGGER_SECS + secs
    tasks = []
    for number in range(calls):
        bot = setting.bots[number % len(setting.bots)]
        tasks.append(asyncio.create_task(converse(setting, bot, load, until)))
        await asyncio.sleep(STAGGER_SECS)
    before, since = setting.cpu_secs(), time.monotonic()
    setting.clock.late_secs.clear()
    await asyncio.sleep(max(until - time.monotonic(), 1))
    took = time.monotonic() - since
    used = [now - was for now, was in zip(setting.cpu_secs(), before, strict=True)]
    load.bot_cores, load.caller_cores, load.vendor_cores = (x / took for x in used)
    load.late_secs = percentile(setting.clock.late_secs, 95) or 0.0
    load.memory_mb = setting.memory_mb()
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(result, BaseException):
            print(f"a call failed: {result!r}", file=sys.stderr)
            load.failed += 1
    load.drifts = drifts(setting.api, load)
    return load


def drifts(api: ApiDouble, load: Load) -> list[float]:
    """How far each recording's sounds wander from when they were sent."""
    found = []
    for call_id, asked in load.asked.items():
        user, _, rate = channels(api.recordings.pop(call_id))
        said = np.array(onsets(user, rate))
        # The last question may be cut off by the end of the call.
        sent = np.array(asked[:-1])
        if len(said) and len(sent):
            found.append(min(wander(said, sent - sent[0] + start) for start in said))
    return found


def wander(said: Times, expected: Times) -> float:
    """How far apart the offsets of the nearest sounds are."""
    nearest = np.abs(said[None, :] - expected[:, None]).argmin(axis=1)
    return float(np.ptp(said[nearest] - expected))


def cpu_secs(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def memory_mb(pid: int) -> float:
    return float(psutil.Process(pid).memory_info().rss / 2**20)


@asynccontextmanager
async def running(bots: int) -> AsyncIterator[Setting]:
    """Bots, vendors, callers and the api's double, until they are not needed."""
    engines = OfflineEngines()
    pcm = await engines.speak(QUESTION, voice="en-us", rate=RATE)
    await engines.stop()
    ears, ears_port = await start_vendor("deepgram", {"utterances": [QUESTION] * 1000})
    mind, mind_port = await start_vendor("openai", {"rules": [{"say": ANSWER}]})
    environ = {
        "TURN_DETECTION": "smart",
        "HEARTBEAT_SECS": "10",
        "DEEPGRAM_API_KEY": "key",
        "DEEPGRAM_BASE_URL": f"http://127.0.0.1:{ears_port}",
        "OPENAI_API_KEY": "key",
        "OPENAI_BASE_URL": f"http://127.0.0.1:{mind_port}/v1",
    }
    take_over_media()
    setting = Setting(ApiDouble(), [], [ears.pid, mind.pid], Voice(pcm), Clock())
    await setting.api.start()
    ticking = asyncio.create_task(setting.clock.run())
    with tempfile.TemporaryDirectory() as spool:
        for number in range(bots):
            setting.bots.append(
                BotProcess(setting.api, Path(spool) / str(number), **environ)
            )
            await setting.bots[-1].start()
        yield setting
        for bot in setting.bots:
            await bot.stop()
    ticking.cancel()
    await setting.api.stop()
    for vendor in (ears, mind):
        vendor.terminate()
        await vendor.wait()


async def run(secs: float, bots: int, numbers: list[int]) -> bool:
    """Measure each number of calls; whether the last met the goals."""
    loads: list[Load] = []
    async with running(bots) as setting:
        await measure(setting, bots, 1)
        idle_mb = setting.memory_mb()
        print(f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}")
        print(f"{bots} bot(s), at rest {idle_mb:.0f} MB\n\n{HEADER}", flush=True)
        for calls in numbers:
            loads.append(await measure(setting, calls, secs))
            print(loads[-1].row(loads[0], idle_mb), flush=True)
    worst = loads[-1]
    return (
        worst.added_secs(loads[0]) <= GOAL_ADDED_SECS
        and worst.drift_secs <= GOAL_DRIFT_SECS
        and not worst.failed
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--secs", type=float, default=45.0)
    parser.add_argument("--bots", type=int, default=1, help="bot processes")
    parser.add_argument("calls", type=int, nargs="*", default=[1, 10, 43])
    given = parser.parse_args()
    met = asyncio.run(run(given.secs, given.bots, given.calls))
    print(f"goal at {given.calls[-1]} calls: {'met' if met else 'missed'}")
    return int(not met)


if __name__ == "__main__":
    sys.exit(main())

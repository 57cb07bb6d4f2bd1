"""What live calls cost in one bot process: added latency, CPU, memory, drift.

    python -m benchmarks.bot_load [SECONDS] [CALLS ...]

Callers are real WebRTC connections in this process, vendors are scripted in another
two. The reference is one call alone; latency is what the reports say. On a machine
with few cores the callers compete with the bot, so figures are upper bounds.
"""

import asyncio
import os
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from bot.offline.engines import OfflineEngines
from bot.report import percentile
from bot.tests.api_double import ApiDouble
from bot.tests.bot_process import BotProcess, free_port
from bot.tests.hearing import channels, mono, onsets, spread
from doubles.caller import RATE, Caller

QUESTION = "How much does it cost?"
ANSWER = "It costs five hundred rupees."
PAUSE_SECS = 1.0
STAGGER_SECS = 0.25
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Load:
    """What one number of calls did."""

    calls: int
    latencies: list[float] = field(default_factory=list)
    drifts: list[float] = field(default_factory=list)
    cpu_cores: float = 0.0
    memory_mb: float = 0.0
    caller_cores: float = 0.0
    failed: int = 0

    def row(self, one: "Load", idle_mb: float) -> str:
        p95 = percentile(self.latencies, 95) or 0.0
        added = p95 - (percentile(one.latencies, 95) or 0.0)
        per_call = (self.memory_mb - idle_mb) / self.calls
        drift = max(self.drifts, default=0.0)
        return (
            f"| {self.calls} | {len(self.latencies)} | {p95:.3f} | {added:+.3f} "
            f"| {self.cpu_cores / self.calls * 100:.1f} | {per_call:.1f} "
            f"| {drift * 1000:.0f} | {self.caller_cores:.2f} | {self.failed} |"
        )


HEADER = (
    "| calls | turns | p95 latency s | added s | CPU % of a core a call "
    "| MB a call | worst drift ms | cores of the callers | failed |\n"
    "|---|---|---|---|---|---|---|---|---|"
)


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


async def converse(bot: BotProcess, api: ApiDouble, load: Load, until: float) -> None:
    """One caller who asks again and again until the time is up."""
    load_voice = _VOICE[0]
    lead = onsets(mono(load_voice), RATE)[0]
    call_id = await bot.start_call(maxDurationSecs=600)
    caller = await bot.connect(call_id)
    asked_at = []
    try:
        answers = 0
        while time.monotonic() < until:
            answers = await answered(caller, answers)
            await asyncio.sleep(PAUSE_SECS)
            caller.microphone.say(load_voice)
            asked_at.append(caller.microphone.spoken_at[-1] + lead)
        await answered(caller, answers)
    except TimeoutError:
        load.failed += 1
    await caller.hang_up()
    report = await api.wait_for_report(call_id, within=60)
    turns = report["metrics"]["breakdown"]
    load.latencies += [turn["latency"] for turn in turns if "latency" in turn]
    user, _, rate = channels(api.recordings[call_id])
    said = onsets(user, rate)
    if len(said) == len(asked_at):
        pairs = zip(said, asked_at, strict=True)
        load.drifts.append(spread([at - real for at, real in pairs]))


async def answered(caller: Caller, before: int) -> int:
    """Wait for one more answer; how many there are."""
    await caller.wait_for_message(lambda m: _finals(caller) > before, 30)
    return _finals(caller)


async def measure(bot: BotProcess, api: ApiDouble, calls: int, secs: float) -> Load:
    load = Load(calls)
    ramp = calls * STAGGER_SECS
    until = time.monotonic() + ramp + secs
    tasks = []
    for _ in range(calls):
        tasks.append(asyncio.create_task(converse(bot, api, load, until)))
        await asyncio.sleep(STAGGER_SECS)
    cpu, since = cpu_secs(bot.pid), time.monotonic()
    own = time.process_time()
    await asyncio.sleep(max(until - time.monotonic(), 1))
    load.cpu_cores = (cpu_secs(bot.pid) - cpu) / (time.monotonic() - since)
    load.caller_cores = (time.process_time() - own) / (time.monotonic() - since)
    load.memory_mb = memory_mb(bot.pid)
    results = await asyncio.gather(*tasks, return_exceptions=True)
    load.failed += sum(isinstance(result, BaseException) for result in results)
    return load


def cpu_secs(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def memory_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def _finals(caller: Caller) -> int:
    return sum(
        1
        for message in caller.messages
        if message.get("role") == "assistant" and message.get("final")
    )


_VOICE: list[bytes] = []


async def main(secs: float, numbers: list[int]) -> None:
    engines = OfflineEngines()
    _VOICE.append(await engines.speak(QUESTION, voice="en-us", rate=RATE))
    await engines.stop()
    ears, ears_port = await start_vendor("deepgram", {"utterances": [QUESTION] * 1000})
    mind, mind_port = await start_vendor("openai", {"rules": [{"say": ANSWER}]})
    api = ApiDouble()
    await api.start()
    with tempfile.TemporaryDirectory() as spool:
        bot = BotProcess(
            api,
            Path(spool),
            TURN_DETECTION="smart",
            DEEPGRAM_API_KEY="key",
            DEEPGRAM_BASE_URL=f"http://127.0.0.1:{ears_port}",
            OPENAI_API_KEY="key",
            OPENAI_BASE_URL=f"http://127.0.0.1:{mind_port}/v1",
        )
        await bot.start()
        await measure(bot, api, 1, 1)
        idle_mb = memory_mb(bot.pid)
        print(f"{os.cpu_count()} cores, bot at rest {idle_mb:.0f} MB\n\n{HEADER}")
        one: Load | None = None
        for calls in numbers:
            load = await measure(bot, api, calls, secs)
            one = one or load
            print(load.row(one, idle_mb), flush=True)
        await bot.stop()
    await api.stop()
    for vendor in (ears, mind):
        vendor.terminate()
        await vendor.wait()


if __name__ == "__main__":
    arguments = [float(argument) for argument in sys.argv[1:]] or [45.0]
    wanted = [int(argument) for argument in arguments[1:]] or [1, 10, 43]
    asyncio.run(main(arguments[0], wanted))

"""What the stores hold, looked at from outside, and what it must be."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from types import TracebackType

import psycopg

from prove.world import Limits, World

ACTIVE = "SELECT id::text, organization_id::text FROM calls WHERE holds_slot"
SETTLE_SECS = 60
LOOK_SECS = 0.002


def active(world: World) -> dict[str, str]:
    """The active voice calls, each with its organization."""
    return dict(world.sql(ACTIVE))


def members(world: World) -> dict[str, str] | None:
    """The slots in Redis, each with its organization; ``None`` if they are not to be
    trusted, so that the next start has them rebuilt."""
    fence = world.sql("SELECT token FROM capacity_fence")
    with world.redis() as client:
        token = client.get("{capacity}:token")
        trusted = token.decode() if isinstance(token, bytes) else None
        if not trusted or fence != [(trusted,)]:
            return None
        sets = f"{{capacity}}:{trusted.partition('.')[0]}"
        found = {
            call.decode(): key.decode().rpartition(":")[2]
            for key in client.scan_iter(f"{sets}:org:*")
            for call in client.zrange(key, 0, -1)  # type: ignore[union-attr]
        }
        everyone = client.zrange(f"{sets}:calls", 0, -1)
        extra = {call.decode() for call in everyone} - found.keys()  # type: ignore[union-attr]
    return found | dict.fromkeys(extra, "")


def over(limits: Limits, calls: Counter[str]) -> str:
    """Which limit so many calls of each organization exceed; empty if none."""
    if calls.total() > limits.all:
        return f"{calls.total()} calls at a limit of {limits.all}"
    most = max(calls.values(), default=0)
    return f"{most} of one organization at {limits.own}" if most > limits.own else ""


def settled(world: World) -> list[str]:
    """Wait until the slots in Redis are those of the active calls, as the jobs make
    them; answers what is wrong, if that does not come."""
    deadline = time.monotonic() + SETTLE_SECS
    while (held := members(world)) is not None and held != active(world):
        if time.monotonic() > deadline:
            return [f"{len(held)} slots in Redis for {len(active(world))} calls"]
        world.run_job("end-lost-calls")
        time.sleep(0.5)
    return []


class Watch:
    """Looks at the active calls all the time, and keeps every violation it saw."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.looks = 0
        self.peak = 0
        self.violations: list[str] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    def wait_until_full(self) -> None:
        """Until every slot was seen taken, for once from now on."""
        self.peak = 0
        deadline = time.monotonic() + SETTLE_SECS
        while self.peak < self.world.limits.all and time.monotonic() < deadline:
            time.sleep(LOOK_SECS)

    def _run(self) -> None:
        while not self._over.is_set():
            try:
                with psycopg.connect(
                    self.world.env["DATABASE_URL"], autocommit=True
                ) as connection:
                    self._look(lambda: connection.execute(ACTIVE).fetchall())
            except psycopg.Error:
                # The server is away, as it is meant to be at times.
                self._over.wait(0.05)

    def _look(self, ask: Callable[[], list[tuple[str, str]]]) -> None:
        while not self._over.wait(LOOK_SECS):
            calls = Counter(org for _, org in ask())
            self.looks += 1
            self.peak = max(self.peak, calls.total())
            if wrong := over(self.world.limits, calls):
                self.violations.append(wrong)

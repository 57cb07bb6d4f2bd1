"""What a platform of any size needs: arithmetic over what was measured of a call."""

from dataclasses import dataclass

DAY_SECS = 86_400
YEAR_DAYS = 365
HEARTBEAT_SECS = 10
# Stereo, 16 bits, 16 kHz: what `bot.recording` writes.
RECORDING_BYTES_PER_SEC = 16_000 * 2 * 2


@dataclass(frozen=True)
class Unit:
    """What one call costs: core seconds of each program, and bytes kept.

    Attributes:
        life_*: from the start of a call to its charge, without heartbeats.
        beat_*: one heartbeat of one call.
        bot_cores: cores of the bot while a call is live.
        row_bytes: in PostgreSQL, indexes included, when it is over.
        wal_bytes: written ahead by PostgreSQL for it, without heartbeats.
        slot_bytes: in Redis while it is live.
    """

    life_api: float
    life_postgres: float
    life_redis: float
    beat_api: float
    beat_postgres: float
    beat_redis: float
    bot_cores: float
    row_bytes: float
    wal_bytes: float
    slot_bytes: float


@dataclass(frozen=True)
class Shape:
    """How a platform is used.

    Attributes:
        peak: calls at once in the busiest hour.
        call_secs: how long a call lasts.
        load: calls at once over a whole day, as a part of ``peak``.
        recorded: the part of calls that is recorded.
    """

    peak: int
    call_secs: float = 180
    load: float = 0.35
    recorded: float = 1.0


@dataclass(frozen=True)
class Fleet:
    """What that asks for: cores at the peak, and what a day and a year leave."""

    calls_per_sec: float
    bot_cores: float
    api_cores: float
    postgres_cores: float
    redis_cores: float
    redis_bytes: float
    calls_per_day: float
    recording_bytes_per_day: float
    wal_bytes_per_day: float
    rows_per_year: float
    row_bytes_per_year: float

    @property
    def first_limit(self) -> str:
        """Which of the parts that are one process or one primary is busiest."""
        # Redis runs its scripts on one core; a large PostgreSQL has sixty-four.
        shares = {"Redis": self.redis_cores, "PostgreSQL": self.postgres_cores / 64}
        return max(shares, key=lambda part: shares[part])


def fleet(unit: Unit, shape: Shape) -> Fleet:
    """What ``shape`` needs if each of its calls costs ``unit``."""
    starts = shape.peak / shape.call_secs
    beats = shape.peak / HEARTBEAT_SECS
    calls_per_day = starts * shape.load * DAY_SECS
    talked = shape.peak * shape.load * DAY_SECS
    return Fleet(
        calls_per_sec=starts,
        bot_cores=shape.peak * unit.bot_cores,
        api_cores=starts * unit.life_api + beats * unit.beat_api,
        postgres_cores=starts * unit.life_postgres + beats * unit.beat_postgres,
        redis_cores=starts * unit.life_redis + beats * unit.beat_redis,
        redis_bytes=shape.peak * unit.slot_bytes,
        calls_per_day=calls_per_day,
        recording_bytes_per_day=talked * shape.recorded * RECORDING_BYTES_PER_SEC,
        wal_bytes_per_day=calls_per_day * unit.wal_bytes,
        rows_per_year=calls_per_day * YEAR_DAYS,
        row_bytes_per_year=calls_per_day * YEAR_DAYS * unit.row_bytes,
    )

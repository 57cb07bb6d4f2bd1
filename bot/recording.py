"""A call's recording: user left, bot right, on the call's clock, on disk."""

from pathlib import Path

from bot import wav
from bot.timeline import Track

# Both directions of a call run at this rate, so nothing is resampled and a
# sample's place is exact.
SAMPLE_RATE = 16_000
FLUSH_SECS = 1.0
# Audio is written this long after it was heard: a stalled loop may deliver late.
_HOLD_SECS = 1.5
_MAX_ADVANCE_SECS = 1.25


class Recording:
    """Appends what was said to `path` about once a second.

    Times are seconds on the call's clock, which is at 0 when the caller is
    connected. A process that is killed loses what it has not written: less than
    three seconds.
    """

    def __init__(self, path: Path) -> None:
        self._user = Track(SAMPLE_RATE)
        self._bot = Track(SAMPLE_RATE)
        self._written = 0
        self._file = path.open("wb", buffering=0)
        self._file.write(wav.header(SAMPLE_RATE, 0))
        self._path = path
        self.closed = False

    @property
    def seconds(self) -> float:
        """How much is on disk."""
        return self._written / SAMPLE_RATE

    def add_user(self, at: float, pcm: bytes) -> None:
        """The caller's audio that begins at second `at`."""
        self._user.add(round(at * SAMPLE_RATE), pcm)

    def add_bot(self, at: float, pcm: bytes) -> None:
        """The bot's audio whose playing begins at second `at`."""
        self._bot.add(round(at * SAMPLE_RATE), pcm)

    def flush(self, now: float) -> None:
        """Write everything whose place is certain at second `now`."""
        if self.closed:
            return
        for track in (self._user, self._bot):
            track.settle(round(now * SAMPLE_RATE))
        until = min(
            round((now - _HOLD_SECS) * SAMPLE_RATE),
            self._written + round(_MAX_ADVANCE_SECS * SAMPLE_RATE),
        )
        self._write(until)

    def close(self, now: float) -> float:
        """Write the rest up to second `now` and finish the file.

        Returns:
            The recording's length in seconds.
        """
        if self.closed:
            return self.seconds
        for track in (self._user, self._bot):
            track.settle_all()
        self._write(round(now * SAMPLE_RATE))
        self.closed = True
        self._file.close()
        return wav.finish(self._path, SAMPLE_RATE)

    def _write(self, until: int) -> None:
        if until <= self._written:
            return
        self._file.write(wav.interleave(self._user.take(until), self._bot.take(until)))
        self._written = until

"""Puts audio on the call's clock, however unevenly the frames arrive.

A frame's arrival tells when it belongs, except that a stalled loop makes it
late and lets the ones behind it follow in a burst. So a frame waits for half a
second, and the least delay among those after it decides: a stall is caught up by
its burst and moves nothing, while a pause in the stream, lost packets or a
caller's clock that runs differently delay everything that follows, and become
silence of that length. Times are samples on the call's clock.
"""

from dataclasses import dataclass, field

# Network and scheduling jitter below this is no reason to cut into a voice.
TOLERANCE_SECS = 0.015
SETTLE_SECS = 0.5
BYTES_PER_SAMPLE = 2


@dataclass
class Track:
    """One channel: 16-bit mono samples that grow at the end alone."""

    rate: int
    _pending: list[tuple[int, bytes]] = field(default_factory=list)
    _settled: bytearray = field(default_factory=bytearray)
    _taken: int = 0

    @property
    def end(self) -> int:
        """The sample after the last one settled."""
        return self._taken + len(self._settled) // BYTES_PER_SAMPLE

    def add(self, start: int, pcm: bytes) -> None:
        """Note audio that seems to begin at sample `start`, by its arrival."""
        self._pending.append((start, pcm))

    def settle(self, now: int) -> None:
        """Fix the place of everything that came half a second before `now`."""
        limit = now - round(SETTLE_SECS * self.rate)
        delays = self._least_delays()
        settled = 0
        sent = 0
        for (start, pcm), delay in zip(self._pending, delays, strict=True):
            if start > limit:
                break
            self._append(delay + sent, pcm)
            sent += len(pcm) // BYTES_PER_SAMPLE
            settled += 1
        del self._pending[:settled]

    def settle_all(self) -> None:
        """Fix the place of everything there is; for the end of a call."""
        if self._pending:
            self.settle(self._pending[-1][0] + round(SETTLE_SECS * self.rate) + 1)
        # A burst can leave a frame that seems to start after the last one.
        if self._pending:
            self.settle(max(start for start, _ in self._pending) + self.rate)

    def take(self, until: int) -> bytes:
        """Hand over the samples before `until`, silence where there are none."""
        wanted = max(until - self._taken, 0) * BYTES_PER_SAMPLE
        chunk = bytes(self._settled[:wanted])
        del self._settled[:wanted]
        self._taken += wanted // BYTES_PER_SAMPLE
        return chunk.ljust(wanted, b"\0")

    def _least_delays(self) -> list[int]:
        """For each frame, where the first would start if no later one were late."""
        offsets = []
        sent = 0
        for start, pcm in self._pending:
            offsets.append(start - sent)
            sent += len(pcm) // BYTES_PER_SAMPLE
        for index in range(len(offsets) - 2, -1, -1):
            offsets[index] = min(offsets[index], offsets[index + 1])
        return offsets

    def _append(self, start: int, pcm: bytes) -> None:
        gap = start - self.end
        tolerance = round(TOLERANCE_SECS * self.rate)
        if gap > tolerance:
            self._settled.extend(bytes(gap * BYTES_PER_SAMPLE))
        elif gap < -tolerance:
            # We are ahead of the clock: what was placed before it came late.
            pcm = pcm[-gap * BYTES_PER_SAMPLE :]
        self._settled.extend(pcm)

"""A web call's packets: paced, whole, and cheap when nothing is said."""

import asyncio
import time

import numpy as np
from aiortc.rtcrtpreceiver import RemoteStreamTrack

from bot.recording import SAMPLE_RATE
from bot.voice.media import PACKET_SECS, Ear, Mouth, silence
from bot.voice.rtc import next_sound
from doubles.deepgram import tone


class Receiver:
    """What of aiortc's receiver an ear takes over."""

    def __init__(self) -> None:
        self._RTCRtpReceiver__decoder_queue: list[object] = []
        self._track = RemoteStreamTrack("audio")
        self._enabled = False


class Codec:
    name = "opus"


class Sent:
    def __init__(self, data: bytes, timestamp: int) -> None:
        self.data, self.timestamp = data, timestamp


async def test_silence_is_one_packet_made_once() -> None:
    mouth = Mouth()

    packets = [await mouth.recv() for _ in range(3)]

    assert [bytes(packet) for packet in packets] == [silence()] * 3
    assert [packet.pts for packet in packets] == [0, 960, 1920]


async def test_sound_that_waits_is_passed_on_in_one_piece() -> None:
    heard: asyncio.Queue[bytes] = asyncio.Queue()
    for number in range(12):
        heard.put_nowait(bytes([number]))

    assert await next_sound(heard) == bytes(range(10))
    assert await next_sound(heard) == bytes([10, 11])


async def test_packets_leave_when_they_are_due() -> None:
    mouth = Mouth()
    started = time.monotonic()

    for _ in range(26):
        await mouth.recv()

    assert time.monotonic() - started >= 25 * PACKET_SECS - 0.01


async def test_more_is_asked_for_before_a_word_is_torn() -> None:
    mouth = Mouth()
    await mouth.recv()
    chunks = [mouth.play(tone(0.04, SAMPLE_RATE)) for _ in range(3)]

    assert [chunk.done() for chunk in chunks] == [True, False, False]
    for _ in range(3):
        await mouth.recv()
    begins = await asyncio.gather(*chunks)

    # Each begins where the one before ends, whenever it was asked for.
    known = [at for at in begins if at is not None]
    assert np.allclose(np.diff(known), 0.04, atol=0.002)


async def test_what_is_said_is_heard_at_its_length() -> None:
    mouth, heard = Mouth(), bytearray()
    receiver = Receiver()
    ear = Ear(heard.extend)
    ear.attach(receiver)  # type: ignore[arg-type]
    mouth.play(tone(0.5, SAMPLE_RATE))

    for _ in range(40):
        packet = await mouth.recv()
        ear.put((Codec, Sent(bytes(packet), packet.pts)))

    loud = np.abs(np.frombuffer(bytes(heard), np.int16).astype(np.int32)) > 500
    assert receiver._enabled
    assert abs(loud.sum() / loud.size - 0.5 / 0.8) < 0.1
    span = np.flatnonzero(loud)
    assert abs((span[-1] - span[0]) / SAMPLE_RATE - 0.5) < 0.03


async def test_a_damaged_packet_is_lost_alone() -> None:
    heard: list[bytes] = []
    ear = Ear(heard.append)
    ear.attach(Receiver())  # type: ignore[arg-type]

    ear.put((Codec, Sent(b"\xff\xff\xff", 0)))
    ear.put((Codec, Sent(silence(), 960)))

    assert sum(map(len, heard)) > 0


async def test_the_end_is_told_to_the_receivers_thread() -> None:
    queue: asyncio.Queue[object] = asyncio.Queue()
    receiver = Receiver()
    receiver._RTCRtpReceiver__decoder_queue = queue  # type: ignore[assignment]
    ear = Ear(lambda pcm: None)
    ear.attach(receiver)  # type: ignore[arg-type]
    queue.put = queue.put_nowait  # type: ignore[method-assign,assignment]

    ear.put(None)

    assert queue.get_nowait() is None

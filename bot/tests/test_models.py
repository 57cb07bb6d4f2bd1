"""The voice detector hears the same as pipecat's, and asks its model less."""

import numpy as np
import pytest
from numpy.typing import NDArray
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.audio.vad.vad_analyzer import VADParams, VADState

from bot.offline.engines import OfflineEngines
from bot.recording import SAMPLE_RATE
from bot.voice.models import TurnDetector, VoiceDetector

PACKET = SAMPLE_RATE // 50


@pytest.fixture
async def sentence() -> NDArray[np.int16]:
    engines = OfflineEngines()
    pcm = await engines.speak("How much does it cost?", voice="en-us", rate=SAMPLE_RATE)
    await engines.stop()
    return np.frombuffer(pcm, np.int16)


async def states(vad: SileroVADAnalyzer, samples: NDArray[np.int16]) -> list[VADState]:
    vad.set_sample_rate(SAMPLE_RATE)
    pcm = samples.tobytes()
    return [
        await vad.analyze_audio(pcm[start : start + PACKET * 2])
        for start in range(0, len(pcm), PACKET * 2)
    ]


def call(sentence: NDArray[np.int16], noise: int) -> NDArray[np.int16]:
    """A sentence, silence, and the sentence again, over noise of that height."""
    pause = np.zeros(2 * SAMPLE_RATE, np.int16)
    whole = np.concatenate([pause, sentence, pause, sentence, pause])
    hiss = np.random.default_rng(1).integers(-noise, noise + 1, len(whole))
    return np.clip(whole + hiss, -32768, 32767).astype(np.int16)


@pytest.mark.parametrize("noise", [0, 2, 40, 300])
async def test_it_finds_the_voices_that_pipecats_finds(
    sentence: NDArray[np.int16], noise: int
) -> None:
    samples = call(sentence, noise)

    ours = await states(VoiceDetector(VADParams()), samples)
    theirs = await states(SileroVADAnalyzer(params=VADParams()), samples)

    speaks = [[state is VADState.SPEAKING for state in of] for of in (ours, theirs)]
    assert any(speaks[0])
    different = sum(a != b for a, b in zip(*speaks, strict=True))
    # Each edge may lie a window away: what the model remembers is not the same.
    assert different * PACKET / SAMPLE_RATE <= 0.2


def test_models_are_loaded_once() -> None:
    first, second = VoiceDetector(VADParams()), VoiceDetector(VADParams())

    assert first._model.session is second._model.session
    assert first._model is not second._model
    assert TurnDetector()._session is TurnDetector()._session

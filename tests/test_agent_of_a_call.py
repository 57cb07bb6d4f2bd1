"""What the api freezes of an agent is what the bot reads."""

from agents.models import CONFIG_KEYS, Agent
from bot.call_request import Engine, Fields, parse_agent


def test_the_bot_reads_the_engines_that_an_agent_names() -> None:
    agent = Agent(
        llm_provider="groq", llm_model="llama",
        stt_provider="sarvam", stt_model="saarika",
        tts_provider="deepgram", tts_model="aura-2", tts_voice="helena",
        fallback_tts_provider="elevenlabs", fallback_tts_model="flash",
        fallback_tts_voice="rachel",
    )  # fmt: skip

    read = parse_agent(Fields(agent.frozen_config(), "agent"))

    assert read.llm == Engine("groq", "llama")
    assert read.stt == Engine("sarvam", "saarika")
    assert read.tts == Engine("deepgram", "aura-2", "helena")
    assert read.fallback_tts == Engine("elevenlabs", "flash", "rachel")


def test_an_agent_without_a_second_voice_has_none() -> None:
    assert parse_agent(Fields(Agent().frozen_config(), "agent")).fallback_tts is None


def test_a_call_that_began_before_there_were_second_voices_has_none() -> None:
    config = Agent().frozen_config()
    for name in CONFIG_KEYS.values():
        if name.startswith("fallbackTts"):
            del config[name]

    assert parse_agent(Fields(config, "agent")).fallback_tts is None

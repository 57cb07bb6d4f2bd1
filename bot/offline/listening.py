"""pocketsphinx with a grammar of what the demo understands."""

from importlib import resources

from pocketsphinx import Decoder

RATE = 16_000


class Listener:
    """Recognises the demo's sentences; a free vocabulary is beyond this engine."""

    def __init__(self) -> None:
        grammar = resources.files("bot.offline") / "demo.jsgf"
        with resources.as_file(grammar) as path:
            self._decoder = Decoder(
                samprate=RATE, loglevel="FATAL", jsgf=str(path), lm=None
            )

    def hear(self, pcm: bytes) -> str:
        """The likeliest sentence, or nothing."""
        self._decoder.start_utt()
        self._decoder.process_raw(pcm, full_utt=True)
        self._decoder.end_utt()
        hypothesis = self._decoder.hyp()
        return hypothesis.hypstr if hypothesis else ""

"""What the doubles that listen have in common: a script, and an ear for sound."""

from array import array

# Louder than a line's noise, quieter than any voice.
SOUND = 500


class Ear:
    """Hears 16-bit mono PCM and answers a sound with the script's next utterance."""

    def __init__(self, utterances: list[str]) -> None:
        self._utterances = utterances
        self._heard_sound = False
        self._next = 0

    def take(self, pcm: bytes) -> None:
        # Every 16th sample is enough to tell a voice from silence.
        samples = array("h", pcm)[::16]
        if samples and max(max(samples), -min(samples)) > SOUND:
            self._heard_sound = True

    def utterance(self) -> str:
        """What was said since the last time; empty when nothing was."""
        said = self._heard_sound and self._next < len(self._utterances)
        self._heard_sound = False
        if not said:
            return ""
        self._next += 1
        return self._utterances[self._next - 1]

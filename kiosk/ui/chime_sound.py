"""Two soft tones, made here: no file of anybody's is needed."""

import io
import math
import struct
import wave

RATE = 22_050
TONES = ((659.26, 0.0), (987.77, 0.14))
"""Pitch in hertz (E5, B5), and when it begins, in seconds."""
SECONDS = 0.75
LOUDNESS = 0.3
"""Of full scale at volume 100, for each tone."""
_ATTACK_S = 0.012
_DECAY_S = 0.16


def chime_wav() -> bytes:
    """Returns the sound as a WAV file, 16 bit mono."""
    samples = [_at(number / RATE) for number in range(int(RATE * SECONDS))]
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(b"".join(struct.pack("<h", round(sample * 32_767)) for sample in samples))
    return file.getvalue()


def _at(second: float) -> float:
    """The swing at that moment, -1..1: tones that rise quickly and fade, with a little of their octave."""
    swing = 0.0
    for pitch, begins in TONES:
        since = second - begins
        if since > 0:
            shape = min(1.0, since / _ATTACK_S) * math.exp(-since / _DECAY_S)
            turn = 2 * math.pi * pitch * since
            swing += LOUDNESS * shape * (math.sin(turn) + 0.15 * math.sin(2 * turn))
    ends = min(1.0, (SECONDS - second) / 0.05)
    return swing * max(0.0, ends)

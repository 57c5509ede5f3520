"""What becomes of a hero's tones from hop to hop, and how it is taken back before the next one.

A model gives its start frame back a little brighter or warmer. Ten such hops are a change that the
eye sees at once when the film comes back to its hero. So the frame that is handed on is corrected
by what has happened since the hero, as far as a limit allows; the film itself shows the frame as it
is, and assembly takes the correction back at the head of the next clip and lets it in gradually.
"""

from pathlib import Path

from matchcut.frames.clip import frame_at
from matchcut.frames.still import read_still
from matchcut.inspect.correct import Correction, change, then, undoing
from matchcut.inspect.lock import Lock, lock
from matchcut.inspect.seam import tone_at_grey
from matchcut.render.gates import Gates
from matchcut.render.pins import Pin

LEAST = 0.005
"""Share of light at middle grey that is let be: an encoder moves a still picture by up to 0.002
(measured on rehearsals of the example), and a change of 0.005 is half a level."""


def tones_sent(before: Correction, pin: Pin) -> Correction:
    """What has become of the hero's tones in a frame that is handed on.

    Args:
        before: What had become of them in its clip.
        pin: How it is handed on.

    """
    # A still that a person has put there is right as it is: the account begins anew.
    return Correction() if pin.still else then(before, pin.correction)


def tones_since(sent: Correction, held: Lock) -> Correction:
    """What has become of the hero's tones in a clip, for all that is known.

    Args:
        sent: What had become of them in the frame that it was sent.
        held: How its first frame holds that.

    """
    return then(sent, change(held))


def taking_back(tones: Correction) -> Correction:
    """What is done to a frame before it is handed on; the identity where little has happened."""
    return undoing(tones) if off(tones) >= LEAST else Correction()


def off(tones: Correction) -> float:
    """How far light at middle grey is changed in the channel that is changed most, 0.01 is 1 %."""
    return max(abs(part) for part in tone_at_grey(tones.gain, tones.offset))


def held_by(
    gates: Gates, clip: Path, digest: str, anchor: str, sent: Path, *, frame: int = 0
) -> Lock:
    """How a clip's first frame, or another one, holds the anchor it was sent; measured once.

    Args:
        gates: Where it is kept.
        clip: The clip's file.
        digest: Its SHA-256.
        anchor: What makes the anchor the same again.
        sent: Its file.
        frame: Which frame of the clip.

    Raises:
        MatchcutError: Either cannot be read.

    """
    anchor = f"{anchor}@{frame}"
    known = gates.lock(digest, anchor)
    if known is not None:
        return Lock.from_json(known)
    held = lock(frame_at(clip, frame).pixels, read_still(sent))
    gates.keep_lock(digest, anchor, held.to_json())
    return held

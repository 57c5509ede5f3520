"""An anchor taken out of a clip that stands on its own: chosen, explained, and kept as a still."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import count
from pathlib import Path
from typing import Any

from matchcut.anchor_sheet import draw_window
from matchcut.edge import Choice, Side, choose
from matchcut.errors import Code, MatchcutError
from matchcut.frames.clip import frame_at, frame_times
from matchcut.frames.still import pixel_hash, write_still

SUFFIXES = frozenset({".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi", ".ts", ".mpg", ".flv"})
"""What counts as a clip where a folder is looked through, in lower case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A frame of a clip, and what was measured of it and of those around it."""

    clip: Path
    choice: Choice
    frame: int
    """The frame that was taken: the chosen one, or the one that was asked for."""
    time: Fraction
    """When it is shown, seconds."""
    still: Path
    """Where it lies, as a lossless PNG."""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON: the choice, with the frame that was taken as `chosen`.

        `better` is the frame that the measures would take in its place, or None: there is none, or
        it is the one that was taken.
        """
        choice = self.choice
        return {
            "clip": str(self.clip),
            **choice.to_json(),
            "last": choice.frames - 1,
            "chosen": self.frame,
            "better": None if choice.chosen == self.frame else choice.chosen,
            "time": float(self.time),
            "still": str(self.still),
        }


def clips_in(place: Path) -> list[Path]:
    """List the clips a path means: itself, or those in the folder by name; not in folders below.

    Raises:
        MatchcutError: `FILE_MISSING` where there is no such file, or no clip in the folder.

    """
    if place.is_dir():
        found = sorted(p for p in place.iterdir() if p.suffix.lower() in SUFFIXES and p.is_file())
        if not found:
            raise MatchcutError(
                Code.FILE_MISSING,
                "there is no clip in this folder",
                where=str(place),
                fix=f"Clips end in {', '.join(sorted(SUFFIXES))}.",
            )
        return found
    if not place.is_file():
        raise MatchcutError(
            Code.FILE_MISSING, "there is no such clip", where=str(place), fix="Look at its name."
        )
    return [place]


def take_anchor(
    clip: Path | str,
    side: Side = Side.TAIL,
    *,
    at: Fraction | None = None,
    frame: int | None = None,
    out: Path | str | None = None,
    folder: Path | None = None,
) -> Anchor:
    """Choose the frame to go on from, and write it as a lossless still.

    Args:
        clip: Any video.
        side: `TAIL` chooses among the last frames, `HEAD` among the first.
        at: Take the frame that is shown at this time instead, in seconds from the clip's start
            or, below 0, from its end. It is judged, and taken whatever the measures say.
        frame: Or this one, counted from 0 in display order, below 0 from the end.
        out: Where to put the still; beside the clip where it is not given.
        folder: Where to put it under a name of its own, where `out` is not given.

    Returns:
        The anchor.

    Raises:
        MatchcutError: `CLIP_NO_FRAMES` where no such frame is shown; `FOLDER_UNWRITABLE` where the
            still cannot be written, or another file stands there; else as `edge.choose`.

    """
    source = Path(clip)
    if out is not None:
        refuse_place(Path(out), option="--out")
    asked = _asked(source, at, frame)
    kept = None
    if asked is not None:
        last = len(frame_times(source)) - 2
        kept = (0, asked) if side is Side.TAIL else (asked, last)
    choice = choose(source, side, kept=kept)
    taken = frame_at(source, choice.chosen if asked is None else asked)
    facts = {"matchcut:frame": str(taken.index), "matchcut:pixels": pixel_hash(taken.pixels)}
    own = (folder or source.parent) / f"{source.stem}.frame{taken.index}.png"
    still = keep_still(write_still(taken.pixels, facts), own, out, option="--out")
    return Anchor(clip=source, choice=choice, frame=taken.index, time=taken.time, still=still)


def refuse_place(place: Path, *, option: str) -> None:
    """Say before the work that a picture cannot be put somewhere.

    Args:
        place: The file to be.
        option: What names another place.

    Raises:
        MatchcutError: `FOLDER_UNWRITABLE` where its folder is not there or takes no files, or it is
            a folder itself.

    """
    if not place.parent.is_dir():
        why = f"there is no folder `{place.parent}`"
    elif place.is_dir():
        why = "a folder is there"
    elif not os.access(place.parent, os.W_OK):
        why = "its folder takes no files"
    else:
        return
    raise _misplaced(place, why, f"Name another place with `{option}`.")


def keep_still(
    data: bytes, wanted: Path, out: Path | str | None = None, *, option: str = ""
) -> Path:
    """Write a picture where nothing of somebody else's stands.

    Args:
        data: The file.
        wanted: Where to put it; a number is added to its name where another file stands there.
        out: Where it must go instead.
        option: What names another place, for the message; empty where nothing does.

    Returns:
        Where it lies.

    Raises:
        MatchcutError: `FOLDER_UNWRITABLE` where another file stands at `out`, or nothing can be
            written.

    """
    place = Path(out) if out is not None else free(wanted, lambda found: _holds(found, data))
    try:
        if place.exists() and not _holds(place, data):
            raise MatchcutError(
                Code.FOLDER_UNWRITABLE,
                "another file is there already, and is not written over",
                where=str(place),
                fix=f"Name another place with `{option}`." if option else "Take that file away.",
            )
        if not place.exists():
            _put(data, place)
    except OSError as error:
        elsewhere = f", or name another place with `{option}`" if option else ""
        fix = f"Look at the folder's permissions and the free space{elsewhere}."
        raise _misplaced(place, error.strerror or str(error), fix) from error
    return place


def _put(data: bytes, place: Path) -> None:
    """Write a file whole or not at all: half a picture would stand in its own way the next time."""
    draft = place.with_name(f".{place.name}.{os.getpid()}")
    try:
        draft.write_bytes(data)
        draft.replace(place)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


def free(wanted: Path, ours: Callable[[Path], bool]) -> Path:
    """Find a place where nothing stands, or what stands there already is the same.

    Args:
        wanted: The first choice; a number is added before the first dot of its name.
        ours: Whether what stands at a place is the same.

    """
    name = wanted.name.partition(".")
    places = (wanted.with_name(f"{name[0]}-{n}.{name[2]}") for n in count(2))
    if not wanted.exists() or ours(wanted):
        return wanted
    return next(place for place in places if not place.exists() or ours(place))


def window_sheet(anchor: Anchor) -> bytes:
    """Draw the window an anchor was chosen from, with scores and crops at full size, as a PNG."""
    return draw_window(anchor.clip, anchor.choice, taken=anchor.frame)


def _misplaced(place: Path, why: str, fix: str) -> MatchcutError:
    return MatchcutError(
        Code.FOLDER_UNWRITABLE,
        f"the picture cannot be put there: {why}",
        where=str(place),
        fix=fix,
    )


def _holds(place: Path, data: bytes) -> bool:
    return place.is_file() and place.read_bytes() == data


def _asked(clip: Path, at: Fraction | None, frame: int | None) -> int | None:
    if at is None and frame is None:
        return None
    times = frame_times(clip)
    frames = len(times) - 1
    if at is None:
        position = (frame or 0) + (frames if (frame or 0) < 0 else 0)
        if not 0 <= position < frames:
            raise _no_such(clip, f"frame {frame}", f"frames 0 to {frames - 1}")
        return position
    moment = times[-1] + at if at < 0 else times[0] + at
    if not times[0] <= moment < times[-1]:
        length = float(times[-1] - times[0])
        raise _no_such(clip, f"{float(at):g} s", f"a length of {length:.3f} s")
    return sum(time <= moment for time in times) - 1


def _no_such(clip: Path, asked: str, there: str) -> MatchcutError:
    return MatchcutError(
        Code.CLIP_NO_FRAMES,
        f"nothing is shown at {asked}: it has {there}",
        where=clip.name,
        fix="Ask for what is there; below 0 counts from the end.",
    )

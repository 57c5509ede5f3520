"""The cut as an OpenTimelineIO file, for editors."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from matchcut.assemble.conform import finish
from matchcut.assemble.cut import CutList, Piece
from matchcut.render.pins import IN, OUT
from matchcut.render.rendered import RenderedShot


def write_timeline(
    path: Path,
    title: str,
    cut: CutList,
    shots: Sequence[RenderedShot],
    clips: Mapping[str, Path],
    *,
    stills: Mapping[tuple[str, str], Path],
) -> None:
    """Write a time line: one video track, one clip a shot, in and out frames as in the film.

    Args:
        path: Where to write it; media are named relative to the folder that holds `clips/`.
        title: The film's title.
        cut: The cut list.
        shots: The takes, for what is known of each clip.
        clips: The clip files by shot.
        stills: Retouched pictures by shot and edge: each stands for one frame, as in the film.

    """
    # OpenTimelineIO loads its plug-ins when it is imported; only assembly needs them.
    import opentimelineio as otio  # noqa: PLC0415

    takes = {shot.id: shot for shot in shots}
    timeline: Any = otio.schema.Timeline(name=title)
    track: Any = otio.schema.Track(name="picture", kind=otio.schema.TrackKind.Video)
    timeline.tracks.append(track)
    for piece in cut.pieces:
        shot = takes[piece.shot]
        place = clips[piece.shot]
        rate = float(piece.rate)
        shown = finish(shot, piece)
        first, last = piece.first + bool(shown.first), piece.last - bool(shown.last)
        # A shot of one frame that is a picture has no frame of its own left to show.
        on = [edge for edge, still in ((IN, shown.first), (OUT, shown.last)) if still]
        if first > last:
            first, last, on = piece.first, piece.last, []
        reference = otio.schema.ExternalReference(
            target_url=f"{place.parent.name}/{place.name}",
            available_range=_range(otio, 0, shot.take.frames, rate),
        )
        reference.name = place.name
        clip: Any = otio.schema.Clip(
            name=piece.shot,
            media_reference=reference,
            source_range=_range(otio, first, last - first + 1, rate),
        )
        clip.metadata["matchcut"] = _facts(piece, shot, cut.rate)
        pictures = [_picture(otio, piece.shot, edge, stills[piece.shot, edge], rate) for edge in on]
        if IN in on:
            track.append(pictures[0])
        track.append(clip)
        if OUT in on:
            track.append(pictures[-1])
    # Written by us: its own writer refuses a folder whose name is not UTF-8.
    path.write_text(otio.adapters.write_to_string(timeline, "otio_json"), encoding="utf-8")


def _picture(otio: Any, shot: str, edge: str, place: Path, rate: float) -> Any:
    """A retouched still, one frame long."""
    reference = otio.schema.ExternalReference(
        target_url=f"{place.parent.name}/{place.name}", available_range=_range(otio, 0, 1, rate)
    )
    reference.name = place.name
    return otio.schema.Clip(
        name=f"{shot}.{edge}", media_reference=reference, source_range=_range(otio, 0, 1, rate)
    )


def _facts(piece: Piece, shot: RenderedShot, rate: Fraction) -> dict[str, Any]:
    return {
        "join": piece.join.value,
        "take": shot.take.number,
        "provider": shot.take.provider,
        "clip_sha256": shot.take.clip,
        "clip_rate": str(piece.rate),
        "film_rate": str(rate),
        "film_first_frame": piece.begins,
        "film_frames": piece.frames,
        "dropped_head": piece.dropped_head,
        "dropped_tail": piece.dropped_tail,
        "retouched": {edge: pin.pixels for edge, pin in shot.pins.items() if pin.still},
        "tones_taken_back_at_head": (
            None if shot.started_from.identity else shot.started_from.to_json()
        ),
    }


def _range(otio: Any, first: int, frames: int, rate: float) -> Any:
    time = otio.opentime.RationalTime
    return otio.opentime.TimeRange(time(first, rate), time(frames, rate))

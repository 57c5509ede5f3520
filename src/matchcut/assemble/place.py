"""Which frame of which clip stands at a frame of the finished film."""

from collections.abc import Sequence
from fractions import Fraction

from matchcut.assemble.cut import Piece, Source, cut_list
from matchcut.assemble.record import Shown, shown_now
from matchcut.errors import Code, MatchcutError
from matchcut.film.types import Join
from matchcut.frames.clip import frame_times, probe
from matchcut.project import Project
from matchcut.render.beside import beside
from matchcut.render.seams import Seams
from matchcut.store.folder import StateFolder


def place_of(project: Project, frame: int, *, by: str = "") -> tuple[str, int, str]:
    """Find a frame of a film in the clip that it is from.

    Args:
        project: The film, as it was assembled last.
        frame: Of the film, from 0.
        by: Whose film; the one assembled last where it is not given.

    Returns:
        The shot, the frame of its clip, and who made it.

    Raises:
        MatchcutError: `resolve.nothing` where it has not been assembled, `usage` where it has no
            such frame.

    """
    with beside(project) as (folder, database):
        seams, film = Seams(database), folder.key(project.path.name)
        whose = by or seams.latest(film) or ""
        shots = shown_now(seams, film, whose) if whose else ()
        if not shots:
            raise MatchcutError(
                Code.NOTHING_TO_RESOLVE,
                "this film has not been assembled yet, so no frame of it is known",
                where=project.path.name,
                fix="Name the shot and the frame of its clip, as in `rooftop@71`.",
            )
        sources = [_source(project, folder, shot) for shot in shots]
        pieces = cut_list(sources, project.film.canvas.fps).pieces
        piece = _piece(pieces, frame)
        if piece is None:
            last = pieces[-1].begins + pieces[-1].frames - 1
            raise MatchcutError(
                Code.USAGE,
                f"the film has no frame {frame}",
                where=project.path.name,
                fix=f"Its frames are 0 to {last}.",
            )
        return piece.shot, _inside(piece, frame, project.film.canvas.fps), whose


def _piece(pieces: Sequence[Piece], frame: int) -> Piece | None:
    return next((one for one in pieces if 0 <= frame - one.begins < one.frames), None)


def _source(project: Project, folder: StateFolder, shot: Shown) -> Source:
    """What was shown of a clip; what seams share was left out already."""
    owner = next((one for one in project.film.shots if one.id == shot.shot and one.clip), None)
    suffix = "." + str(owner.clip).rpartition(".")[2].lower() if owner else ".mp4"
    clip = folder.media.path(shot.clip, suffix)
    info = probe(clip)
    times = frame_times(clip) if info.variable else ()
    span = times[shot.last + 1] - times[shot.first] if times else None
    kept = (shot.first, shot.last)
    return Source(shot=shot.shot, kept=kept, rate=info.rate, join=Join.CUT, span=span)


def _inside(piece: Piece, frame: int, rate: Fraction) -> int:
    """The clip's frame that is shown there; of a clip of variable rate the nearest by its mean."""
    number = frame - piece.begins
    if number == piece.frames - 1:
        return piece.last
    seconds = (number + Fraction(1, 2)) / rate if number else Fraction(0)
    return min(piece.first + int(seconds * piece.rate), piece.last)

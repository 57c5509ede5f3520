"""Every seam of a film, looked at on the frames that are shown, two clips at a time."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from matchcut.assemble.edges import SEEN, Edges, Ends, count_contained, read_ends
from matchcut.errors import MatchcutError
from matchcut.film.types import Canvas, Join
from matchcut.frames.clip import frame_at, frame_times
from matchcut.frames.shape import fit
from matchcut.frames.sound import read_sound
from matchcut.frames.still import read_still
from matchcut.frames.types import Pixels
from matchcut.inspect.copies import difference, settled, told_copies
from matchcut.inspect.correct import apply, inverse
from matchcut.inspect.lock import Lock, lock
from matchcut.inspect.seam import Seam, Side, measure_seam
from matchcut.inspect.sound import level
from matchcut.plan.reference import Kind, hangs_on, parse
from matchcut.plan.types import PlannedShot
from matchcut.project import Project
from matchcut.render.pins import IN
from matchcut.render.rendered import RenderedShot
from matchcut.render.seams import End, Habit
from matchcut.render.shelf import in_shape

_HEARD = Fraction(1, 4)
"""Seconds of sound on each side of a seam."""

Usual = Callable[[str, str], Habit | None]
"""What is known of an endpoint at a size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """A seam with the two ends that meet there."""

    before: End
    after: End
    seam: Seam


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What was found on a film's clips before they are cut."""

    edges: tuple[Edges, ...]
    """A clip each."""
    copies: tuple[tuple[int, int], ...]
    """Frames to be left out at each clip's head and tail."""
    met: tuple[Met, ...]
    """A seam each, one fewer."""


def survey(
    project: Project,
    canvas: Canvas,
    planned: Sequence[PlannedShot],
    shots: Sequence[RenderedShot],
    usual: Usual,
) -> Survey:
    """Look at every clip's edges and at every seam.

    What a bridge lands on is the original, so a hero's head is never the copy, nor that of a clip
    whose seam was accepted; any other clip is the copy of the one before it.

    Args:
        project: The film and its files.
        canvas: Its picture, to whose shape everything is brought before it is compared.
        planned: The shots as planned.
        shots: Their takes.
        usual: What is known of an endpoint; it counts where a pair of clips cannot tell.

    """
    surveyor = _Surveyor(project, canvas, usual)
    clips = _clips(planned, shots)
    before = next(clips)
    edges, heads, tails, met = [before.ends.reduced()], [0], [], []
    for after in clips:
        copies = surveyor.copies(before, after)
        heads.append(copies.head)
        tails.append(copies.tail)
        met.append(surveyor.meet(before, after, copies))
        edges.append(after.ends.reduced())
        before = after
    both = zip(heads, [*tails, 0], strict=True)
    return Survey(edges=tuple(edges), copies=tuple(both), met=tuple(met))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Clip:
    """A take with its ends, read."""

    plan: PlannedShot
    shot: RenderedShot
    ends: Ends

    @property
    def endpoint(self) -> str | None:
        return None if self.plan.clip else self.shot.endpoint or self.plan.endpoint

    def lands_on(self, after: "_Clip") -> bool:
        """True where it was to end on the clip after it, and not that to begin on it."""
        return self.plan.bridge or after.shot.accepted

    def made_first(self) -> Pixels:
        """The first frame that was made; the film may begin on a later one, or show a still."""
        if self.shot.kept[0] == 0 and IN not in self.shot.stills:
            return self.ends.first
        return frame_at(self.shot.clip, 0).pixels

    @property
    def size(self) -> str:
        height, width = self.ends.first.shape[:2]
        return f"{width}x{height}"

    def end(self, frame: int) -> End:
        return End(
            clip=self.shot.take.clip,
            frame=frame,
            endpoint=self.endpoint,
            size=self.size,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Copies:
    """What is left out at a seam, and what of it the frames have told."""

    head: int = 0
    tail: int = 0
    told_head: int | None = None
    told_tail: int | None = None


def _clips(planned: Sequence[PlannedShot], shots: Sequence[RenderedShot]) -> Iterator[_Clip]:
    """Each clip with its ends, one at a time: full frames of a whole film would fill the memory."""
    for index, (plan, shot) in enumerate(zip(planned, shots, strict=True)):
        goes_on = plan.join is Join.CONTINUE and index > 0
        contained = count_contained(shots[index - 1], shot) if goes_on else 0
        yield _Clip(plan=plan, shot=shot, ends=read_ends(shot, contained))


class _Surveyor:
    """Measures what lies between two clips."""

    def __init__(self, project: Project, canvas: Canvas, usual: Usual) -> None:
        self._project = project
        width = min(SEEN, canvas.width)
        self._size = width, max(2, round(width / canvas.aspect))
        self._usual = usual

    def copies(self, before: _Clip, after: _Clip) -> _Copies:
        """Frames to be left out at the second clip's head and at the first one's tail."""
        if after.plan.join is Join.CUT:
            return _Copies()
        if before.lands_on(after):
            habit, frames = self._habit(before), self._seen(before.ends.tail[::-1])
            (first,) = self._seen(after.ends.head[:1])
            told = told_copies(first, frames)
            tail = settled(told, len(frames), habit.tail if habit else None)
            return _Copies(tail=tail, told_tail=told)
        if after.ends.contained:
            return _Copies(head=after.ends.contained)
        habit, frames = self._habit(after), self._seen(after.ends.head)
        (last,) = self._seen(before.ends.tail[-1:])
        told = told_copies(_as_sent(last, after.shot), frames)
        head = settled(told, len(frames), habit.head if habit else None)
        return _Copies(head=head, told_head=told)

    def meet(self, before: _Clip, after: _Clip, copies: _Copies) -> Met:
        """Measure the seam between two clips once their copies are left out."""
        left = before.ends.tail[: len(before.ends.tail) - copies.tail]
        entered = after.ends.head[copies.head - after.ends.contained :]
        shown = _as_shown(after.shot, entered)
        seam = measure_seam(
            self._side(before, left, _heard(before.shot, copies.tail, last=True)),
            self._side(after, shown, _heard(after.shot, copies.head, last=False)),
            joined=after.plan.join is not Join.CUT,
            lands=before.lands_on(after),
            head=copies.told_head,
            tail=copies.told_tail,
            noise=difference(*self._seen([before.ends.tail[-1], after.ends.head[0]]))
            if copies.told_head or copies.told_tail
            else None,
            lock=self._lock(before, after),
            reach=self._reach(before, after),
        )
        first, last = after.shot.kept[0] + copies.head, before.shot.kept[1] - copies.tail
        return Met(before=before.end(last), after=after.end(first), seam=seam)

    def _habit(self, clip: _Clip) -> Habit | None:
        return self._usual(clip.endpoint, clip.size) if clip.endpoint else None

    def _seen(self, frames: Sequence[Pixels]) -> list[Pixels]:
        """Frames as the film shows them: those of clips of two shapes can be compared then."""
        return [fit(pixels, *self._size) for pixels in frames]

    def _side(self, clip: _Clip, frames: Sequence[Pixels], sound: float | None) -> Side:
        return Side(
            frames=self._seen(frames),
            rate=float(clip.shot.take.rate),
            sound=sound,
        )

    def _lock(self, before: _Clip, after: _Clip) -> Lock | None:
        """The first frame against the anchor it was sent; None where it was none, or is not here.

        At a cut and behind a bridge as well: a hero has a picture of its own to hold.
        """
        if after.plan.clip or after.plan.start is None:
            return None
        if after.shot.made_from:
            anchor = _read(after.shot.made_from)
        elif hangs_on(after.plan.start):
            anchor = _as_sent(before.ends.last, after.shot)
        else:
            anchor = self._still(after.plan.start)
        return None if anchor is None else _locked(after.made_first(), anchor)

    def _reach(self, before: _Clip, after: _Clip) -> Lock | None:
        """The last frame against the picture the clip was to end on; None where there is none."""
        if before.plan.clip:
            return None
        anchor = self._still(before.plan.end) if before.plan.end else None
        if anchor is None and before.lands_on(after):
            anchor = after.ends.first
        return None if anchor is None else _locked(before.ends.last, anchor)

    def _still(self, reference: str) -> Pixels | None:
        """The user's own picture as it was sent; None where it is another kind, or not here."""
        parsed = parse(reference)
        if parsed.kind is not Kind.STILL or parsed.name not in self._project.media.stills:
            return None
        try:
            file = self._project.file(parsed.name)
        except MatchcutError:
            return None
        own = _read(file)
        return in_shape(own, parsed.fit, parsed.aspect) if own is not None and parsed.fit else own


def _read(still: Path) -> Pixels | None:
    """A still; None where it is not here any more, or not to be read."""
    try:
        return read_still(still)
    except MatchcutError:
        return None


def _as_sent(shown: Pixels, after: RenderedShot) -> Pixels:
    """The frame that a clip was made from: the one shown before it, with its tones as sent."""
    known = after.started_from
    return shown if known.identity else apply(shown, known)


def _as_shown(shot: RenderedShot, frames: Sequence[Pixels]) -> list[Pixels]:
    """A clip's first frames as the film shows them: what its anchor was corrected by, taken back.

    Within these few frames hardly any of it is let in again.
    """
    known = shot.started_from
    return list(frames) if known.identity else [apply(frame, inverse(known)) for frame in frames]


def _locked(frame: Pixels, anchor: Pixels) -> Lock:
    height, width = frame.shape[:2]
    return lock(frame, fit(anchor, width, height))


def _heard(shot: RenderedShot, dropped: int, *, last: bool) -> float | None:
    """Level of the sound next to a seam; None where there is none."""
    times = frame_times(shot.clip)
    if last:
        stop = times[shot.kept[1] + 1 - dropped]
        samples = read_sound(shot.clip, max(times[0], stop - _HEARD), stop)
    else:
        start = times[shot.kept[0] + dropped]
        samples = read_sound(shot.clip, start, start + _HEARD)
    return None if samples is None else level(samples)

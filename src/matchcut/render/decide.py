"""What a person decides of an anchor: approve it, step it, replace it, or reject its take.

Nothing is made or sent by a decision; the next run acts on it. It is bound to the revision that was
looked at: the frame at the edge of that very clip.
"""

import asyncio
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from matchcut.anchor_sheet import draw_window
from matchcut.edge import Choice
from matchcut.errors import Code, MatchcutError
from matchcut.film.types import Join, Shot
from matchcut.findings import nearest
from matchcut.frames.clip import frame_at, frame_times
from matchcut.frames.shape import fit
from matchcut.frames.still import pixel_hash, read_still, write_still
from matchcut.look.crops import Crop, crops
from matchcut.look.places import Looked as Places
from matchcut.look.where import where_in
from matchcut.project import Project
from matchcut.render.ask import Asked, Questions, question_key
from matchcut.render.attempt import Limits
from matchcut.render.attempts import Attempts
from matchcut.render.gates import Action, Decision, Gates, Spot
from matchcut.render.intake import FOOTAGE, footage_take, shown_frames
from matchcut.render.ledger import Ledger, Take, TakeState
from matchcut.render.loops import away_from_loops
from matchcut.render.pins import IN, OUT, look_at
from matchcut.render.providers.protocol import Talker
from matchcut.render.run import beside, opened
from matchcut.render.uploads import KeptUploads
from matchcut.render.work import spot_of
from matchcut.store.folder import StateFolder
from matchcut.store.media import replace_file

_SAME_SHAPE = 0.01
"""Share by which a retouched still may be of another shape than the frame it stands for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """An anchor as a person is shown it."""

    spot: Spot
    clip: Path
    choice: Choice
    """What the measures say of it."""
    decision: Decision | None
    """What was decided of this revision before, or None."""
    waits: bool
    """True where a shot waits for it."""

    @property
    def frame(self) -> int:
        """The frame that is pinned as things stand: decided, or else proposed."""
        decided = self.decision.frame if self.decision else None
        return self.choice.chosen if decided is None else decided


def look(project: Project, name: str) -> Looked:
    """Look at an anchor, whether it waits for anybody or not.

    Args:
        project: The film.
        name: As `rooftop.out`.

    Raises:
        MatchcutError: `shot.unknown` where the film has no such shot; `usage` where it is no name
            of an anchor; `resolve.nothing` where there is no clip yet.

    """
    with _at_hand(project) as hand:
        spot, waits = hand.find(name)
        return hand.looked(spot, waits=waits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An anchor that was written out to be looked at."""

    looked: Looked
    still: Path
    """The frame, a lossless PNG."""
    sheet: Path
    """Its neighbours with what the measures say, and crops at 1:1; a PNG."""
    places: Places
    """Where hands, faces and hair edges are, as far as that was measured."""
    crops: tuple[Crop, ...]
    """Those places, pixel for pixel; numbered from 1 on the sheet."""


def show(project: Project, name: str) -> Shown:
    """Write an anchor's frame and a sheet of its neighbours into `out/anchors/`.

    Args:
        project: The film.
        name: As `rooftop.out`.

    Raises:
        MatchcutError: As `look`.

    """
    with _at_hand(project) as hand:
        spot, waits = hand.find(name)
        looked = hand.looked(spot, waits=waits)
        frame = looked.frame
        folder = hand.folder.out / "anchors"
        folder.mkdir(parents=True, exist_ok=True)
        still = folder / f"{project.path.stem}-{spot.name}-{frame}.png"
        sheet = folder / f"{project.path.stem}-{spot.name}.png"
        pixels = frame_at(looked.clip, frame).pixels
        places = where_in(pixels)
        found = crops(pixels, places.places or ())
        facts = {"matchcut:clip": spot.clip, "matchcut:frame": str(frame)}
        for place, data in (
            (still, write_still(pixels, facts)),
            (sheet, _sheet(looked, found)),
        ):
            with hand.folder.media.draft(".png") as draft:
                draft.write_bytes(data)
                replace_file(draft, place)
        return Shown(looked=looked, still=still, sheet=sheet, places=places, crops=found)


def ask_about(
    project: Project,
    name: str,
    found: tuple[Crop, ...],
    talker: Talker,
    *,
    max_usd: Decimal | None = None,
) -> Asked:
    """Ask a model about crops of an anchor. It costs money, and overrules nobody.

    Args:
        project: The film.
        name: As `rooftop.out`.
        found: From `show`, at least one.
        talker: Who answers.
        max_usd: What it may cost, beside the film's budget.

    Returns:
        One opinion a crop; or why there is none.

    Raises:
        MatchcutError: As `look`; `budget.over` and `provider.key` before anything is sent,
            `folder.busy` while a run holds the film.

    """
    with opened(project) as (folder, database):
        hand = _Hand(project, folder, Ledger(database), Gates(database))
        spot, _ = hand.find(name)
        attempts = Attempts(database, run=uuid.uuid4().hex)
        attempts.settle()
        questions = Questions(database, attempts, KeptUploads(database))
        limits = Limits(film_usd=project.film.budget_usd, run_usd=max_usd)
        key = question_key(hand.film, spot.shot, spot.edge, spot.number)
        asked = questions.ask(talker, found, key, limits=limits)
        return away_from_loops(lambda: asyncio.run(asked))


def waiting(project: Project) -> list[Looked]:
    """Every anchor that something waits for, the longest first."""
    with _at_hand(project) as hand:
        return [hand.looked(spot, waits=True) for spot in hand.gates.waiting(hand.film)]


def approve(project: Project, name: str, *, revision: str = "") -> str:
    """Approve the frame that the measures propose.

    Args:
        project: The film.
        name: As `rooftop.out`.
        revision: The one that was looked at; any, where it is not given.

    Returns:
        What will happen, in a sentence.

    Raises:
        MatchcutError: As `look`; `decision.stale` where it is not that revision any more.

    """
    with _at_hand(project) as hand:
        spot, _ = hand.find(name, revision)
        pinned = _is_bridge(project, spot)
        frame = spot.pinned if pinned else hand.looked(spot).choice.chosen
        hand.gates.decide(hand.film, spot, Decision(action=Action.APPROVE, frame=frame))
        return f"Frame {frame} of `{spot.shot}` is approved{_moved(spot, frame)}."


def step(project: Project, name: str, frame: int | None = None, *, revision: str = "") -> str:
    """Pin another frame of the clip; the clip is cut there.

    Args:
        project: The film.
        name: As `rooftop.out`.
        frame: Counted from 0; negative ones from the frame at the edge, inwards. None takes the
            one that the measures propose.
        revision: The one that was looked at; any, where it is not given.

    Returns:
        What will happen, in a sentence.

    Raises:
        MatchcutError: As `approve`; `usage` where that frame is not shown.

    """
    with _at_hand(project) as hand:
        spot, _ = hand.find(name, revision)
        _refuse_bridge(project, spot)
        chosen = hand.looked(spot).choice.chosen if frame is None else _counted(spot, frame)
        hand.gates.decide(hand.film, spot, Decision(action=Action.STEP, frame=chosen))
        return f"`{spot.name}` is frame {chosen} from now on{_moved(spot, chosen)}."


def replace_still(project: Project, name: str, file: Path | str, *, revision: str = "") -> str:
    """Pin a retouched still in place of the frame: both sides of the seam show it.

    Args:
        project: The film.
        name: As `rooftop.out`.
        file: The retouched still, of the frame's own shape. A copy is kept.
        revision: The one that was looked at; any, where it is not given.

    Returns:
        What will happen, in a sentence.

    Raises:
        MatchcutError: As `approve`; `still.unreadable` where the picture cannot be used, `usage`
            where what hangs on the anchor is a clip and no picture.

    """
    with _at_hand(project) as hand:
        spot, _ = hand.find(name, revision)
        _refuse_bridge(project, spot)
        _refuse_continued(project, spot)
        looked = hand.looked(spot)
        frame = looked.frame
        original = frame_at(looked.clip, frame).pixels
        retouched = read_still(Path(file))
        _refuse_shape(Path(file), retouched.shape, original.shape)
        height, width = original.shape[:2]
        pixels = fit(retouched, width, height)
        facts = {
            "matchcut:clip": spot.clip,
            "matchcut:frame": str(frame),
            "matchcut:instead-of": pixel_hash(original),
            "matchcut:pixels": pixel_hash(pixels),
        }
        decision = Decision(
            action=Action.REPLACE,
            frame=frame,
            still=hand.folder.media.put(write_still(pixels, facts), ".png"),
            pixels=facts["matchcut:pixels"],
            instead_of=facts["matchcut:instead-of"],
        )
        hand.gates.decide(hand.film, spot, decision)
        return f"`{spot.name}` is your picture from now on, in place of frame {frame}."


def reject(project: Project, name: str, why: str, *, revision: str = "") -> str:
    """Reject the take: the next run makes another one, and pays for it where it is paid.

    Args:
        project: The film.
        name: As `rooftop.out`, or the shot alone.
        why: For whoever reads the record.
        revision: The one that was looked at; any, where it is not given.

    Returns:
        What will happen, in a sentence.

    Raises:
        MatchcutError: As `approve`; `usage` where the clip is own footage.

    """
    with _at_hand(project) as hand:
        whole = name if "." in name else f"{name}.{OUT}"
        spot, _ = hand.find(whole, revision, loose=True)
        if spot.provider == FOOTAGE:
            raise MatchcutError(
                Code.USAGE,
                "it is your own footage, and nobody can make another take of it",
                where=spot.name,
                fix="Step to another frame, replace it, or name another clip in the film.",
            )
        hand.gates.decide(
            hand.film, spot, Decision(action=Action.REJECT, inputs=spot.inputs, why=why)
        )
        hand.ledger.decide(hand.film, spot.shot, spot.number, TakeState.REJECTED)
        return (
            f"Take {spot.number} of `{spot.shot}` is rejected; the next render makes another one."
        )


class _Hand:
    """A film's records, open."""

    def __init__(self, project: Project, folder: StateFolder, ledger: Ledger, gates: Gates) -> None:
        self.project = project
        self.film = project.path.name
        self.folder = folder
        self.ledger = ledger
        self.gates = gates

    def find(self, name: str, revision: str = "", *, loose: bool = False) -> tuple[Spot, bool]:
        """The edge of that name, and whether something waits for it.

        Args:
            name: As `rooftop.out`.
            revision: The one that was looked at; any, where it is empty.
            loose: True where it need not be one that a shot is pinned to.

        """
        shot, edge = _taken_apart(self.project, name)
        if not loose:
            _refuse_loose(self.project, shot, edge)
        named = [s for s in self.gates.waiting(self.film) if (s.shot, s.edge) == (shot.id, edge)]
        meant = [s for s in named if s.revision == revision] or named[-1:]
        waits = meant[0] if meant else None
        spot = waits or self._unasked(shot, edge)
        if revision and revision != spot.revision:
            raise MatchcutError(
                Code.DECISION_STALE,
                f"revision {revision} is not what `{name}` is now ({spot.revision}): its clip or "
                "its `use` has changed since",
                where=name,
                fix="Look again, and decide on what is there now.",
            )
        return spot, waits is not None

    def looked(self, spot: Spot, *, waits: bool = False) -> Looked:
        """The edge with what is known of it."""
        clip = self.folder.media.path(spot.clip, spot.suffix)
        return Looked(
            spot=spot,
            clip=clip,
            choice=look_at(self.gates, clip, spot),
            decision=self.gates.decision(self.film, spot),
            waits=waits,
        )

    def _unasked(self, shot: Shot, edge: str) -> Spot:
        """An edge that nothing waits for: of the latest take."""
        take = self._footage(shot) if shot.clip else self.ledger.latest(self.film, shot.id)
        if take is None:
            raise MatchcutError(
                Code.NOTHING_TO_RESOLVE,
                "there is no clip of it yet",
                where=f"{shot.id}.{edge}",
                fix="Rehearse or render the film first.",
            )
        times = frame_times(self.folder.media.path(take.clip, take.suffix)) if take.variable else ()
        kept = shown_frames(shot.use, take, times) or (0, take.frames - 1)
        return spot_of(take, edge, kept)

    def _footage(self, shot: Shot) -> Take:
        file = self.project.file(shot.clip or "")
        digest = self.folder.media.copy_in(file)
        kept = self.folder.media.path(digest, file.suffix.lower())
        return footage_take(shot.id, kept, digest)


@contextmanager
def _at_hand(project: Project) -> Iterator[_Hand]:
    with beside(project) as (folder, database):
        yield _Hand(project, folder, Ledger(database), Gates(database))


def _sheet(looked: Looked, found: tuple[Crop, ...]) -> bytes:
    spot = looked.spot
    located = [
        (f"{number}: {crop.place.kind.value}, frame {looked.frame}, 1:1", crop.pixels)
        for number, crop in enumerate(found, start=1)
    ]
    title = f"{spot.name}, take {spot.number}"
    return draw_window(looked.clip, looked.choice, taken=looked.frame, name=title, located=located)


def _taken_apart(project: Project, name: str) -> tuple[Shot, str]:
    shot, _, edge = name.rpartition(".")
    known = {one.id: one for one in project.film.shots}
    if edge not in (IN, OUT) or not shot:
        raise MatchcutError(
            Code.USAGE,
            f"`{name}` does not name an anchor",
            where=name,
            fix="Write the shot and its edge, as in `rooftop.out` or `street.in`.",
        )
    if shot not in known:
        near = nearest(shot, list(known))
        raise MatchcutError(
            Code.SHOT_UNKNOWN,
            f"the film has no shot `{shot}`",
            where=name,
            fix=f"Did you mean `{near}.{edge}`?" if near else "`matchcut plan` lists its shots.",
        )
    return known[shot], edge


def _refuse_loose(project: Project, shot: Shot, edge: str) -> None:
    film = project.film
    index = film.shots.index(shot)
    if edge == OUT and film.is_bridge(index) and not shot.clip:
        pinned = True
    elif edge == OUT:
        follows = index + 1 < len(film.shots) and film.join(index + 1) in (
            Join.MATCH,
            Join.CONTINUE,
        )
        after = film.shots[index + 1] if follows else None
        pinned = after is not None and not after.hero and not after.clip
    else:
        pinned = index > 0 and film.is_bridge(index - 1) and not film.shots[index - 1].clip
    if not pinned:
        raise MatchcutError(
            Code.NOTHING_TO_RESOLVE,
            "no shot is pinned to it, so there is nothing to decide",
            where=f"{shot.id}.{edge}",
            fix="`matchcut plan` shows what each shot starts and ends on; what a shot shows of "
            "its clip is its `use` in the film file.",
        )


def _counted(spot: Spot, frame: int) -> int:
    """The frame that was named: from 0, or inwards from the edge."""
    first, last = spot.kept
    inwards = frame if spot.edge == OUT else -frame
    chosen = frame if frame >= 0 else spot.pinned + inwards
    if first <= chosen <= last:
        return chosen
    raise MatchcutError(
        Code.USAGE,
        f"frame {chosen} is not among those that are shown of `{spot.shot}`",
        where=spot.name,
        fix=f"Name one from {first} to {last}.",
    )


def _moved(spot: Spot, frame: int) -> str:
    moved = abs(frame - spot.pinned)
    if not moved:
        return ""
    frames = f"{moved} frame{'' if moved == 1 else 's'}"
    return (
        f"; the shot ends {frames} earlier" if spot.edge == OUT else f"; it begins {frames} later"
    )


def _refuse_bridge(project: Project, spot: Spot) -> None:
    """A bridge ends where the hero after it begins, and nowhere else."""
    if _is_bridge(project, spot):
        raise MatchcutError(
            Code.USAGE,
            "a bridge's end is pinned to the shot after it, and is not moved",
            where=spot.name,
            fix="Approve it as it is, or reject the take and have another one made.",
        )


def _is_bridge(project: Project, spot: Spot) -> bool:
    film = project.film
    index = next(n for n, shot in enumerate(film.shots) if shot.id == spot.shot)
    return spot.edge == OUT and film.is_bridge(index) and not film.shots[index].clip


def _refuse_continued(project: Project, spot: Spot) -> None:
    """A shot that continues a clip is handed the clip, and would not see a still."""
    film = project.film
    index = next(n for n, shot in enumerate(film.shots) if shot.id == spot.shot) + 1
    if spot.edge == OUT and index < len(film.shots) and film.join(index) is Join.CONTINUE:
        raise MatchcutError(
            Code.USAGE,
            f"`{film.shots[index].id}` continues the clip itself, and takes no still",
            where=spot.name,
            fix="Step to another frame, or let that shot `join: match`.",
        )


def _refuse_shape(file: Path, still: tuple[int, ...], frame: tuple[int, ...]) -> None:
    own, wanted = still[1] / still[0], frame[1] / frame[0]
    if abs(own / wanted - 1) > _SAME_SHAPE:
        raise MatchcutError(
            Code.STILL_UNREADABLE,
            f"it is {still[1]}x{still[0]}, and the frame it is to stand for is "
            f"{frame[1]}x{frame[0]}: another shape",
            where=str(file),
            fix="Retouch the frame itself, as `matchcut show` writes it, and keep its size.",
        )

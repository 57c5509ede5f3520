"""An anchor found by its name, with all that is known of it, while no run is held up."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction

from matchcut.errors import Code, MatchcutError
from matchcut.film.types import Shot
from matchcut.findings import nearest
from matchcut.frames.clip import frame_times
from matchcut.plan.kept import Kept
from matchcut.plan.reference import hangs_on
from matchcut.plan.setup import set_up
from matchcut.project import Project
from matchcut.render.beside import beside
from matchcut.render.commands import resolve_command
from matchcut.render.database import Database
from matchcut.render.gates import Action, Decision, Gates, Spot
from matchcut.render.intake import FOOTAGE, footage_take, shown_frames
from matchcut.render.landings import Landings
from matchcut.render.ledger import Ledger, Take, TakeState
from matchcut.render.looked import Looked
from matchcut.render.pins import IN, OUT, look_at
from matchcut.render.providers.embedded import Rehearsal
from matchcut.render.work import spot_of
from matchcut.store.folder import StateFolder


class Hand:
    """A film's records, open."""

    def __init__(self, project: Project, folder: StateFolder, database: Database) -> None:
        self.project = project
        self.film = folder.key(project.path.name)
        self.folder = folder
        self.ledger = Ledger(database)
        self.gates = Gates(database)
        self._landings = Landings(database)
        self._setups = {setup.shot.id: setup for setup in set_up(project.film, {})}
        self._followers = {
            hangs_on(reference): setup
            for setup in self._setups.values()
            for reference in filter(None, (setup.start, setup.carried, setup.end))
        }

    def lands_on(self, spot: Spot) -> str:
        """Of the end of a bridge, which is pinned to the hero after it, that hero; else empty."""
        setup = self._setups[spot.shot]
        landing = hangs_on(setup.end) if setup.end and setup.bridge and spot.edge == OUT else None
        return landing[0] if landing else ""

    def continued_by(self, spot: Spot) -> str | None:
        """The shot that is handed the clip itself, and would not see a still; or None."""
        follower = self._followers.get((spot.shot, spot.edge))
        return follower.shot.id if follower and follower.carried else None

    def find(self, name: str, revision: str = "", *, loose: bool = False) -> tuple[Spot, bool]:
        """The edge of that name, and whether something waits for it.

        Args:
            name: As `rooftop.out`.
            revision: The one that was looked at; any, where it is empty.
            loose: True where it need not be one that a shot is pinned to.

        """
        shot, edge = _taken_apart(self.project, name)
        own_end = edge == OUT and self._setups[shot.id].bridge
        if not loose and not own_end and (shot.id, edge) not in self._followers:
            raise _loose(f"{shot.id}.{edge}")
        asked = [spot for spot in self.waiting() if (spot.shot, spot.edge) == (shot.id, edge)]
        there = asked or self._unasked(shot, edge, revision)
        known = {spot.revision: spot for spot in there}
        if revision and revision not in known:
            raise MatchcutError(
                Code.DECISION_STALE,
                f"revision {revision} is not what `{name}` is now ({', '.join(known)}): it is "
                "mistyped, or its clip or its `use` has changed since",
                where=name,
                fix="Look again, and decide on what is there now.",
            )
        if not revision and len(known) > 1:
            ways = ", ".join(f"{key} is by {spot.provider}" for key, spot in known.items())
            raise MatchcutError(
                Code.USAGE,
                f"there are several of `{name}`: {ways}",
                where=name,
                fix="Say which with `--revision`.",
            )
        return known[revision] if revision else there[0], bool(asked)

    def waiting(self) -> list[Spot]:
        """What waits for a person in the film as it is written now, the longest first."""
        shots = {shot.id: shot for shot in self.project.film.shots}
        return [
            spot
            for spot in self.gates.waiting(self.film)
            if spot.shot in shots and self._stands(spot, shots[spot.shot])
        ]

    def bounds(self, spot: Spot) -> Kept:
        """First and last frame that an edge may be stepped to: not beyond the other edge."""
        first, last = spot.kept
        other = replace(spot, edge=IN if spot.edge == OUT else OUT)
        decision = self.gates.decision(other)
        if decision is not None and decision.pin is not None:
            if spot.edge == OUT:
                first = max(first, decision.pin)
            else:
                last = min(last, decision.pin)
        return first, last

    def looked(self, spot: Spot, *, waits: bool = False) -> Looked:
        """The edge with what is known of it."""
        clip = self.folder.media.path(spot.clip, spot.suffix)
        decision = self.gates.decision(spot)
        lands_on = self.lands_on(spot)
        return Looked(
            spot=spot,
            clip=clip,
            choice=look_at(self.gates, clip, spot),
            decision=decision,
            waits=waits,
            ways=self._ways(spot),
            bounds=self.bounds(spot),
            still=self._still(spot, decision),
            lands_on=lands_on,
            landing=self._landings.of(spot.clip) if lands_on else None,
        )

    def lost(self, spot: Spot, frame: int) -> Fraction:
        """How long is not shown any more where an edge is moved to a frame, seconds."""
        times = frame_times(self.folder.media.path(spot.clip, spot.suffix))
        after = 1 if spot.edge == OUT else 0
        return abs(times[spot.pinned + after] - times[frame + after])

    def _ways(self, spot: Spot) -> tuple[Action, ...]:
        """What may be decided of an edge, for what it is and what hangs on it."""
        barred = set()
        if self.lands_on(spot):
            barred |= {Action.STEP, Action.REPLACE}
        if self.continued_by(spot):
            barred.add(Action.REPLACE)
        if spot.provider == FOOTAGE:
            barred.add(Action.REJECT)
        return tuple(action for action in Action if action not in barred)

    def _still(self, spot: Spot, decision: Decision | None) -> str:
        """The picture that is handed on in place of the frame, where one was put and is there."""
        if decision is None or not decision.still or self.continued_by(spot):
            return ""
        return decision.still if self.folder.media.has(decision.still, ".png") else ""

    def _unasked(self, shot: Shot, edge: str, revision: str) -> list[Spot]:
        """An edge that nothing waits for: of the takes that the film uses.

        Where it was rehearsed and rendered, what was paid for is meant, unless the other one's
        revision is given.
        """
        if shot.clip:
            take = self._footage(shot)
            return [spot_of(take, edge, self._kept(shot, take))]
        numbers = self.gates.used(self.film, shot.id)
        found = [self.ledger.take(self.film, shot.id, number) for number in numbers]
        takes = [one for one in found if one is not None]
        standing = [take for take, state in takes if state is not TakeState.REJECTED]
        if standing:
            spots = [spot_of(take, edge, self._kept(shot, take)) for take in standing]
            meant = [spot for spot in spots if spot.revision == revision]
            return meant or [min(spots, key=lambda spot: spot.provider == Rehearsal.name)]
        if takes:
            raise MatchcutError(
                Code.NOTHING_TO_RESOLVE,
                f"take {takes[-1][0].number} of it is rejected",
                where=f"{shot.id}.{edge}",
                fix="The next run makes another one. To take it after all: "
                f"{resolve_command(self.film, shot.id, '--accept', takes[-1][0].number)}.",
            )
        raise MatchcutError(
            Code.NOTHING_TO_RESOLVE,
            "there is no clip of it yet",
            where=f"{shot.id}.{edge}",
            fix="Rehearse or render the film first.",
        )

    def _kept(self, shot: Shot, take: Take) -> Kept:
        times = frame_times(self.folder.media.path(take.clip, take.suffix)) if take.variable else ()
        return shown_frames(shot.use, take, times) or (0, take.frames - 1)

    def _stands(self, spot: Spot, shot: Shot) -> bool:
        """False for a gate of a shot that has another `use`, clip or take by now."""
        if spot.provider == FOOTAGE:
            take = self._footage(shot) if shot.clip else None
        else:
            found = self.ledger.take(self.film, shot.id, spot.number)
            take = found[0] if found and found[1] is TakeState.DONE else None
        if take is None or take.clip != spot.clip:
            return False
        now = spot_of(take, spot.edge, self._kept(shot, take))
        return now.pinned == spot.pinned

    def _footage(self, shot: Shot) -> Take:
        file = self.project.file(shot.clip or "")
        digest = self.folder.media.copy_in(file)
        kept = self.folder.media.path(digest, file.suffix.lower())
        return footage_take(shot.id, kept, digest)


@contextmanager
def at_hand(project: Project) -> Iterator[Hand]:
    """Open a film's records beside a run that may be under way.

    Raises:
        MatchcutError: `resolve.nothing` where nothing of it was made yet.

    """
    with beside(project) as (folder, database):
        yield Hand(project, folder, database)


def frame_of(text: str, frames: int, name: str) -> int:
    """A frame as it is typed behind `@`.

    Args:
        text: Counted from 0; negative ones from the clip's end, as -1 is its last one.
        frames: How many the clip has.
        name: The whole that was typed, for the message.

    Raises:
        MatchcutError: `usage` where it is no frame of the clip.

    """
    try:
        number = int(text)
    except ValueError:
        number = frames
    frame = number if number >= 0 else frames + number
    if 0 <= frame < frames:
        return frame
    raise MatchcutError(
        Code.USAGE,
        f"`{name}` names no frame of the clip",
        where=name,
        fix=f"Its frames are 0 to {frames - 1}; as in `SHOT@12`, or `SHOT@-1` for the last one.",
    )


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


def _loose(name: str) -> MatchcutError:
    return MatchcutError(
        Code.NOTHING_TO_RESOLVE,
        "no shot is pinned to it, so there is nothing to decide",
        where=name,
        fix="`matchcut plan` shows what each shot starts and ends on; what a shot shows of its "
        "clip is its `use` in the film file.",
    )

"""What a person decides of an anchor: approve it, step it, replace it, or reject its take.

Nothing is made or sent by a decision; the next run acts on it. It is bound to the revision that was
looked at: the frame at the edge of that very clip.
"""

from pathlib import Path

from matchcut.errors import Code, MatchcutError
from matchcut.frames.clip import frame_at
from matchcut.frames.shape import fit
from matchcut.frames.still import pixel_hash, read_still, write_still
from matchcut.plan.kept import Kept
from matchcut.project import Project
from matchcut.render.commands import anchor_command
from matchcut.render.gates import Action, Decision, Spot
from matchcut.render.hand import Hand, at_hand, frame_of
from matchcut.render.intake import FOOTAGE
from matchcut.render.ledger import TakeState
from matchcut.render.looked import Looked
from matchcut.render.pins import OUT
from matchcut.render.providers.embedded import Rehearsal

_SAME_SHAPE = 0.01
"""Share by which a retouched still may be of another shape than the frame it stands for."""


def look(project: Project, name: str) -> Looked:
    """Look at an anchor, whether it waits for anybody or not.

    Args:
        project: The film.
        name: As `rooftop.out`.

    Raises:
        MatchcutError: `shot.unknown` where the film has no such shot; `usage` where it is no name
            of an anchor; `resolve.nothing` where there is no clip yet.

    """
    with at_hand(project) as hand:
        spot, waits = hand.find(name)
        return hand.looked(spot, waits=waits)


def waiting(project: Project) -> list[Looked]:
    """Every anchor that something waits for, the longest first."""
    with at_hand(project) as hand:
        return [hand.looked(spot, waits=True) for spot in hand.waiting()]


def is_rehearsed(project: Project, name: str, *, revision: str = "") -> bool:
    """Whether a decision would be on a rehearsal's take; of own footage, whether none is paid.

    Args:
        project: The film.
        name: As any of the decisions takes it.
        revision: The one that was looked at; any, where it is not given.

    Raises:
        MatchcutError: As `look`; `decision.stale` where it is not that revision any more.

    """
    with at_hand(project) as hand:
        spot, _ = hand.find(_whole(_at(name)[0]), revision, loose=True)
        makers = {spot.provider}
        if spot.provider == FOOTAGE:
            makers = {by for _, by in hand.gates.all_used(hand.film)}
        return makers <= {Rehearsal.name}


def approve(project: Project, name: str, *, revision: str = "") -> str:
    """Approve the frame that is pinned as things stand: `Looked.frame`.

    What a person has decided before, by `step` or `replace`, stays as it is.

    Args:
        project: The film.
        name: As `rooftop.out`.
        revision: The one that was looked at; any, where it is not given.

    Returns:
        What will happen, in a sentence.

    Raises:
        MatchcutError: As `look`; `decision.stale` where it is not that revision any more.

    """
    with at_hand(project) as hand:
        spot, _ = hand.find(name, revision)
        looked = hand.looked(spot)
        frame, decided = looked.frame, looked.decided
        if decided is not None and (decided.action is Action.STEP or looked.still):
            hand.gates.decide(hand.film, spot, decided)
            return _as_decided(hand.film, looked)
        hand.gates.decide(hand.film, spot, Decision(action=Action.APPROVE, frame=frame))
        return f"Frame {frame} of `{spot.shot}` is approved{_moved(hand, spot, frame)}."


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
    with at_hand(project) as hand:
        spot, _ = hand.find(name, revision)
        _refuse_bridge(hand, spot)
        choice = hand.looked(spot).choice
        named = choice.chosen if frame is None else frame
        chosen = _counted(spot, named, hand.bounds(spot))
        hand.gates.decide(hand.film, spot, Decision(action=Action.STEP, frame=chosen))
        doubt = choice.against(chosen)
        against = f"; the measures speak against it, for {doubt}" if doubt else ""
        return f"`{spot.name}` is frame {chosen} from now on{_moved(hand, spot, chosen)}{against}."


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
    with at_hand(project) as hand:
        spot, _ = hand.find(name, revision)
        _refuse_bridge(hand, spot)
        _refuse_continued(hand, spot)
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
        scaled = ""
        if retouched.shape != original.shape:
            own = f"{retouched.shape[1]}x{retouched.shape[0]}"
            scaled = f" It is {own}, and scaled to {width}x{height}."
        return f"`{spot.name}` is your picture from now on, in place of frame {frame}.{scaled}"


def reject(project: Project, name: str, why: str, *, revision: str = "") -> str:
    """Reject the take: the next run makes another one, and pays for it where it is paid.

    Args:
        project: The film.
        name: As `rooftop.out`, the shot alone, or `rooftop@41`: the frame of its clip at which a
            defect was found, counted from 0, negative ones from the clip's end.
        why: For whoever reads the record.
        revision: The one that was looked at; any, where it is not given.

    Returns:
        What will happen, in a sentence.

    Raises:
        MatchcutError: As `approve`; `usage` where the clip is own footage, or has no such frame.

    """
    with at_hand(project) as hand:
        shot, _, at = _at(name)
        spot, _ = hand.find(_whole(shot), revision, loose=True)
        if spot.provider == FOOTAGE:
            raise MatchcutError(
                Code.USAGE,
                "it is your own footage, and nobody can make another take of it",
                where=spot.name,
                fix="Step to another frame, replace it, or name another clip in the film.",
            )
        if not why.strip():
            raise MatchcutError(
                Code.USAGE, "no reason is given", where=name, fix="Say what is wrong with it."
            )
        flaw = frame_of(at, _frames(hand, spot), name) if at else None
        decision = Decision(action=Action.REJECT, frame=flaw, inputs=spot.inputs, why=why)
        hand.gates.decide(hand.film, spot, decision)
        hand.ledger.decide(hand.film, spot.shot, spot.number, TakeState.REJECTED)
        seen = "" if flaw is None else f" for what is at frame {flaw}"
        takes = hand.ledger.of_shot(hand.film, spot.shot)
        others = any(one.state is TakeState.DONE for one in takes)
        there = ", or goes on from one that `matchcut takes` lists" if others else ""
        return (
            f"Take {spot.number} of `{spot.shot}`, by {spot.provider}, is rejected{seen}; the next "
            f"run makes another one{there}."
        )


def _at(name: str) -> tuple[str, str, str]:
    """`rooftop@41` taken apart; a name without a frame is whole."""
    return name.rpartition("@") if "@" in name else (name, "", "")


def _whole(name: str) -> str:
    """An edge's name; a shot's own is its end."""
    return name if "." in name else f"{name}.{OUT}"


def _frames(hand: Hand, spot: Spot) -> int:
    found = hand.ledger.take(hand.film, spot.shot, spot.number)
    return found[0].frames if found else spot.kept[1] + 1


def _counted(spot: Spot, frame: int, bounds: Kept) -> int:
    """The frame that was named: from 0, or inwards from the edge."""
    first, last = bounds
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


def _as_decided(film: str, looked: Looked) -> str:
    """That what a person has pinned stands, and how to go back to what the measures propose."""
    name, proposed = looked.spot.name, looked.proposed
    pinned = f"frame {looked.frame}, as you stepped it"
    if looked.still:
        pinned = f"your picture, in place of frame {looked.frame}"
    elif looked.frame == proposed:
        return f"`{name}` stays {pinned}; the measures propose the same."
    back = anchor_command(film, Action.STEP, name, str(proposed))
    return f"`{name}` stays {pinned}. {back} goes back to the frame that the measures propose."


def _moved(hand: Hand, spot: Spot, frame: int) -> str:
    moved = abs(frame - spot.pinned)
    if not moved:
        return ""
    seconds = float(hand.lost(spot, frame))
    frames = f"{moved} frame{'' if moved == 1 else 's'} ({seconds:.2f} s)"
    return (
        f"; the shot ends {frames} earlier" if spot.edge == OUT else f"; it begins {frames} later"
    )


def _refuse_bridge(hand: Hand, spot: Spot) -> None:
    """A bridge ends where the hero after it begins, and nowhere else."""
    if hand.lands_on(spot):
        raise MatchcutError(
            Code.USAGE,
            "a bridge's end is pinned to the shot after it, and is not moved",
            where=spot.name,
            fix="Approve it as it is, or reject the take and have another one made.",
        )


def _refuse_continued(hand: Hand, spot: Spot) -> None:
    """A shot that continues a clip is handed the clip, and would not see a still."""
    follower = hand.continued_by(spot)
    if follower:
        raise MatchcutError(
            Code.USAGE,
            f"`{follower}` continues the clip itself, and takes no still",
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

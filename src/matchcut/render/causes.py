"""Why a take is not what would be made now, in words that name the frame, the take and the file."""

from collections.abc import Mapping
from dataclasses import dataclass

from matchcut.plan.reference import Kind, hangs_on, parse
from matchcut.plan.types import Expectation
from matchcut.render.archive import Sending
from matchcut.render.changes import Change, changes, in_words
from matchcut.render.ledger import TakeState
from matchcut.render.provenance import Origin, Provenance, TakeRow
from matchcut.render.work import KeptTake

_PINNED = {
    "start": "its start anchor",
    "end": "its end anchor",
    "continue": "the clip that it continues",
    "elements": "a picture of its cast",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What is known beside the take itself."""

    provenance: Provenance
    kept: Mapping[str, KeptTake]
    """Takes that are there for just what would be sent, by shot."""
    own: Mapping[str, str]
    """The user's files as they are: identity by reference."""


def causes(take: TakeRow, sending: Sending, around: Around) -> list[str]:
    """Why a take in use is not the one that would be made now.

    Args:
        take: The take in use.
        sending: What would be sent now.
        around: What it hangs on.

    Returns:
        Each cause as a clause, as `prompt changed`; never empty.

    """
    work, said = sending.work, []
    if take.state is TakeState.REJECTED:
        said.append(rejected(take))
    moved = take.endpoint != (work.endpoint or "")
    if moved:
        said.append(f"endpoint {take.endpoint} -> {work.endpoint}")
    for change in changes(
        take.arguments, sending.arguments, planned=work.arguments, roles=work.roles
    ):
        if moved and (change.before is None or change.now is None):
            continue  # another endpoint has other names
        if change.role == "seed" and take.state is TakeState.REJECTED:
            continue  # it follows from the rejection
        words = in_words(change)
        if change.role in _PINNED and (change.reference or _is_identity(change.before)):
            words = _pinned(change, around)
        if words not in said:
            said.append(words)
    if not said and not sending.inputs:
        return ["what it hangs on is to be made"]
    return said or [_otherwise(take, work.expectation)]


def rejected(take: TakeRow) -> str:
    """That a person has rejected it, where, and why."""
    at = "" if take.flaw is None else f" at frame {take.flaw}"
    why = f": {take.why}" if take.why else ""
    return f"take {take.number} was rejected{at}{why}"


def _otherwise(take: TakeRow, wanted: Expectation | None) -> str:
    """Nothing that was sent differs: it is what is expected, the generator, or the clip is lost."""
    if take.state is not TakeState.DONE:
        return f"take {take.number} is {take.state.value}"
    now = wanted.to_json() if wanted else {}
    before = take.expects or {}
    for key, name in (("frames", "frames"), ("fps", "frames a second"), ("width", "pixels wide")):
        if before.get(key) != now.get(key):
            return f"{before.get(key)} {name} -> {now.get(key)}"
    return f"the clip of take {take.number} is lost, or its maker is another version"


def _pinned(change: Change, around: Around) -> str:
    """Why a picture or clip that it hangs on is another one now."""
    name = _PINNED[change.role]
    before = around.provenance.origin(str(change.before)) if change.before else None
    source = hangs_on(change.reference) if change.reference else None
    if change.before is None:
        return f"{name} is new"
    if not change.reference:
        return f"{name} is gone"
    if source is None:
        return _picture(change, before, around)
    return _frame(name, before, source, around)


def _picture(change: Change, before: Origin | None, around: Around) -> str:
    """A picture of the user's own stands there now."""
    parsed = parse(change.reference)
    now = around.own.get(f"{Kind.STILL}://{parsed.name}", "")
    if before and before.clip:
        return f"{_PINNED[change.role]} is the still {parsed.name} now, and was a frame"
    earlier = f"sha256:{before.picture}" if before and before.picture else str(change.before)
    if earlier == now and now:
        return f"still {parsed.name} is fitted otherwise"
    other = around.provenance.name_of(before.picture) if before else ""
    if other and other != parsed.name:
        return f"still {other} -> {parsed.name}"
    return f"still {parsed.name} changed"


def _frame(name: str, before: Origin | None, source: tuple[str, str], around: Around) -> str:
    """A frame of another shot stands there now, or will once that is made."""
    shot, edge = source
    there = around.kept.get(shot)
    if before is None or not before.clip:
        return f"{name} is `{shot}.{edge}` now, and was a picture"
    was = around.provenance.of_clip(before.clip, shot)
    if there is None or there.take.clip != before.clip:
        return f"{name} came from {_other_take(was, shot, edge, there)}"
    frame = there.kept[1] if edge == "out" else there.kept[0]
    if before.frame != frame:
        return f"{name} moved from frame {before.frame} to {frame}"
    pin = there.pins.get(edge)
    if pin is not None and pin.still:
        return f"{name} is a person's picture now, in place of frame {frame}"
    if before.replaced:
        return f"{name} is frame {frame} itself again, and no person's picture"
    return f"{name} is the same frame with other tones, or of another shape"


def _other_take(was: TakeRow | None, shot: str, edge: str, there: KeptTake | None) -> str:
    """The take that a frame came from, and why it does not come from there any more."""
    old = "own footage" if was is None else f"{was.shot} take {was.number}"
    if was is not None and was.state is TakeState.REJECTED:
        return f"{old}, which was rejected"
    if there is None:
        return f"{old}, and `{shot}` is to be made"
    if was is not None and was.shot != shot:
        return f"{old}, and is `{shot}.{edge}` now"
    now = "another clip" if was is None else f"take {there.take.number}"
    return f"{old}, and `{shot}` has {now} now"


def _is_identity(value: object) -> bool:
    return isinstance(value, str) and value.startswith(("pixels:", "sha256:", "address:"))

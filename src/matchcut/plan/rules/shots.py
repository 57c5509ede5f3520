"""Rules on a shot by itself: its name, its endpoint, what is shown of it."""

from collections.abc import Iterator, Mapping
from fractions import Fraction

from matchcut.endpoints.contract import Contract, Role
from matchcut.film.types import Fit
from matchcut.findings import Finding, Severity, nearest
from matchcut.frames.facts import ClipInfo, StillInfo
from matchcut.plan.fitting import SAME_SHAPE, lost_share, policy
from matchcut.plan.kept import kept_frames
from matchcut.plan.rules.case import Case, listed


def id_twice(case: Case) -> Iterator[Finding]:
    """Two shots of one name would write the same files; some disks do not tell case apart."""
    seen: dict[str, int] = {}
    for setup in case.setups:
        first = seen.setdefault(setup.shot.id.lower(), setup.index)
        if first != setup.index:
            yield Finding(
                id="shot.id-twice",
                path=("shots", setup.index, "id"),
                message=f"`{setup.shot.id}` is already the name of shots[{first}]",
                fix="Give one of the two another name.",
            )


def no_endpoint(case: Case) -> Iterator[Finding]:
    """A shot that is to be generated needs somebody who generates it."""
    for setup in case.setups:
        if not setup.shot.clip and not setup.endpoint:
            yield Finding(
                id="endpoint.missing",
                path=("shots", setup.index, "endpoint"),
                message=f"shot `{setup.shot.id}` has no endpoint",
                fix="Give it an `endpoint`, or the film's `defaults` one.",
            )


def unknown_endpoint(case: Case) -> Iterator[Finding]:
    """An endpoint without a contract cannot be bound: its parameters would be guesses."""
    default_said = False
    for setup in case.setups:
        if not setup.endpoint or setup.contract:
            continue
        own = setup.shot.endpoint is not None
        if not own and default_said:
            continue
        default_said = default_said or not own
        yield Finding(
            id="endpoint.unknown",
            path=("shots", setup.index, "endpoint") if own else ("defaults", "endpoint"),
            message=f"there is no contract for the endpoint `{setup.endpoint}`",
            fix=_meant(setup.endpoint, case.contracts),
        )


def inferred_contract(case: Case) -> Iterator[Finding]:
    """What was guessed from names when a contract was imported, a person has not read yet."""
    said: set[str] = set()
    for setup in case.setups:
        contract = setup.contract
        if contract is None or not contract.inferred or contract.id in said:
            continue
        said.add(contract.id)
        yield Finding(
            id="contract.inferred",
            severity=Severity.INFO,
            path=("shots", setup.index, "endpoint"),
            message=f"the contract of {contract.name} was imported, and what its parameters are "
            f"for was inferred from their names ({', '.join(contract.inferred)})",
            fix=f"`matchcut endpoints show {contract.id}` says what; remove `inferred` from its "
            "file once you have looked.",
        )


def own_footage(case: Case) -> Iterator[Finding]:
    """Own footage is the take itself: nothing is generated, so nothing can be asked for."""
    asked = (
        *("start", "end", "endpoint", "duration", "resolution", "seed", "audio", "options"),
        *("prompt", "camera", "background"),
    )
    for setup in case.setups:
        if not setup.shot.clip:
            continue
        for key in asked:
            if key in setup.shot.model_fields_set:
                yield Finding(
                    id="clip.generates-nothing",
                    path=("shots", setup.index, key),
                    message=f"`{key}` has no meaning beside `clip`: the footage is shown as it is",
                    fix=f"Remove `{key}`, or `clip`; `use` says what is shown of the footage.",
                )


def use_outside(case: Case) -> Iterator[Finding]:
    """What is shown cannot be longer than what is there, and must be something."""
    for setup in case.setups:
        use, shot = setup.shot.use, setup.shot
        if use is None:
            continue
        footage = case.media.clips.get(shot.clip) if shot.clip else None
        length = footage.duration if footage else case.shots[setup.index].seconds
        path = ("shots", setup.index, "use")
        if length is not None and use[1] > length:
            longer = "" if shot.clip else ", or ask for a longer clip"
            yield Finding(
                id="use.outside",
                path=path,
                message=f"use ends at {use[1]} s and the clip has {float(length):g} s",
                fix=f"End it at {float(length):g} or earlier{longer}.",
            )
        elif footage and kept_frames(use, footage.rate, footage.frames) is None:
            yield Finding(
                id="use.no-frame",
                path=path,
                message=f"no frame of the footage begins between {use[0]} and {use[1]} s",
                fix=f"It has {float(footage.rate):g} frames a second: show at least one.",
            )


def sound_left_out(case: Case) -> Iterator[Finding]:
    """Films are silent for now; footage with sound loses it, and that is said."""
    for setup in case.setups:
        footage = case.media.clips.get(setup.shot.clip or "")
        if footage and footage.has_sound:
            yield Finding(
                id="clip.sound",
                severity=Severity.WARNING,
                path=("shots", setup.index, "clip"),
                message=f"the footage of `{setup.shot.id}` has sound, and the film will be silent",
                fix="Lay its sound in an editor: the time line refers to the whole clip.",
            )


def _meant(endpoint: str, known: Mapping[str, Contract]) -> str:
    meant = nearest(endpoint, known)
    first = f"Did you mean `{meant}`?" if meant else "`matchcut endpoints` lists those there are."
    return f"{first} `matchcut endpoints import {endpoint}` makes a contract for one that is new."


def sound_paid(case: Case) -> Iterator[Finding]:
    """Sound that is asked for is paid for, and the assembled film does not carry it yet."""
    asked = [
        setup
        for setup in case.setups
        if setup.audio and setup.contract and Role.AUDIO in setup.contract.roles
    ]
    if asked:
        own = asked[0].shot.audio
        yield Finding(
            id="audio.unheard",
            severity=Severity.WARNING,
            path=("shots", asked[0].index, "audio") if own else ("defaults", "audio"),
            message=f"{listed(asked)} ask for sound, and the film will be silent",
            fix="Leave `audio` out; or lay the sound in an editor: it stays in the clips, beside "
            "the time line.",
        )


def another_shape(case: Case) -> Iterator[Finding]:
    """Footage of another shape fills the canvas, and what does not fit is cut off."""
    for setup in case.setups:
        footage = case.media.clips.get(setup.shot.clip or "")
        if footage is None:
            continue
        side, lost = _lost(footage, case.film.canvas.aspect)
        if lost > SAME_SHAPE:
            yield Finding(
                id="clip.shape",
                severity=Severity.WARNING,
                path=("shots", setup.index, "clip"),
                message=f"it is {footage.width}x{footage.height}, and of another shape than the "
                f"canvas: {float(lost):.0%} of its {side} is cut off in the film",
                fix="Crop it yourself to what should be seen, or give the canvas its shape.",
            )


def fitted_still(case: Case) -> Iterator[Finding]:
    """A still of another shape than the canvas is cropped or padded before it is sent, as said."""
    for setup in case.setups:
        for key, written in (("start", setup.shot.start), ("end", setup.shot.end)):
            still = case.media.stills.get(written or "")
            if still is None:
                continue
            side, lost = _lost(still, case.film.canvas.aspect)
            if lost <= SAME_SHAPE:
                continue
            pads = policy(case.film, setup.index) is Fit.PAD
            ends = "left and right" if side == "width" else "above and below"
            bars = "above and below" if side == "width" else "left and right"
            yield Finding(
                id="still.shape",
                severity=Severity.WARNING if lost > _MUCH and not pads else Severity.INFO,
                path=("shots", setup.index, key),
                message=f"it is {still.width}x{still.height}, and of another shape than the "
                "canvas: it is sent "
                + (
                    f"whole, with black bars {bars} that take {float(lost):.0%} of the picture"
                    if pads
                    else f"without {float(lost):.0%} of its {side}, half of it {ends}"
                ),
                fix=f"Crop it yourself to what should be seen, or write `fit: "
                f"{Fit.CROP if pads else Fit.PAD}`.",
            )


def _lost(facts: ClipInfo | StillInfo, canvas: Fraction) -> tuple[str, Fraction]:
    """Which side is cut to bring a picture to the canvas's shape, and how much of it."""
    own = Fraction(facts.width, facts.height)
    return "height" if own < canvas else "width", lost_share(own, canvas)


def interlaced(case: Case) -> Iterator[Finding]:
    """Interlaced footage is shown as it is stored: whatever moves has combs."""
    for setup in case.setups:
        footage = case.media.clips.get(setup.shot.clip or "")
        if footage and footage.interlaced:
            yield Finding(
                id="clip.interlaced",
                severity=Severity.WARNING,
                path=("shots", setup.index, "clip"),
                message="it is interlaced: what moves in it has combs, and an anchor taken from it "
                "has them too",
                fix="Deinterlace it first, as with ffmpeg's `-vf bwdif`.",
            )


def variable_rate(case: Case) -> Iterator[Finding]:
    """Frames of uneven length are shown by time: some for longer than others."""
    for setup in case.setups:
        footage = case.media.clips.get(setup.shot.clip or "")
        if footage and footage.variable:
            yield Finding(
                id="clip.variable-rate",
                severity=Severity.INFO,
                path=("shots", setup.index, "clip"),
                message="its frames are not evenly spaced, as phones record; they are shown by "
                "their times",
                fix="Nothing is to be done; a constant rate moves more smoothly.",
            )


_MUCH = Fraction(1, 4)
"""Of a side: more is probably not what was meant."""

RULES = (
    id_twice,
    no_endpoint,
    unknown_endpoint,
    inferred_contract,
    own_footage,
    use_outside,
    sound_left_out,
    sound_paid,
    another_shape,
    fitted_still,
    variable_rate,
    interlaced,
)

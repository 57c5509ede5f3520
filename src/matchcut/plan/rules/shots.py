"""Rules on a shot by itself: its name, its endpoint, what is shown of it."""

from collections.abc import Iterator, Mapping

from matchcut.endpoints.contract import Contract
from matchcut.findings import Finding, Severity, nearest
from matchcut.plan.rules.case import Case


def id_twice(case: Case) -> Iterator[Finding]:
    """Two shots of one name would write the same files; some disks do not tell case apart."""
    seen: dict[str, int] = {}
    for setup in case.setups:
        first = seen.setdefault(setup.shot.id.lower(), setup.index)
        if first != setup.index:
            yield Finding(
                id="shot.id-twice",
                path=("shots", setup.index, "id"),
                message=f"`{setup.shot.id}` is already the name of shot {first + 1}",
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


def own_footage(case: Case) -> Iterator[Finding]:
    """Own footage is the take itself: nothing is generated, so nothing can be asked for."""
    asked = ("start", "end", "endpoint", "duration", "resolution", "seed", "audio", "options")
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
    """What is shown cannot be longer than what is there."""
    for setup in case.setups:
        use, shot = setup.shot.use, setup.shot
        if use is None:
            continue
        footage = case.media.clips.get(shot.clip) if shot.clip else None
        length = footage.duration if footage else setup.duration
        if length is not None and use[1] > length:
            yield Finding(
                id="use.outside",
                path=("shots", setup.index, "use"),
                message=f"use ends at {use[1]} s and the clip has {float(length):g} s",
                fix=f"End it at {float(length):g} or earlier, or ask for a longer clip.",
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
    listed = ", ".join(known)
    return f"Did you mean `{meant}`?" if meant else f"Known are {listed}."


RULES = (id_twice, no_endpoint, unknown_endpoint, own_footage, use_outside, sound_left_out)

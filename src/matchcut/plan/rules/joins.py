"""Rules on how shots meet: what each join allows, and where heroes and bridges can stand."""

from collections.abc import Iterator
from decimal import Decimal

from matchcut.film.types import Join
from matchcut.findings import Finding, Severity
from matchcut.plan.kept import kept_frames
from matchcut.plan.rules.case import Case
from matchcut.plan.setup import Setup
from matchcut.plan.types import Expectation


def first_shot(case: Case) -> Iterator[Finding]:
    """Nothing stands before the first shot that it could meet."""
    if case.film.shots and case.film.join(0) is not Join.CUT:
        yield Finding(
            id="join.first-shot",
            path=("shots", 0, "join"),
            message=f"the first shot cannot {case.film.join(0).value}: there is no shot before it",
            fix="Remove `join`; the first shot is a cut.",
        )


def adjacent_heroes(case: Case) -> Iterator[Finding]:
    """Both are rendered first, each from its own start; nothing between them can be fitted."""
    for setup in case.setups[1:]:
        before = case.film.shots[setup.index - 1]
        if setup.shot.hero and setup.join is Join.MATCH and before.hero:
            yield Finding(
                id="hero.adjacent",
                path=("shots", setup.index, "hero"),
                message=f"the heroes `{before.id}` and `{setup.shot.id}` stand side by side and "
                "are to match: both are rendered first, so neither can take the other's frame",
                fix="Put a shot between them as a bridge, write `join: cut`, or let one of them "
                "not be a hero.",
            )


def hero_continues(case: Case) -> Iterator[Finding]:
    """A hero is rendered before the clip that it would go on from."""
    for setup in case.setups:
        if setup.shot.hero and setup.join is Join.CONTINUE and setup.index:
            yield Finding(
                id="hero.continue",
                path=("shots", setup.index, "join"),
                message=f"`{setup.shot.id}` is a hero, rendered first, and cannot continue a clip "
                "that does not exist by then",
                fix="Write `join: cut` or `match`, or remove `hero`.",
            )


def start_on_join(case: Case) -> Iterator[Finding]:
    """A shot has one start; a join that gives it one leaves no room for another."""
    given = {
        Join.MATCH: "the out frame of the clip before",
        Join.CONTINUE: "the clip before",
        Join.STILL: "the `end` still of the shot before",
    }
    for setup in case.setups[1:]:
        shot = setup.shot
        if setup.join not in given or (shot.hero and setup.join is not Join.STILL):
            continue
        before = case.film.shots[setup.index - 1].id
        for key in ("start", "clip"):
            if getattr(shot, key):
                yield Finding(
                    id="start.on-join",
                    path=("shots", setup.index, key),
                    message=f"`{shot.id}` joins `{before}` by {setup.join.value}, so it starts on "
                    f"{given[setup.join]}, and `{key}` gives it a second start",
                    fix=f"Remove `{key}`, or write `join: cut`{_as_hero(case, setup)}.",
                )


def still_without_end(case: Case) -> Iterator[Finding]:
    """`join: still` needs the still."""
    for setup in case.setups[1:]:
        before = case.film.shots[setup.index - 1]
        if setup.join is Join.STILL and not before.end:
            yield Finding(
                id="still.no-end",
                path=("shots", setup.index, "join"),
                message=f"`{setup.shot.id}` is to start on the end still of `{before.id}`, which "
                "has none",
                fix=f"Give `{before.id}` an `end` picture, or join by `match`.",
            )


def end_misplaced(case: Case) -> Iterator[Finding]:
    """An end still stands where the next shot does not depend on the clip's own last frame."""
    for setup in case.setups:
        if not setup.shot.end or setup.index + 1 >= len(case.setups):
            continue
        after = case.setups[setup.index + 1]
        if after.join in (Join.MATCH, Join.CONTINUE):
            reason = (
                f"it is a bridge and ends on the first frame of the hero `{after.shot.id}`"
                if setup.bridge
                else f"`{after.shot.id}` goes on from its last frame by {after.join.value}"
            )
            yield Finding(
                id="end.misplaced",
                path=("shots", setup.index, "end"),
                message=f"`{setup.shot.id}` cannot have an end still: {reason}",
                fix=f"Remove `end`, or write `join: still` or `cut` on `{after.shot.id}`.",
            )


def bridge_of_footage(case: Case) -> Iterator[Finding]:
    """Footage cannot be made to land on a hero."""
    for setup in case.setups[:-1]:
        if setup.shot.clip and not setup.shot.hero and case.film.is_bridge(setup.index):
            after = case.film.shots[setup.index + 1]
            yield Finding(
                id="bridge.footage",
                path=("shots", setup.index + 1, "join"),
                message=f"`{after.id}` is a hero that matches, and the shot before it is footage, "
                "which cannot be made to land on it",
                fix=f"Put a shot between them, or write `join: cut` on `{after.id}`.",
            )


def use_trims_pinned(case: Case) -> Iterator[Finding]:
    """What is pinned must be shown: a trimmed anchor is a seam that does not match."""
    for setup in case.setups:
        use, shot = setup.shot.use, setup.shot
        if use is None or shot.clip:
            continue
        path = ("shots", setup.index, "use")
        if use[0] > 0 and not shot.hero and setup.join is not Join.CUT:
            yield Finding(
                id="use.trims-start",
                path=path,
                message=f"use leaves out the beginning of `{shot.id}`, where it joins the shot "
                f"before by {setup.join.value}",
                fix=f"Write `use: [0, {use[1]}]`, or `join: cut`.",
            )
        planned = case.shots[setup.index]
        if planned.expectation is None or not _trims_end(use, planned.expectation):
            continue
        after = case.film.shots[setup.index + 1].id if setup.index + 1 < len(case.setups) else ""
        if setup.bridge:
            yield Finding(
                id="bridge.use-trims-end",
                path=path,
                message=f"`{shot.id}` is a bridge: its last frame lands on `{after}`, and use "
                "leaves it out",
                fix=f"End use at {planned.seconds}, or remove it.",
            )
        elif setup.shot.end:
            yield Finding(
                id="use.trims-end",
                path=path,
                severity=Severity.WARNING,
                message=f"use leaves out the end of `{shot.id}`, which is pinned to an end still",
                fix=f"End use at {planned.seconds}, or remove `end`.",
            )


def _as_hero(case: Case, setup: Setup) -> str:
    """A third way out, where the shot can be a hero that the one before lands on."""
    shots, index = case.film.shots, setup.index
    beside = [shots[n] for n in (index - 1, index + 1) if 0 <= n < len(shots)]
    if setup.join is not Join.MATCH or any(shot.hero or shot.clip for shot in beside):
        return ""
    return ", or `hero: true` to render it first and let the shot before land on it"


def _trims_end(use: tuple[Decimal, Decimal], expected: Expectation) -> bool:
    kept = kept_frames(use, expected.rate, expected.frames)
    return kept is None or kept[1] < expected.frames - 1


RULES = (
    first_shot,
    adjacent_heroes,
    hero_continues,
    start_on_join,
    still_without_end,
    end_misplaced,
    bridge_of_footage,
    use_trims_pinned,
)

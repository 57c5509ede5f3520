"""Rules on words: prompts, names in braces, and defaults that an endpoint has no use for."""

from collections import Counter
from collections.abc import Iterator

from matchcut.endpoints.contract import Role
from matchcut.findings import Finding, Severity, nearest
from matchcut.plan.prompt import mentions, words
from matchcut.plan.rules.case import Case


def no_prompt(case: Case) -> Iterator[Finding]:
    """The middle of a clip follows the words; without any it follows chance."""
    for setup in case.setups:
        if not setup.shot.clip and not setup.shot.prompt:
            yield Finding(
                id="prompt.missing",
                path=("shots", setup.index, "prompt"),
                message=f"`{setup.shot.id}` has no prompt",
                fix="Say what happens in it.",
            )


def unknown_name(case: Case) -> Iterator[Finding]:
    """A name in braces that no cast member has would go to the model as it is written."""
    for setup in case.setups:
        if case.names[setup.index] <= case.film.cast.keys():
            continue
        for key, name in mentions(setup.shot):
            if name in case.film.cast:
                continue
            meant = nearest(name, case.film.cast)
            yield Finding(
                id="cast.unknown",
                path=("shots", setup.index, key),
                message=f"{{{name}}} is not in the cast",
                fix=f"Did you mean {{{meant}}}?"
                if meant
                else f"Add `{name}` to `cast`, or write {{{{{name}}}}} for the braces themselves.",
            )


def named_twice(case: Case) -> Iterator[Finding]:
    """A locked subject stands once in a prompt; said twice it reads as two people."""
    for setup in case.setups:
        if setup.contract is None or setup.contract.elements:
            continue
        braces = sum(text.count("{") for _, text in words(setup.shot))
        if braces <= len(case.names[setup.index]):
            continue
        counts = Counter(name for _, name in mentions(setup.shot) if name in case.film.cast)
        for name, count in counts.items():
            if count > 1:
                yield Finding(
                    id="cast.twice",
                    severity=Severity.WARNING,
                    path=("shots", setup.index, "prompt"),
                    message=f"{{{name}}} stands {count} times; the subject is said at the first, "
                    f"and the others become the bare name `{name}`",
                    fix="Write he, she or it the second time.",
                )


def asked_in_vain(case: Case) -> Iterator[Finding]:
    """A value written on a shot is meant; an endpoint without that parameter would ignore it."""
    ids = {"seed": "seed.none", "resolution": "resolution.none", "audio": "audio.none"}
    for setup in case.setups:
        if setup.contract is None:
            continue
        for role, key, without in _FOR_DEFAULTS:
            asked = getattr(setup.shot, key)
            if role in setup.contract.roles or asked is None or asked is False:
                continue
            yield Finding(
                id=ids[key],
                path=("shots", setup.index, key),
                message=f"{setup.contract.name} has no {key}: {without}",
                fix=f"Remove `{key}` from this shot.",
            )


def defaults_unused(case: Case) -> Iterator[Finding]:
    """Defaults apply where an endpoint has the parameter; where it has not, that is said once."""
    for role, key, without in _FOR_DEFAULTS:
        if getattr(case.film.defaults, key) in (None, False):
            continue
        names = [
            setup.contract.name
            for setup in case.setups
            if setup.contract
            and role not in setup.contract.roles
            and getattr(setup.shot, key) is None
        ]
        for name in dict.fromkeys(names):
            yield Finding(
                id="defaults.unused",
                severity=Severity.INFO,
                path=("defaults", key),
                message=f"{name} has no {key}: {without}",
                fix="Nothing is to be done.",
            )


_FOR_DEFAULTS = (
    (Role.SEED, "seed", "its results cannot be reproduced"),
    (Role.RESOLUTION, "resolution", "it chooses the size itself"),
    (Role.AUDIO, "audio", "its clips are silent"),
)

RULES = (no_prompt, unknown_name, named_twice, asked_in_vain, defaults_unused)

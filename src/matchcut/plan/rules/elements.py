"""Rules on recurring characters: pictures that are sent, and tags and names that go with them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

from matchcut.endpoints.contract import Role
from matchcut.film.types import CastMember, Shot
from matchcut.findings import Finding, Path, Severity
from matchcut.plan.prompt import words
from matchcut.plan.rules.case import Case, linked, listed

if TYPE_CHECKING:
    from matchcut.plan.setup import Setup


def tag_without_element(case: Case) -> Iterator[Finding]:
    """A tag that no element stands behind is noise to the model, and the character is missing."""
    tags = sorted({c.elements.tag for c in case.contracts.values() if c.elements})
    marks = {tag: _mark(tag) for tag in tags if "{n}" in tag}
    starts = tuple(tag.partition("{n}")[0] for tag in marks)
    look = [(("look", key), text or "") for key, text in case.film.look]
    in_look = any(start in text for start in starts for _, text in look)
    said: set[tuple[Path, str]] = set()
    for setup, shot in zip(case.setups, case.shots, strict=True):
        contract, request = setup.contract, shot.request
        if contract is None or not (in_look or _has(setup.shot, starts)):
            continue
        ours = contract.elements.tag if contract.elements else None
        wire = contract.roles.get(Role.ELEMENTS, "")
        count = len(request.arguments.get(wire, ())) if request else 0
        own = [(("shots", setup.index, key), text) for key, text in words(setup.shot)]
        for path, tag, found in _tags((*look, *own), marks):
            if tag == ours and 1 <= int(found.group(1)) <= count:
                continue
            if (path, found.group()) in said:
                continue
            said.add((path, found.group()))
            yield Finding(
                id="element.no-such",
                path=path,
                message=f"`{found.group()}` stands for nothing in `{setup.shot.id}`: "
                + (
                    f"{count} element{'' if count == 1 else 's'} will be sent"
                    if ours
                    else f"{contract.name} takes no elements"
                ),
                fix="Write {name} for a cast member: matchcut sends the pictures where the "
                "endpoint takes them, and puts the tag or the description.",
            )


def too_many_references(case: Case) -> Iterator[Finding]:
    """More pictures than an element takes are refused by the endpoint, after the upload."""
    longest = max((len(member.references) for member in case.film.cast.values()), default=0)
    said: set[tuple[str, str]] = set()
    for setup in case.setups:
        contract = setup.contract
        if contract is None or contract.elements is None:
            continue
        most = contract.elements.max_references
        if longest <= most:
            continue
        for name in sorted(case.names[setup.index] & case.film.cast.keys()):
            member = case.film.cast[name]
            many = len(member.references)
            if not member.frontal or many <= most or (name, contract.id) in said:
                continue
            said.add((name, contract.id))
            yield Finding(
                id="element.too-many-references",
                path=("cast", name, "references"),
                message=f"{{{name}}} has {many} references and {contract.name} takes {most}",
                fix=f"Keep the {most} that differ most from the frontal picture.",
            )


def references_unused(case: Case) -> Iterator[Finding]:
    """An element begins with a frontal picture; references alone are sent nowhere."""
    lone = {name for name, member in case.film.cast.items() if _lone(member)}
    for setup in case.setups if lone else ():
        if setup.contract is None or setup.contract.elements is None:
            continue
        for name in sorted(case.names[setup.index] & lone):
            lone.discard(name)
            yield Finding(
                id="element.no-frontal",
                severity=Severity.WARNING,
                path=("cast", name, "references"),
                message=f"the references of {{{name}}} are not sent: {setup.contract.name} takes "
                "them beside a frontal picture only",
                fix=f"Give {{{name}}} a `frontal`.",
            )


def never_named(case: Case) -> Iterator[Finding]:
    """An element is sent for whom the words name, so that no element goes without its tag."""
    unnamed = {name for name, member in case.film.cast.items() if member.frontal}
    takers = [s for s in case.setups if s.contract and s.contract.elements] if unnamed else []
    for setup in takers:
        unnamed -= case.names[setup.index]
    for name in sorted(unnamed) if takers else ():
        yield Finding(
            id="element.unnamed",
            severity=Severity.INFO,
            path=("cast", name, "frontal"),
            message=f"the pictures of {{{name}}} are not sent: none of the {len(takers)} shots on "
            f"endpoints that take elements names {{{name}}}",
            fix=f"Write {{{name}}} where the camera sees it; or nothing is to be done.",
        )


def left_out(case: Case) -> Iterator[Finding]:
    """A picture goes on with somebody whom the words have dropped, and the element with them."""
    dropped: dict[str, list[Setup]] = {}
    pictured = {name for name, member in case.film.cast.items() if member.frontal}
    for before, after in pairwise(case.setups) if pictured else ():
        if after.contract and after.contract.elements and linked(after):
            for name in sorted((case.names[before.index] - case.names[after.index]) & pictured):
                dropped.setdefault(name, []).append(after)
    for name, setups in dropped.items():
        yield Finding(
            id="element.left-out",
            severity=Severity.INFO,
            path=("shots", setups[0].index),
            message=f"{listed(setups)} {'goes' if len(setups) == 1 else 'go'} on from a shot with "
            f"{{{name}}} without naming {{{name}}}: the pictures are not sent",
            fix=f"Name {{{name}}} where the camera still sees it.",
        )


def bare_name(case: Case) -> Iterator[Finding]:
    """A name without braces is a word like any other: no picture or description goes with it."""
    names = {name: name.lower() for name in case.film.cast}
    for setup in case.setups if names else ():
        shot = setup.shot
        said = _said(shot)
        lowered = said.lower()
        for name, low in names.items():
            if low not in lowered or f"{{{name}}}" in said:
                continue
            word = re.compile(rf"(?<![\w{{-]){re.escape(low)}(?![\w}}-])")
            key = next((key for key, text in words(shot) if word.search(text.lower())), None)
            if key:
                yield Finding(
                    id="cast.bare",
                    severity=Severity.WARNING,
                    path=("shots", setup.index, key),
                    message=f"`{shot.id}` says {name} without braces: the description of "
                    f"{{{name}}} does not go with it",
                    fix=f"Write {{{name}}} the first time.",
                )


def _has(shot: Shot, starts: tuple[str, ...]) -> bool:
    said = _said(shot)
    return any(start in said for start in starts)


def _said(shot: Shot) -> str:
    return f"{shot.camera}\n{shot.background}\n{shot.prompt}"


def _mark(tag: str) -> re.Pattern[str]:
    return re.compile(re.escape(tag).replace(r"\{n\}", r"(\d{1,6})"))


def _tags(
    texts: Iterable[tuple[Path, str]], marks: Mapping[str, re.Pattern[str]]
) -> Iterator[tuple[Path, str, re.Match[str]]]:
    """Every tag that is written by hand: where, of which kind, as found."""
    for path, text in texts:
        for tag, mark in marks.items():
            for found in mark.finditer(text):
                yield path, tag, found


def _lone(member: CastMember) -> bool:
    return bool(member.references) and not member.frontal


RULES = (
    tag_without_element,
    too_many_references,
    references_unused,
    never_named,
    left_out,
    bare_name,
)

"""One link of a chain, without a film file: a clip, and the shot that goes on from its last frame.

It is a film of two shots all the same, written beside the clip for whoever wants to go on: so the
plan, the ledger and the limits are those of any film, and a link that was broken off goes on.
"""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

import matchcut.api as verbs
from matchcut.anchor import free, keep_still
from matchcut.assemble.survey import survey
from matchcut.edge import Choice, Side, Verdict, choose
from matchcut.errors import Code, MatchcutError
from matchcut.film.types import RATES
from matchcut.findings import FindingsError
from matchcut.frames.clip import frame_at, probe
from matchcut.frames.still import pixel_hash, write_still
from matchcut.inspect.copies import difference
from matchcut.inspect.seam import Seam
from matchcut.project import Project, load_text

if TYPE_CHECKING:
    from matchcut.plan.types import Plan
    from matchcut.render.events import Listener
    from matchcut.render.providers.protocol import Provider

_HEAD = "# Written by `matchcut next`; add shots to it to go on.\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was measured of the last frame. It does not see hands and faces: a person does."""

    still: Path
    """The frame itself, lossless."""
    frame: int
    """Counted from 0."""
    choice: Choice
    """How it stands among the clip's last frames."""

    @property
    def doubtful(self) -> bool:
        """True where it should not be gone on from unseen."""
        return self.choice.verdict is not Verdict.PASS


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A clip that is to be gone on from, and the plan for the shot that does."""

    clip: Path
    project: Project
    plan: "Plan"
    look: Look


@dataclass(frozen=True, slots=True, kw_only=True)
class NextShot:
    """The shot that goes on, and the seam between the two."""

    clip: Path
    """The new clip, beside the one it goes on from."""
    cost_usd: Decimal | None
    """As far as is known; None where it is not."""
    repeated: int
    """Frames at its head that show the last frame over again; leave them out at the cut."""
    step: float
    """How much the picture changes over the seam once they are left out, levels of 255."""
    seam: Seam
    """Everything that was measured there."""


def begin_link(
    clip: Path | str, *, endpoint: str, prompt: str, end: Path | str | None = None, **asked: Any
) -> Link:
    """Take a clip's last frame, look at it, and plan the shot that goes on from it.

    Args:
        clip: A clip.
        endpoint: Id of a hosted model.
        prompt: What happens.
        end: A still that the new shot is to end on.
        asked: Further keys of a shot, as `duration`, `resolution`, `seed`, `audio`, `options`.

    Returns:
        The link; nothing is sent or paid yet. A film file of two shots is written beside the clip,
        and the frame as a lossless still.

    Raises:
        FindingsError: What is asked for has mistakes.
        MatchcutError: The clip cannot be read.

    """
    source = Path(clip).resolve()
    if not source.is_file():
        raise MatchcutError(
            Code.FILE_MISSING, "there is no such clip", where=str(clip), fix="Look at its name."
        )
    film = _film(source, endpoint, prompt, Path(end).resolve() if end else None, asked)
    text = _HEAD + yaml.safe_dump(film, sort_keys=False, allow_unicode=True)
    place = _place(source, film)
    allowed = (Path(end).resolve().parent,) if end else ()
    project = load_text(text.encode(), place, allow=allowed)
    plan = verbs.plan(project)
    if not plan.renderable:
        raise FindingsError(plan.findings)
    if not place.exists():
        place.write_text(text, encoding="utf-8")
    return Link(clip=source, project=project, plan=plan, look=_look_at(source))


def finish_link(
    link: Link,
    provider: "Provider",
    on_event: "Listener | None" = None,
    *,
    out: Path | str | None = None,
    max_usd: Decimal | None = None,
    prices: Mapping[str, Decimal] | None = None,
) -> NextShot:
    """Have the shot made, once, and measure the seam.

    Args:
        link: From `begin_link`.
        provider: Who makes pixels.
        on_event: Called with each event while it works.
        out: Where to put the clip; beside the first one where it is not given.
        max_usd: What it may cost.
        prices: US dollars by shot (`next`), where you know more than the contract does.

    Returns:
        The new clip and what was measured of the seam.

    Raises:
        MatchcutError: As `render`; `folder.unwritable`, before anything is sent, where the clip
            cannot be put into its place.

    """
    if out is not None:
        _refuse_place(Path(out), link.clip)
    rendered = verbs.render(
        link.project, link.plan, provider, on_event, max_usd=max_usd, prices=prices
    )
    before, after = rendered.shots
    found = survey(link.project, link.plan.canvas, link.plan.shots, (before, after), _unknown)
    repeated, edges = found.copies[1][0], found.edges
    wanted = link.clip.with_name(f"{link.clip.stem}-next.mp4")
    place = Path(out) if out else free(wanted, lambda found: _same(found, after.clip))
    try:
        shutil.copyfile(after.clip, place)
    except OSError as error:
        raise MatchcutError(
            Code.FOLDER_UNWRITABLE,
            f"the clip is made, and cannot be put there: {error.strerror or error}",
            where=str(place),
            fix=f"It lies at {after.clip}; the same command puts it there once it can.",
        ) from error
    return NextShot(
        clip=place,
        cost_usd=after.cost_usd,
        repeated=repeated,
        step=difference(edges[0].last(0), edges[1].first(repeated)),
        seam=found.met[0].seam,
    )


def _unknown(_endpoint: str, _size: str) -> None:
    """A single link has learnt nothing yet."""


def _film(
    clip: Path, endpoint: str, prompt: str, end: Path | None, asked: Mapping[str, Any]
) -> dict[str, Any]:
    info = probe(clip)
    shot: dict[str, Any] = {"id": "next", "prompt": prompt, "endpoint": endpoint}
    if end is not None:
        inside = end.is_relative_to(clip.parent)
        shot["end"] = str(end.relative_to(clip.parent) if inside else end)
    shot |= {key: value for key, value in asked.items() if value is not None}
    return {
        "title": f"{clip.stem} next",
        "anchor": "auto",  # whoever runs it has just been shown the frame
        "canvas": {
            "width": info.width + info.width % 2,
            "height": info.height + info.height % 2,
            "fps": _rate(info.rate),
        },
        "shots": [{"id": "clip", "clip": clip.name}, shot],
    }


def _rate(own: Fraction) -> int | str:
    """The rate a canvas may have that shows every frame alike, or else the nearest."""
    even = [written for written, rate in RATES.items() if (rate / own).denominator == 1]
    return even[0] if even else min(RATES, key=lambda written: abs(RATES[written] - own))


def _place(clip: Path, film: Mapping[str, Any]) -> Path:
    """Where the film file of a link stands, or will stand.

    One that goes on with more shots, or was written on otherwise, is the same link: it was paid
    under that name.
    """
    wanted = clip.with_name(f"{clip.stem}.next.yaml")
    return free(wanted, lambda found: _begins_so(found, film))


def _begins_so(file: Path, film: Mapping[str, Any]) -> bool:
    try:
        known = yaml.safe_load(file.read_text(encoding="utf-8"))
        shots = known["shots"]
    except (OSError, ValueError, yaml.YAMLError, KeyError, TypeError):
        return False
    return bool(
        isinstance(shots, list)
        and shots[:2] == film["shots"]
        and known.get("canvas") == film["canvas"]
    )


def _refuse_place(place: Path, source: Path) -> None:
    """What would be written over, or cannot be written, is said before anything is paid."""
    whole = place.resolve()
    if whole == source or whole.exists():
        problem = "is the clip that is gone on from" if whole == source else "is there already"
    elif not whole.parent.is_dir() or not os.access(whole.parent, os.W_OK):
        problem = "lies in a folder that cannot be written to"
    else:
        return
    raise MatchcutError(
        Code.FOLDER_UNWRITABLE,
        f"{place} {problem}; nothing was sent",
        where=str(place),
        fix="Name another place.",
    )


def _same(one: Path, other: Path) -> bool:
    return one.stat().st_size == other.stat().st_size and one.read_bytes() == other.read_bytes()


def _look_at(clip: Path) -> Look:
    choice = choose(clip, Side.TAIL)
    last = frame_at(clip, choice.pinned)
    facts = {"matchcut:frame": str(last.index), "matchcut:pixels": pixel_hash(last.pixels)}
    data = write_still(last.pixels, facts)
    still = keep_still(data, clip.with_name(f"{clip.stem}.last.png"))
    return Look(still=still, frame=last.index, choice=choice)

"""An endpoint measured on purpose: a few short takes, through the same paid path as any film."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

import matchcut.api as verbs
from matchcut.endpoints.contract import Contract, Role
from matchcut.endpoints.offered import seconds, shape
from matchcut.errors import Code, MatchcutError
from matchcut.film.types import LARGEST_SIDE, SMALLEST_SIDE
from matchcut.findings import FindingsError, nearest
from matchcut.frames.clip import probe, read_frames, tail
from matchcut.frames.shape import fit
from matchcut.frames.still import read_still, write_still
from matchcut.frames.types import Pixels
from matchcut.inspect.copies import MOST, told_copies
from matchcut.inspect.lock import lock
from matchcut.inspect.target import target
from matchcut.project import Project, load_text
from matchcut.store.calibrations import (
    Calibration,
    Trial,
    calibrations_folder,
    keep_calibration,
    slug,
)
from matchcut.store.contracts import known
from matchcut.store.media import replace_file

if TYPE_CHECKING:
    from matchcut.plan.types import Plan, PlannedShot
    from matchcut.render.events import Listener
    from matchcut.render.providers.protocol import Provider
    from matchcut.render.rendered import Rendered, RenderedShot

_HEAD = "# Written by `matchcut calibrate`; its takes are kept, so that none is paid for twice.\n"
_PROMPT = "The camera moves slowly forward through the scene. Nothing else changes."
_LONGEST_SIDE = 1280
_SHAPE = Fraction(16, 9)
"""Of the built-in picture, wherever it is offered: what most films have."""
_NEARER = 0.05
"""Share of a side that is cut off at either end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trials:
    """The takes that are to be made."""

    endpoint: str
    project: Project
    plan: "Plan"
    start: Pixels
    end: Pixels


def begin_calibration(
    endpoint: str,
    start: Path | str | None = None,
    *,
    end: Path | str | None = None,
    resolution: str | None = None,
) -> Trials:
    """Plan the takes that measure an endpoint; nothing is sent or paid yet.

    Args:
        endpoint: Id of a hosted model.
        start: A picture like those that its shots will start on, with detail in it; a test target
            of a shape that the endpoint offers where it is not given.
        end: A picture to end on; the start picture a little nearer where it is not given, so that
            something moves and copies can be told.
        resolution: As the endpoint writes it; its own default, or the first offered, where not.

    Returns:
        One take of the shortest length, where the endpoint can do without an end picture; one with
        an end picture, where it takes one; and one with prompt expansion on, where it has that.
        They are a film in the user's settings folder.

    Raises:
        FindingsError: What is asked for has mistakes.
        MatchcutError: The endpoint is unknown or takes no start picture; a picture cannot be read.

    """
    contract = _contract(endpoint)
    folder = calibrations_folder()
    if folder is None:
        raise MatchcutError(
            Code.FOLDER_UNWRITABLE,
            "there is no folder for what is measured of endpoints",
            fix="Set MATCHCUT_HOME to a folder.",
        )
    first = _built_in(contract) if start is None else _even(read_still(Path(start)))
    last = _nearer(first) if end is None else _even(read_still(Path(end)))
    place = folder / slug(endpoint)
    film = _film(contract, first, resolution)
    text = _HEAD + yaml.safe_dump(film, sort_keys=False, allow_unicode=True)
    _write(place, text, {"start.png": first, "end.png": last})
    project = load_text(text.encode(), place / "film.yaml")
    plan = verbs.plan(project)
    if not plan.renderable:
        raise FindingsError(plan.findings)
    return Trials(endpoint=endpoint, project=project, plan=plan, start=first, end=last)


def finish_calibration(
    trials: Trials,
    provider: "Provider",
    on_event: "Listener | None" = None,
    *,
    max_usd: Decimal | None = None,
    prices: Mapping[str, Decimal] | None = None,
) -> tuple[Calibration, Path]:
    """Have the takes made, each sent once, measure them, and keep the record.

    A clip that is not what was asked for is measured all the same: that is what was to be found
    out.

    Args:
        trials: From `begin_calibration`.
        provider: Who makes pixels.
        on_event: Called with each event while it works.
        max_usd: What it may cost.
        prices: US dollars by shot, where you know more than the contract does.

    Returns:
        The endpoint's whole record, these takes in it, and the file that it was written to.

    Raises:
        MatchcutError: As `render`; `folder.unwritable` where the record cannot be written.

    """
    rendered = _rendered(trials, provider, on_event, max_usd, prices)
    today = datetime.now(UTC).date()
    measured = Calibration(
        endpoint=trials.endpoint,
        provider=rendered.provider,
        trials=tuple(
            _trial(trials, plan, shot, today)
            for plan, shot in zip(trials.plan.shots, rendered.shots, strict=True)
        ),
    )
    return keep_calibration(measured)


def _rendered(
    trials: Trials,
    provider: "Provider",
    on_event: "Listener | None",
    max_usd: Decimal | None,
    prices: Mapping[str, Decimal] | None,
) -> "Rendered":
    from matchcut.render.providers.protocol import Host  # noqa: PLC0415 - loads the engine
    from matchcut.render.rendered import RenderError  # noqa: PLC0415
    from matchcut.render.resolve import WayOn, resolve_shot  # noqa: PLC0415

    def render() -> "Rendered":
        return verbs.render(
            trials.project, trials.plan, provider, on_event, max_usd=max_usd, prices=prices
        )

    try:
        return render()
    except RenderError as error:
        odd = [one for one in error.failed.values() if one.code is Code.CLIP_UNEXPECTED]
        if len(odd) < len(error.failed) or not isinstance(provider, Host):
            # What is to be decided is said of a film that nobody has seen yet.
            for one in (error, *error.failed.values()):
                one.fix = f"{one.fix} The film is {trials.project.path}."
            raise
        for shot in error.failed:
            resolve_shot(trials.project, shot, WayOn.ACCEPT, provider)
    return render()


def _trial(trials: Trials, plan: "PlannedShot", shot: "RenderedShot", today: date) -> Trial:
    info = probe(shot.clip)
    head = [frame.pixels for frame in read_frames(shot.clip, 0, min(MOST + 3, info.frames))]
    last = [frame.pixels for frame in reversed(tail(shot.clip, MOST + 3))]
    start = fit(trials.start, info.width, info.height)
    end = fit(trials.end, info.width, info.height) if plan.end else None
    wanted = plan.expectation
    return Trial(
        name=plan.id,
        measured=today,
        clip=shot.take.clip,
        width=info.width,
        height=info.height,
        rate=info.rate,
        frames=info.frames,
        asked_rate=wanted.rate if wanted and wanted.rate_known else None,
        asked_frames=wanted.frames if wanted else info.frames,
        asked_size=f"{wanted.width}x{wanted.height}" if wanted and wanted.size_known else None,
        head=told_copies(start, head),
        tail=None if end is None else told_copies(end, last),
        lock=lock(head[0], start).to_json(),
        reach=None if end is None else lock(last[0], end).to_json(),
        cost_usd=None if shot.cost_usd is None else str(shot.cost_usd),
    )


def _contract(endpoint: str) -> Contract:
    contracts = known().contracts
    contract = contracts.get(endpoint)
    if contract is None:
        meant = nearest(endpoint, contracts)
        raise MatchcutError(
            Code.ENDPOINT_UNKNOWN,
            f"there is no contract of `{endpoint}`",
            where="matchcut calibrate",
            fix=f"Did you mean `{meant}`?"
            if meant
            else "`matchcut endpoints import` makes one of its document.",
        )
    if Role.START not in contract.roles:
        raise MatchcutError(
            Code.USAGE,
            f"{contract.name} takes no start picture, so nothing of it can be held against one",
            where="matchcut calibrate",
            fix="`matchcut endpoints --start` lists those that do.",
        )
    return contract


def _film(contract: Contract, start: Pixels, resolution: str | None) -> dict[str, Any]:
    height, width = start.shape[:2]
    shot: dict[str, Any] = {"start": "start.png", "prompt": _PROMPT, "camera": "slow push in"}
    landing = {**shot, "end": "end.png"}
    end = contract.parameter(Role.END)
    must_land = end is not None and end.required
    shots = [] if must_land else [{"id": "start", **shot}]
    if end is not None:
        shots.append({"id": "end", "join": "cut", **landing})
    wire = contract.roles.get(Role.EXPANSION)
    if wire:
        expanded = {**(landing if must_land else shot), "options": {wire: True}}
        shots.append({"id": "expanded", "join": "cut", **expanded})
    defaults: dict[str, Any] = {"endpoint": contract.id}
    length = _shortest(contract)
    if length is not None:
        whole = length == length.to_integral_value()
        defaults["duration"] = int(length) if whole else float(length)
    parameter = contract.parameter(Role.RESOLUTION)
    if parameter is not None:
        chosen = resolution or parameter.default or next(iter(parameter.values), None)
        defaults |= {} if chosen is None else {"resolution": str(chosen)}
    return {
        "title": f"Calibration of {contract.id}",
        "canvas": {"width": width, "height": height, "fps": 24},
        "defaults": defaults,
        "shots": shots,
    }


def _shortest(contract: Contract) -> Decimal | None:
    """The shortest clip that can be asked for, seconds; None where that is not stated."""
    parameter = contract.parameter(Role.DURATION)
    if parameter is None:
        return contract.output.seconds
    lengths = [length for length in map(seconds, parameter.values) if length is not None]
    return min(lengths, default=parameter.minimum or seconds(parameter.default))


def _built_in(contract: Contract) -> Pixels:
    """A test target of a shape that the endpoint takes."""
    aspect = shape(contract, _SHAPE)
    height = _LONGEST_SIDE / max(aspect, Fraction(1))
    return target(*_sides(float(aspect * height), float(height)))


def _even(pixels: Pixels) -> Pixels:
    """A picture of a size that a canvas can have, no larger than it need be."""
    height, width = pixels.shape[:2]
    scale = min(1.0, _LONGEST_SIDE / max(height, width))
    return fit(pixels, *_sides(width * scale, height * scale))


def _sides(width: float, height: float) -> tuple[int, int]:
    """The nearest sides that a canvas can have."""
    wide, tall = (
        min(max(round(side) // 2 * 2, SMALLEST_SIDE), LARGEST_SIDE) for side in (width, height)
    )
    return wide, tall


def _nearer(pixels: Pixels) -> Pixels:
    """The same picture as a camera sees it that has come a little nearer."""
    height, width = pixels.shape[:2]
    left, top = round(width * _NEARER), round(height * _NEARER)
    return fit(pixels[top : height - top, left : width - left], width, height)


def _write(place: Path, text: str, pictures: Mapping[str, Pixels]) -> None:
    try:
        place.mkdir(parents=True, exist_ok=True)
        files = {name: write_still(pixels, {}) for name, pixels in pictures.items()}
        for name, data in {**files, "film.yaml": text.encode()}.items():
            draft = place / f".{name}.draft"
            draft.write_bytes(data)
            replace_file(draft, place / name)
    except OSError as error:
        raise MatchcutError(
            Code.FOLDER_UNWRITABLE,
            f"the trials cannot be written: {error.strerror or error}",
            where=str(place),
            fix="Look at the permissions there and at the free space, or set MATCHCUT_HOME to "
            "another folder.",
        ) from error

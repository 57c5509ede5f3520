"""Clips for requests: what the rehearsal makes of them, of the size that was asked for."""

import asyncio
import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from hostile.check import addresses
from hostile.files import format_of
from hostile.grow import grow
from hostile.spoil import add_sound
from matchcut.endpoints.contract import Contract, Role
from matchcut.frames.clip import probe
from matchcut.frames.shape import fit
from matchcut.frames.still import inspect_still, read_still
from matchcut.frames.types import Pixels
from matchcut.plan.types import Expectation, Request
from matchcut.render.providers.embedded import Rehearsal
from matchcut.render.providers.protocol import Job
from matchcut.render.providers.rehearsal.generate import VERSION

_LARGE, _HUGE = 1280 * 720, 1920 * 1080
"""Pixels from which on a clip is made at half its size, and at a quarter, and scaled up: there may
be two processors."""
_CHOSEN_SECONDS = 5
"""The length of a clip where the endpoint chooses it."""
_USUAL_RATE = Fraction(24)
_USUAL_SHAPE = (1280, 720)
"""Of a clip that is made of words alone, where the request says nothing of it."""

Input = Mapping[str, Any]


class Studio:
    """Makes clips, each once: the same request, with the same bytes behind it, costs nothing again.

    Args:
        folder: Where clips and the files they are made of are kept; may be shared.

    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def make(
        self,
        contract: Contract,
        given: Input,
        fetch: Callable[[str], bytes | None],
        progress: Callable[[float], None],
    ) -> Path:
        """Make the clip of a request that was found good.

        Args:
            contract: Of the endpoint.
            given: The request.
            fetch: From an address to the bytes behind it.
            progress: Told the share that is done; may raise, and is then not told again.

        Returns:
            The clip.

        """
        files = {url: self.keep(fetch(url) or b"") for _, url in addresses(contract, given)}
        job = Job(
            shot="hosted",
            request=Request(endpoint=contract.id, arguments=given),
            roles={role.value: name for role, name in contract.roles.items()},
            expectation=expectation(contract, given, files),
            files=files,
        )
        # A caller that leaves sound out gets what the endpoint makes by itself.
        sound = argument(contract, given, Role.AUDIO) is True
        clip = self._folder / f"{_digest(job, sound=sound)}.mp4"
        if not clip.exists():
            with tempfile.TemporaryDirectory(dir=self._folder) as scratch:
                made = _make(job, Path(scratch), progress)
                if sound:
                    silent, made = made, made.with_name("sound.mp4")
                    add_sound(silent, made, float(probe(silent).duration))
                made.replace(clip)
        return clip

    def spoiled(self, clip: Path, spoils: list[Callable[[Path, Path], None]]) -> Path:
        """A copy of a clip with all that is to be wrong with it; the clip itself for nothing."""
        for number, spoil in enumerate(spoils):
            handle = tempfile.mkdtemp(dir=self._folder)
            worse = Path(handle) / f"{number}.mp4"
            spoil(clip, worse)
            clip = worse
        return clip

    def keep(self, data: bytes) -> Path:
        """The file with these bytes."""
        path = self._folder / f"{hashlib.sha256(data).hexdigest()}.{format_of(data)}"
        if not path.exists():
            with tempfile.NamedTemporaryFile(dir=self._folder, delete=False) as file:
                file.write(data)
            shutil.move(file.name, path)
        return path


def argument(contract: Contract, given: Input, role: Role) -> Any:
    """What is asked for in a role, or what the endpoint assumes; None where it has no such role."""
    name = contract.roles.get(role)
    return given.get(name, contract.parameters[name].default) if name else None


def seconds(contract: Contract, given: Input) -> Fraction:
    """How long the clip is to be."""
    text = str(argument(contract, given, Role.DURATION)).removesuffix("s")
    return Fraction(text) if text.isdigit() else Fraction(_CHOSEN_SECONDS)


def expectation(contract: Contract, given: Input, files: Mapping[str, Path]) -> Expectation:
    """The clip that the endpoint makes of a request.

    Args:
        contract: Of the endpoint.
        given: The request.
        files: What is behind its addresses.

    Returns:
        Its size, rate and frames. The short side is the resolution, the shape that of the aspect
        that is asked for, else of the picture it starts from; without a resolution the size is that
        picture's own.

    """
    rate = argument(contract, given, Role.FPS) or contract.output.rate or _USUAL_RATE
    width, height = _size(contract, given, files)
    return Expectation(
        width=width,
        height=height,
        rate=Fraction(rate),
        frames=max(int(seconds(contract, given) * Fraction(rate) + Fraction(1, 2)), 1),
    )


def _size(contract: Contract, given: Input, files: Mapping[str, Path]) -> tuple[int, int]:
    picture, asked = _picture(contract, given, files), _aspect(contract, given)
    short = _lines(str(argument(contract, given, Role.RESOLUTION)))
    if short is None:
        width, height = picture or asked or _USUAL_SHAPE
        return width // 2 * 2, height // 2 * 2
    width, height = asked or picture or _USUAL_SHAPE
    long = 2 * round(Fraction(short * max(width, height), 2 * min(width, height)))
    return (long, short) if width >= height else (short, long)


def _lines(resolution: str) -> int | None:
    """The short side that a resolution's name says, as 720p, 768P and 4k do."""
    number, unit = resolution[:-1], resolution[-1:].lower()
    if not number.isdigit() or unit not in ("p", "k"):
        return None
    return int(number) * (540 if unit == "k" else 1)


def _aspect(contract: Contract, given: Input) -> tuple[int, int] | None:
    across, colon, down = str(argument(contract, given, Role.ASPECT)).partition(":")
    if not colon:
        return None
    scale = Fraction(_USUAL_SHAPE[1], min(int(across), int(down)))
    return round(int(across) * scale), round(int(down) * scale)


def _picture(contract: Contract, given: Input, files: Mapping[str, Path]) -> tuple[int, int] | None:
    for role in (Role.START, Role.END, Role.CONTINUE):
        if url := given.get(contract.roles.get(role, "")):
            file = files[url]
            facts = probe(file) if role is Role.CONTINUE else inspect_still(file)
            return facts.width, facts.height
    return None


def _digest(job: Job, *, sound: bool) -> str:
    """What the pixels depend on: the roles that the generator reads, and the bytes behind them."""
    read = {
        role: job.files[value].name if isinstance(value, str) and value in job.files else value
        for role in ("prompt", "start", "end", "continue", "seed")
        if (value := job.role(role)) is not None
    }
    facts = [VERSION, read, job.expectation.to_json(), sound]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _make(job: Job, folder: Path, progress: Callable[[float], None]) -> Path:
    wanted = job.expectation
    small = _made_as(wanted)
    made = folder / "made.mp4"
    smaller = Job(
        shot=job.shot, request=job.request, roles=job.roles, expectation=small, files=job.files
    )
    asyncio.run(Rehearsal().make(smaller, made, progress))
    if small == wanted:
        return made
    grown = folder / "grown.mp4"
    grow(made, grown, (wanted.width, wanted.height), _pinned(job), wanted.rate)
    return grown


def _made_as(wanted: Expectation) -> Expectation:
    pixels = wanted.width * wanted.height
    if pixels <= _LARGE:
        return wanted
    part = 2 if pixels <= _HUGE else 4
    return Expectation(
        width=wanted.width // part // 2 * 2,
        height=wanted.height // part // 2 * 2,
        rate=wanted.rate,
        frames=wanted.frames,
    )


def _pinned(job: Job) -> dict[int, Pixels]:
    """What stands at the full size where a clip starts or ends on a picture."""
    wanted = job.expectation
    ends = {"end": wanted.frames - 1, "start": 0}
    if job.role("continue"):
        del ends["start"]
    return {
        index: fit(read_still(still), wanted.width, wanted.height)
        for role, index in ends.items()
        if (still := job.file(role)) is not None
    }

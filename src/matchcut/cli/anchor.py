"""`matchcut anchor`: the frame of a clip to go on from, for any video and with no film file."""

import argparse
import json
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matchcut.cli.common import near
from matchcut.cli.text import plain
from matchcut.errors import Code, Exit, MatchcutError

if TYPE_CHECKING:
    from matchcut.anchor import Anchor

NAME = "anchor"
_YEAR = 31_536_000


def add(verbs: Any) -> None:
    """Add the verb."""
    verb: argparse.ArgumentParser = verbs.add_parser(
        NAME,
        help="choose the frame of a clip to go on from, and write it as a lossless still",
        description="Look at a clip's last frames against the clip itself, and take the last one "
        "that is shown, or step back to one that is free of blur, flashes, ghosts and blocks. "
        "With `--at` or `--frame` the one that is named is judged, and taken whatever is said of "
        "it. Exit code 0: the last one (or the named one) passes; 10: another one is better, and "
        "taken where none was named; 11: a person must look.",
    )
    verb.add_argument("clip", help="a video, or a folder of them")
    where = verb.add_mutually_exclusive_group()
    where.add_argument(
        "--at",
        type=_seconds,
        metavar="SECONDS",
        help="take the frame shown at this time; below 0 from the end, as -0.3",
    )
    where.add_argument(
        "--frame", type=int, metavar="N", help="take this frame, from 0; below 0 from the end"
    )
    verb.add_argument("--head", action="store_true", help="look at the first frames instead")
    verb.add_argument(
        "--out", metavar="FILE", help="where to put the still or, for a folder, stills"
    )
    verb.add_argument(
        "--sheet", metavar="FILE.png", help="draw the window with scores and crops at full size"
    )
    verb.add_argument("--json", action="store_true", help="print JSON, one line a clip")
    verb.set_defaults(run=_run)


def _seconds(written: str) -> Fraction:
    """A number of seconds as it is written; nobody's clip lasts longer than a year."""
    try:
        value = Decimal(written)
    except InvalidOperation:
        value = Decimal("NaN")
    if not (value.is_finite() and abs(value) < _YEAR):
        raise argparse.ArgumentTypeError(f"`{written}` is no time in seconds")
    return Fraction(value.quantize(Decimal("1e-9")))


def _run(arguments: argparse.Namespace) -> int:
    from matchcut.anchor import clips_in, refuse_place  # noqa: PLC0415 - `--help` does without

    place = Path(arguments.clip)
    clips = clips_in(place)
    folder = place.is_dir()
    if folder and arguments.out is not None and not Path(arguments.out).is_dir():
        raise MatchcutError(
            Code.FOLDER_UNWRITABLE,
            "a folder of clips needs a folder for its stills, and there is none",
            where=arguments.out,
            fix="Make the folder first.",
        )
    if folder and arguments.sheet is not None:
        raise MatchcutError(
            Code.USAGE,
            "`--sheet` draws one clip, and a folder was named",
            where="matchcut anchor",
            fix="Name one clip.",
        )
    if arguments.sheet is not None:
        refuse_place(Path(arguments.sheet), option="--sheet")
    codes = [_one(clip, arguments, folder=folder) for clip in clips]
    return max(codes, key=_SEVERITY.index)


_SEVERITY = (Exit.DONE, Exit.STEP_BACK, Exit.NEEDS_PERSON, Exit.FINDINGS)
"""From the best to the worst; a clip that cannot be read is worse than a frame in doubt."""


def _one(clip: Path, arguments: argparse.Namespace, *, folder: bool) -> Exit:
    from matchcut.anchor import keep_still, take_anchor, window_sheet  # noqa: PLC0415
    from matchcut.edge import Side, Verdict  # noqa: PLC0415

    out = arguments.out
    try:
        anchor = take_anchor(
            clip,
            Side.HEAD if arguments.head else Side.TAIL,
            at=arguments.at,
            frame=arguments.frame,
            out=None if folder else out,
            folder=Path(out) if folder and out is not None else None,
        )
    except MatchcutError as error:
        if not folder or error.exit is not Exit.FINDINGS:
            raise
        _refused(clip, error, as_json=arguments.json)
        return Exit.FINDINGS
    sheet = None
    try:
        if arguments.sheet is not None:
            place = Path(arguments.sheet)
            sheet = keep_still(window_sheet(anchor), place, place, option="--sheet")
    finally:
        # What was found is said all the same where the sheet cannot be put down.
        _tell(anchor, sheet, as_json=arguments.json)
    return {
        Verdict.PASS: Exit.DONE,
        Verdict.STEP: Exit.STEP_BACK,
        Verdict.PERSON: Exit.NEEDS_PERSON,
    }[anchor.choice.verdict]


def _refused(clip: Path, error: MatchcutError, *, as_json: bool) -> None:
    if as_json:
        facts = {"clip": str(clip), "error": error.code.value, "message": error.message}
        print(json.dumps(facts, ensure_ascii=False))
        return
    print(f"{near(clip)}: {plain(error.message)}")


def _tell(anchor: "Anchor", sheet: Path | None, *, as_json: bool) -> None:
    choice = anchor.choice
    if as_json:
        facts = anchor.to_json() | ({"sheet": str(sheet)} if sheet is not None else {})
        print(json.dumps(facts, ensure_ascii=False))
        return
    print(f"{near(anchor.clip)}: {choice.frames} frames, the last one is {choice.frames - 1}")
    print(f"  {_judged(anchor)}")
    best, rest = choice.candidates[:3], choice.candidates[3:]
    for candidate in (*best, *(one for one in rest if one.frame == choice.pinned)):
        reasons = ", ".join(f"{one.measure} {one.score:.2f}" for one in candidate.reasons)
        score = f"{candidate.score:.2f}{reasons and f' ({reasons})'}"
        # Where a person must look and nothing speaks against a frame, nothing could be compared.
        known = reasons or choice.verdict != "person"
        print(f"  frame {candidate.frame}: {score if known else 'not measured'}")
    if choice.unmeasured:
        print(f"  not measured: {', '.join(choice.unmeasured)}")
    print(f"  {near(anchor.still)}. Open it: hands, face, hair edges.")
    if sheet is not None:
        print(f"  {near(sheet)}")


def _judged(anchor: "Anchor") -> str:
    choice = anchor.choice
    where = ""
    if choice.region is not None:
        left, top, wide, tall = (round(100 * part) for part in choice.region)
        where = f", at {left} to {left + wide} % across and {top} to {top + tall} % down"
    if choice.verdict == "pass":
        said = f"frame {choice.pinned} passes"
    elif choice.verdict == "step":
        said = f"frame {choice.pinned} stands out ({choice.decided_by}{where}): "
        said += f"step to frame {choice.chosen}"
    else:
        said = f"frame {choice.pinned} needs a person: {choice.decided_by}{where}"
        said += "" if choice.chosen == choice.pinned else f"; frame {choice.chosen} is the best"
    return said if anchor.frame == choice.chosen else f"{said}; frame {anchor.frame} is taken"

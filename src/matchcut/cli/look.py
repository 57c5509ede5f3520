"""`matchcut look`: where a person should look at a still closely, by detectors of their own."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matchcut.cli.common import near
from matchcut.cli.text import plain
from matchcut.errors import Code, MatchcutError

if TYPE_CHECKING:
    from matchcut.look.crops import Crop

NAME = "look"


def add(verbs: Any) -> None:
    """Add the verb."""
    verb: argparse.ArgumentParser = verbs.add_parser(
        NAME,
        help="find hands, faces and hair edges in a still, and cut them out at 1:1",
        description="Find hands, faces and hair edges in a still and cut them out pixel for pixel, "
        "so that you look there. Whether they are well formed is yours to say: no detector here "
        "can. The detectors are installed once, into an environment of their own.",
    )
    verb.add_argument("still", nargs="?", help="a PNG, JPEG or WebP picture")
    verb.add_argument(
        "--install",
        action="store_true",
        help="install the detectors for this user (about 130 MB are fetched, 400 MB on the disk)",
    )
    verb.add_argument("--crops", metavar="FOLDER", help="write the crops there, as PNG")
    verb.add_argument("--json", action="store_true", help="print JSON, for programs")
    verb.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    if not arguments.install and arguments.still is None:
        raise MatchcutError(
            Code.USAGE,
            "there is nothing to look at",
            where=f"matchcut {NAME}",
            fix="Name a still, as in `matchcut look STILL`, or `--install` the detectors.",
        )
    if arguments.install:
        _install(as_json=arguments.json)
    if arguments.still is not None:
        _look(Path(arguments.still), arguments.crops, as_json=arguments.json)
    return 0


def _install(*, as_json: bool) -> None:
    from matchcut.look.extra import extra_of  # noqa: PLC0415 - `--help` does without

    extra = extra_of()
    if extra is None:
        raise MatchcutError(
            Code.LOOK_NOT_INSTALLED,
            "there is no folder for the detectors",
            fix="Set MATCHCUT_HOME to a folder.",
        )
    extra.install()
    if as_json:
        print(json.dumps({"event": "installed", "folder": str(extra.folder)}))
    else:
        print(f"The detectors are in {plain(str(extra.folder))}; delete it to be rid of them.")


def _look(still: Path, folder: str | None, *, as_json: bool) -> None:
    from matchcut.frames.still import read_still  # noqa: PLC0415 - `--help` does without
    from matchcut.look.crops import crops  # noqa: PLC0415
    from matchcut.look.where import where_in  # noqa: PLC0415

    pixels = read_still(still)
    looked = where_in(pixels)
    if looked.places is None:
        raise MatchcutError(
            Code.LOOK_NOT_MEASURED,
            f"not measured: {looked.reason}",
            where=still.name,
            fix=looked.fix or "Look at the whole picture.",
        )
    cut = crops(pixels, looked.places)
    files = _write(Path(folder), still, cut) if folder else []
    if as_json:
        written = [str(file) for file in files]
        print(json.dumps({"event": "looked", **looked.to_json(), "crops": written}))
        return
    for place in looked.places:
        left, top, right, bottom = place.box
        print(f"{place.kind.value:5} {left},{top} to {right},{bottom}  {place.score:.2f}")
    if not looked.places:
        print("No hands, faces or hair edges were found.")
    for file in files:
        print(near(file.absolute()))


def _write(folder: Path, still: Path, cut: "tuple[Crop, ...]") -> list[Path]:
    from matchcut.frames.still import write_still  # noqa: PLC0415 - only where it is asked for

    files = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number, crop in enumerate(cut, start=1):
            file = folder / f"{still.stem}-{number:02}-{crop.place.kind.value}.png"
            box = ",".join(map(str, crop.box))
            file.write_bytes(
                write_still(crop.pixels, {"matchcut:still": still.name, "matchcut:box": box})
            )
            files.append(file)
    except OSError as error:
        raise MatchcutError(
            Code.FOLDER_UNWRITABLE,
            f"the crops cannot be written: {error.strerror or error}",
            where=str(folder),
            fix="Look at the folder's permissions and the free space.",
        ) from error
    return files

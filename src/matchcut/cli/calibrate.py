"""`matchcut calibrate`: what an endpoint really gives back, measured on a few short takes."""

import argparse
import json
from typing import TYPE_CHECKING, Any

from matchcut.cli.common import near, print_findings
from matchcut.cli.progress import listening
from matchcut.cli.shown import number, table
from matchcut.cli.spending import add_spending, allowed, prices_of, refuse_unmeant

if TYPE_CHECKING:
    from pathlib import Path

    from matchcut.store.calibrations import Calibration, Trial

NAME = "calibrate"

_COLUMNS = (
    ("take", False),
    ("measured", False),
    ("size", False),
    ("fps", True),
    ("asked", True),
    ("frames", True),
    ("asked", True),
    ("head", True),
    ("tail", True),
    ("lock dB", True),
    ("shift px", True),
    ("tone %", True),
    ("end dB", True),
    ("USD", True),
)


def add(verbs: Any) -> None:
    """Add the verb."""
    verb: argparse.ArgumentParser = verbs.add_parser(
        NAME,
        help="measure on a few paid takes what an endpoint really gives back",
        description="Have an endpoint make up to three of its shortest clips and measure them: "
        "rate and frames, how often anchors are repeated, how well they are held, and what happens "
        "to tones. The record is kept in your settings folder, each size beside the others. `plan` "
        "says what is in it; the cut leaves out as many copies as it says where a film's own clips "
        "cannot tell.",
    )
    verb.add_argument("endpoint", metavar="ID", help="a hosted model")
    verb.add_argument(
        "--start",
        metavar="STILL",
        help="a picture like those your shots start on (a test target with detail everywhere, "
        "unless you say)",
    )
    verb.add_argument(
        "--end",
        metavar="STILL",
        help="a picture to end on (the first one, a little nearer, unless you say)",
    )
    verb.add_argument("--resolution", help="as the endpoint writes it, for instance 720p")
    verb.add_argument(
        "--rehearse", action="store_true", help="try it with the embedded generator, free"
    )
    add_spending(verb)
    verb.add_argument("--json", action="store_true", help="print JSON, for programs")
    verb.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    import matchcut  # noqa: PLC0415 - `--help` does without
    from matchcut.calibrate import begin_calibration, finish_calibration  # noqa: PLC0415
    from matchcut.findings import FindingsError  # noqa: PLC0415

    try:
        trials = begin_calibration(
            arguments.endpoint,
            arguments.start,
            end=arguments.end,
            resolution=arguments.resolution,
        )
    except FindingsError as error:
        if arguments.json:
            found = [finding.to_json() for finding in error.findings]
            print(json.dumps({"event": "findings", "findings": found}))
        else:
            print_findings(error.findings)
        raise
    prices = prices_of(arguments.price)
    refuse_unmeant(prices, trials.plan)
    limit = None
    provider: Any = matchcut.Rehearsal()
    if not arguments.rehearse:
        provider = matchcut.Fal()
        quote = matchcut.quote(trials.project, trials.plan, provider, prices=prices)
        arguments.film = arguments.endpoint
        limit = allowed(quote, arguments, None)
    with listening(trials.plan, as_json=arguments.json, free=arguments.rehearse) as tell:
        known, file = finish_calibration(trials, provider, tell, max_usd=limit, prices=prices)
    _tell(known, file, as_json=arguments.json)
    return 0


def _tell(known: "Calibration", file: "Path", *, as_json: bool) -> None:
    if as_json:
        facts = {"event": "calibrated", "file": str(file), **known.to_json()}
        print(json.dumps(facts, ensure_ascii=False))
        return
    table(_COLUMNS, [_row(trial) for trial in known.trials])
    print(f"{known.endpoint} by {known.provider}: {near(file)}")


def _row(trial: "Trial") -> tuple[str, ...]:
    from matchcut.inspect.lock import Lock  # noqa: PLC0415 - loads numpy
    from matchcut.inspect.seam import tone  # noqa: PLC0415

    held = Lock.from_json(trial.lock) if trial.lock else None
    reach = Lock.from_json(trial.reach) if trial.reach else None
    changed = tone(held) if held else None
    shift = held.shift if held else None
    return (
        trial.name,
        trial.measured.isoformat(),
        trial.size,
        f"{float(trial.rate):g}",
        "-" if trial.asked_rate is None else f"{float(trial.asked_rate):g}",
        str(trial.frames),
        str(trial.asked_frames),
        number(trial.head, "d"),
        number(trial.tail, "d"),
        number(held.psnr if held else None, ".1f"),
        "-" if shift is None else f"{shift[0]:+.2f} {shift[1]:+.2f}",
        "-" if changed is None else " ".join(f"{part * 100:+.1f}" for part in changed),
        number(reach.psnr if reach else None, ".1f"),
        trial.cost_usd or "-",
    )

"""Ask the detectors, in a process of their own. Whatever it does, the answer is one or none."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

from matchcut.errors import MatchcutError
from matchcut.frames.still import read_still, write_still
from matchcut.frames.types import Pixels
from matchcut.look.extra import WORKER, Extra, extra_of
from matchcut.look.places import Places, not_measured, read_answer

INSTALL = "`matchcut look --install` makes their environment, once."
_LARGEST = 1 << 20
_KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "USERPROFILE")
"""What the worker is told of the user's environment: no key, and no proxy to go out by."""
SECONDS = 120.0


def where_to_look(still: Path, *, extra: Extra | None = None, seconds: float = SECONDS) -> Places:
    """Locate hands, faces and hair edges in a still. Whether they are well formed is not judged.

    Args:
        still: A picture that `read_still` reads.
        extra: The detectors' environment; the user's own where it is not given.
        seconds: How long to wait for them.

    Returns:
        What was found; not measured, with the reason, where the extra is not installed, where it
        fails, hangs or answers nonsense, and where the still cannot be read. Never an error.

    """
    try:
        return where_in(read_still(still), extra=extra, seconds=seconds)
    except MatchcutError as error:
        return not_measured(error.message, error.fix)


def where_in(pixels: Pixels, *, extra: Extra | None = None, seconds: float = SECONDS) -> Places:
    """The same in pixels that are at hand.

    Args:
        pixels: (height, width, 3) uint8 full-range R'G'B'.
        extra: The detectors' environment; the user's own where it is not given.
        seconds: How long to wait for them.

    """
    extra = extra or extra_of()
    if extra is None or not extra.ready:
        return not_measured("the detectors are not installed", INSTALL)
    # -I: nothing of the folder it is called in, or of the user's site, is imported.
    return ask((str(extra.python), "-I", str(WORKER)), pixels, seconds)


def ask(command: Sequence[str], pixels: Pixels, seconds: float) -> Places:
    """Run a detector on a picture.

    Args:
        command: What is run, with the path of the picture, a PNG, behind it.
        pixels: (height, width, 3) uint8 full-range R'G'B'.
        seconds: How long it may take; it and whatever it has started are ended then.

    Returns:
        What it found, or that it was not measured, and why.

    """
    try:
        with tempfile.TemporaryDirectory(prefix="matchcut-look-") as folder:
            still = Path(folder) / "still.png"
            still.write_bytes(write_still(pixels, {}))
            data, problem = _answer([*command, str(still)], seconds)
    except OSError as error:
        return not_measured(f"the detectors cannot be started ({error.strerror or error})", INSTALL)
    if problem:
        return not_measured(problem)
    height, width = pixels.shape[:2]
    return read_answer(data, (width, height))


def _answer(command: list[str], seconds: float) -> tuple[bytes, str]:
    """What a process prints, and what is wrong with it; empty where nothing is."""
    with subprocess.Popen(  # noqa: S603 - our own worker
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={name: os.environ[name] for name in _KEPT if name in os.environ},
        start_new_session=True,
    ) as process:
        late = threading.Event()
        timer = threading.Timer(seconds, _end, (process, late))
        timer.start()
        try:
            data = process.stdout.read(_LARGEST + 1) if process.stdout else b""
            if len(data) > _LARGEST:
                return b"", "the detector's answer is endless"
            process.wait()
        finally:
            timer.cancel()
            _end(process)
    if late.is_set():
        return b"", f"the detectors have not answered within {seconds:g} s"
    if process.returncode:
        return b"", f"the detectors failed (exit code {process.returncode})"
    return data, ""


def _end(process: subprocess.Popen[bytes], late: threading.Event | None = None) -> None:
    """End it, with whatever it has started and left behind."""
    if late is not None:
        late.set()
    if sys.platform == "win32":
        process.kill()
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):  # it has ended, and left nobody
        os.killpg(process.pid, signal.SIGKILL)

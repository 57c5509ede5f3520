"""Cut the stills of the examples out of the photographs they come from.

The photographs are by Aitzol Berasategi, CC BY 4.0, and ship in Debian's package
`lomiri-wallpapers-16.04`, version 20.04.0-2 (licence: its `copyright` file). To make the stills
again, on any machine with Debian's tools and without root:

    apt-get download lomiri-wallpapers-16.04=20.04.0-2
    dpkg-deb -x lomiri-wallpapers-16.04_20.04.0-2_all.deb photographs
    python scripts/example_stills.py photographs

With `--check` nothing is written: the stills that are there are compared with the recipe.
"""

import argparse
import hashlib
import io
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

EXAMPLES = Path(__file__).parent.parent / "examples"
CANVAS = (1280, 720)
PORTRAIT = (600, 600)
QUALITY = 92
TOLERANCE = 1.0  # levels of 255, mean: another JPEG library may round another way


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """A photograph of the package: its file name and the SHA-256 of its bytes."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Still:
    """One crop: where it goes, out of what, and its size in pixels.

    `box` is left, top, right, bottom in the photograph's pixels; right and bottom are outside.
    """

    file: str
    photo: Photo
    box: tuple[int, int, int, int]
    size: tuple[int, int]


PICOS = Photo(
    name="picosdeeuropa_by_Aitzol_Berasategi.jpg",
    sha256="414d0072b2f6f2c555deafeaef6e45c4fed6fa9ad26eba6560ca8803959cf97a",
)
SUNSET = Photo(
    name="sunset_by_Aitzol_Berasategi.jpg",
    sha256="474dab6a4b9f94dc76c29dfe30e9f5db4af0fd2e33fe5d695f8152b371efca18",
)
FRIENDS = Photo(
    name="friends_by_Aitzol_Berasategi.jpg",
    sha256="cc40e313c74e421edffe3403def413c16878ce14661cce7ec5915baeab35538d",
)
AITZGORRI = Photo(
    name="aitzgorri_by_Aitzol_Berasategi.jpg",
    sha256="66268e7b48f8854d36a28765fac6e23ec1aee251daa6da1f64715f201020ad36",
)
LIFE = Photo(
    name="life_by_Aitzol_Berasategi.jpg",
    sha256="4c119350ead80201fe256850c3d316309ddfb4bdf10b235ce982dcde0c667c05",
)

# trail and wall overlap, and so do summit and dial: a camera can travel from the one to the other.
STILLS = (
    Still(file="courier/art/trail.jpg", photo=PICOS, box=(0, 640, 2560, 2080), size=CANVAS),
    Still(file="courier/art/wall.jpg", photo=PICOS, box=(784, 440, 3088, 1736), size=CANVAS),
    Still(file="courier/art/summit.jpg", photo=SUNSET, box=(880, 500, 4272, 2408), size=CANVAS),
    Still(file="courier/art/dial.jpg", photo=SUNSET, box=(1552, 980, 4272, 2510), size=CANVAS),
    Still(file="courier/art/window.jpg", photo=FRIENDS, box=(0, 690, 2048, 1842), size=CANVAS),
    Still(file="courier/art/mara.jpg", photo=FRIENDS, box=(560, 670, 1160, 1270), size=PORTRAIT),
    Still(file="first/art/meadow.jpg", photo=AITZGORRI, box=(0, 160, 3088, 1897), size=CANVAS),
    Still(file="first/art/stream.jpg", photo=LIFE, box=(0, 160, 3088, 1897), size=CANVAS),
)


def find_photo(folder: Path, photo: Photo) -> Path:
    """Return the photograph's path below `folder`; exit where it is absent or another one."""
    path = next(folder.rglob(photo.name), None)
    if path is None:
        sys.exit(f"{photo.name} is not in {folder}: unpack the package there, as --help shows")
    if hashlib.sha256(path.read_bytes()).hexdigest() != photo.sha256:
        sys.exit(f"{path} is not the photograph that the stills were cut from: its SHA-256 differs")
    return path


def cut_still(path: Path, still: Still) -> Image.Image:
    """Return the still's crop of the photograph at `path`, RGB, scaled to its size."""
    with Image.open(path) as photograph:
        return photograph.convert("RGB").resize(still.size, Image.Resampling.LANCZOS, box=still.box)


def encode_still(picture: Image.Image) -> bytes:
    """Return a JPEG with full chroma and no metadata: an anchor keeps its colour edges."""
    stream = io.BytesIO()
    picture.save(stream, format="JPEG", quality=QUALITY, subsampling=0, optimize=True)
    return stream.getvalue()


def measure_difference(one: bytes, other: bytes) -> float:
    """Return the mean difference of two encoded pictures, in levels of 255; inf if sizes differ."""
    first, second = (
        np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), dtype=np.float32)
        for data in (one, other)
    )
    return float(np.abs(first - second).mean()) if first.shape == second.shape else float("inf")


def main() -> None:
    """Write or check every still."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("photographs", type=Path, help="folder that holds the unpacked package")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    arguments = parser.parse_args()
    wrong = 0
    for still in STILLS:
        target = EXAMPLES / still.file
        data = encode_still(cut_still(find_photo(arguments.photographs, still.photo), still))
        if arguments.check:
            difference = measure_difference(data, target.read_bytes())
            wrong += difference > TOLERANCE
            print(f"{still.file}: mean difference {difference:.2f}")
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
            print(f"{still.file}: {len(data)} bytes")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()

"""How two anchors belong together: the camera's transform between them, and what is left over.

Features give the camera, dense flow gives what the camera does not explain. Whether two anchors
show one scene is decided by how well the two pictures agree after both; the figures behind the
thresholds stand in docs/decisions/0004-rehearsal-pictures.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from threading import Lock

import cv2
import numpy as np
import numpy.typing as npt

from matchcut.frames.types import Pixels
from matchcut.render.providers.rehearsal import path
from matchcut.render.providers.rehearsal.fields import Grid, grid_of
from matchcut.render.providers.rehearsal.path import Matrix

LONG_SIDE = 640
"""Pixels of the longer side at which features and flow are found."""

_RATIO = 0.8  # D. Lowe, IJCV 60(2), 2004, section 7.1
_INLIERS = 16
_AGREEMENT = 0.5
_AGREEMENT_UNSEEN = 0.62
"""Asked where no feature backs the camera: unrelated pictures reach 0.42 by chance."""
_AGREEMENT_SURE = 0.75
"""So well agree only the right pictures by the right camera; no other is tried."""
_OVERLAP = 0.15
_ROUND_TRIP = 1.5
"""Pixels at `LONG_SIDE`: farther than that from home after going there and back is not motion."""

_RANSAC_REACH = 3.0
_RANSAC_TRIES = 5000

_ONE_AT_A_TIME = Lock()

Gray = npt.NDArray[np.uint8]
Plane = npt.NDArray[np.float32]
Flow = npt.NDArray[np.float32]
"""(h, w, 2), pixels to the right and down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """How the end anchor is reached from the start anchor.

    Both pictures are brought to the middle of the camera's path, where the flows stand.
    """

    matrix: Matrix
    """Points of the start to the same points of the end, in widths from the middle."""
    forward: Flow
    """(h, w, 2) at reduced scale: start to end, pixels of that scale, at the middle of the path."""
    backward: Flow
    """The same from end to start."""
    trust: Flow
    """(h, w), 1 where both pictures are seen and their flows agree, to 0."""
    seen: Plane
    """(h, w), 1 where both pictures are seen, else 0."""
    agreement: float
    """-1 to 1, mean local correlation of the two pictures where they overlap, after the flow."""
    overlap: float
    """0 to 1, part of the middle picture that both anchors cover."""
    inliers: int
    """Features that follow the camera's transform."""


def relate(start: Pixels, end: Pixels) -> Relation | None:
    """Find the best relation of two anchors of one size, or None where they share no scene."""
    best: Relation | None = None
    grid = reduced(start.shape[1], start.shape[0])
    pair = reduce(start, grid), reduce(end, grid)
    for matrix, inliers in _candidates(*pair, grid):
        found = _examine(pair, grid, matrix, inliers)
        if found is not None and (best is None or found.agreement > best.agreement + 0.02):
            best = found
        if best is not None and best.agreement >= _AGREEMENT_SURE:
            break
    return best if best is not None and same_scene(best) else None


def same_scene(relation: Relation) -> bool:
    """Judge whether two anchors show one scene, seen so that a camera can go from one to other."""
    asked = _AGREEMENT if relation.inliers >= _INLIERS else _AGREEMENT_UNSEEN
    return relation.overlap >= _OVERLAP and relation.agreement >= asked


def flow(start: Gray, end: Gray) -> Flow:
    """Return dense displacement (h, w, 2) in pixels from start to end, by DIS.

    The library cuts the picture into as many stripes as it has threads, and the stripes show in
    the result, so it is given one: the same pictures give the same flow on any machine's count.
    """
    with _ONE_AT_A_TIME:
        threads = cv2.getNumThreads()
        cv2.setNumThreads(1)
        try:
            finder = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
            result = np.zeros((*start.shape, 2), np.float32)
            return np.asarray(finder.calc(start, end, result), np.float32)
        finally:
            cv2.setNumThreads(threads)


def reduced(width: int, height: int) -> Grid:
    """Return the grid of the size at which pictures are compared."""
    scale = min(1.0, LONG_SIDE / max(width, height))
    small = max(16, round(width * scale)), max(16, round(height * scale))
    return grid_of(*small, tall=height / width)


def reduce(picture: Pixels, grid: Grid) -> Gray:
    """Make the grey picture that is compared."""
    gray = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    size = (grid.width, grid.height)
    return np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA), np.uint8)


def _candidates(start: Gray, end: Gray, grid: Grid) -> Iterator[tuple[Matrix, int]]:
    """Yield cameras worth a look: turn and zoom or full perspective, and none at all."""
    there, here = _matches(start, end)
    if len(there) >= _INLIERS:
        method, reach, tries = cv2.RANSAC, _RANSAC_REACH, _RANSAC_TRIES
        turn, mask = cv2.estimateAffinePartial2D(
            there, here, method=method, ransacReprojThreshold=reach, maxIters=tries
        )
        turning = followers_of(turn, mask)
        full, mask = cv2.findHomography(there, here, method, reach, maxIters=tries)
        seeing = followers_of(full, mask)
        to_pixels = grid.matrix()
        to_widths = np.linalg.inv(to_pixels)
        # Perspective has twice the freedom, so it must explain clearly more.
        if turning >= _INLIERS:
            yield to_widths @ np.vstack([turn, [0, 0, 1]]) @ to_pixels, turning
        if seeing >= max(_INLIERS, 1.1 * turning):
            yield to_widths @ full @ to_pixels, seeing
    yield np.eye(3), 0


def followers_of(matrix: npt.ArrayLike | None, mask: npt.ArrayLike) -> int:
    """Count the points that follow a transform; the library gives none where it finds none."""
    found = matrix is not None and np.shape(matrix)[0] > 0
    return int(np.sum(mask)) if found else 0


def _matches(start: Gray, end: Gray) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    finder = cv2.SIFT.create(nfeatures=2500, contrastThreshold=0.02)
    points, words = zip(
        *(finder.detectAndCompute(picture, None) for picture in (start, end)), strict=True
    )
    empty = np.zeros((0, 2), np.float32)
    if any(word is None or len(word) < 2 for word in words):  # noqa: PLR2004
        return empty, empty
    pairs = cv2.BFMatcher(cv2.NORM_L2).knnMatch(words[0], words[1], k=2)
    good = [first for first, second in pairs if first.distance < _RATIO * second.distance]
    there = [points[0][match.queryIdx].pt for match in good]
    here = [points[1][match.trainIdx].pt for match in good]
    return np.reshape(there, (-1, 2)).astype(np.float32), np.reshape(here, (-1, 2)).astype(
        np.float32
    )


def _sane(matrix: Matrix, aspect: float) -> bool:
    """Refuse what no camera does between two shots of a scene: mirrors, slivers, far leaps."""
    corners = np.array([[x, y * aspect] for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))]) / 2
    lifted = np.hstack([corners, np.ones((4, 1))]) @ matrix.T
    if lifted[:, 2].min() <= 0.4 * lifted[:, 2].max():
        return False
    moved = lifted[:, :2] / lifted[:, 2:]
    sides = np.roll(moved, -1, axis=0) - moved
    after = np.roll(sides, -1, axis=0)
    turns = sides[:, 0] * after[:, 1] - sides[:, 1] * after[:, 0]
    lengths = np.hypot(*sides.T) / np.array([1, aspect, 1, aspect])
    upright = np.degrees(np.arctan2(sides[0, 1], sides[0, 0]))
    return bool(
        turns.min() > 0
        and lengths.min() > 0.2  # noqa: PLR2004
        and lengths.max() < 5  # noqa: PLR2004
        and lengths.max() < 2 * lengths.min()
        and abs(upright) < 40  # noqa: PLR2004
    )


def _examine(pair: tuple[Gray, Gray], grid: Grid, matrix: Matrix, inliers: int) -> Relation | None:
    if not _sane(matrix, grid.tall):
        return None
    try:
        half = path.exp(path.log(matrix) / 2)
    except ValueError:
        return None
    start, seen_start = _warp(pair[0], grid, half)
    end, seen_end = _warp(pair[1], grid, np.asarray(np.linalg.inv(half), np.float64))
    seen = (seen_start > 0) & (seen_end > 0)
    forward, backward = flow(start, end), flow(end, start)
    there = grid.columns + forward[..., 0], grid.rows + forward[..., 1]
    home = cv2.remap(backward, *there, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    astray = np.hypot(*np.moveaxis(forward + home, 2, 0))
    matched = cv2.remap(end, *there, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    trust = np.where(seen, np.exp(-((astray / _ROUND_TRIP) ** 2)), 0).astype(np.float32)
    return Relation(
        matrix=matrix,
        forward=forward,
        backward=backward,
        trust=trust,
        seen=seen.astype(np.float32),
        agreement=_agreement(start, np.asarray(matched, np.uint8), seen),
        overlap=float(seen.mean()),
        inliers=inliers,
    )


def _warp(gray: Gray, grid: Grid, matrix: Matrix) -> tuple[Gray, Gray]:
    to_pixels = grid.matrix()
    to = to_pixels @ matrix @ np.linalg.inv(to_pixels)
    size = (grid.width, grid.height)
    moved = cv2.warpPerspective(gray, to, size, borderMode=cv2.BORDER_REPLICATE)
    seen = cv2.warpPerspective(np.full_like(gray, 255), to, size, flags=cv2.INTER_NEAREST)
    return np.asarray(moved, np.uint8), np.asarray(seen, np.uint8)


def _agreement(one: Gray, other: Gray, seen: npt.NDArray[np.bool_]) -> float:
    """Correlate two pictures locally, blind to light; weight by how much there is to see."""
    if not seen.any():
        return -1.0
    first, second = one.astype(np.float32), other.astype(np.float32)
    size = (0, 0)
    sigma = 5.0

    def mean(picture: Flow) -> Flow:
        return np.asarray(cv2.GaussianBlur(picture, size, sigma), np.float32)

    low, high = mean(first), mean(second)
    spread = (
        np.maximum(mean(first * first) - low * low, 0),
        np.maximum(mean(second * second) - high * high, 0),
    )
    noise = 4.0
    alike = (mean(first * second) - low * high) / np.sqrt((spread[0] + noise) * (spread[1] + noise))
    weight = np.sqrt(np.sqrt((spread[0] + noise) * (spread[1] + noise)))[seen]
    return float((alike[seen] * weight).sum() / weight.sum())

"""Steps along a camera's transform: real powers of a 3x3 matrix.

The powers of one matrix are a camera that moves at one speed: each step is the same transform, so
the field of speed on screen is the same in every frame. Interpolating the corners instead would
make a push-in grow faster towards its end.
"""

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]
"""(3, 3), maps homogeneous points (u, v, 1) in widths from the picture's middle."""

_CLOSE = 0.2
_TERMS = 24
_ROOTS = 40
_ACCURACY = 1e-12


def unit(matrix: Matrix) -> Matrix:
    """Scale a homogeneous matrix to determinant 1; the transform is the same.

    Raises:
        ValueError: The transform mirrors or collapses the picture.

    """
    volume = float(np.linalg.det(matrix)) if np.isfinite(matrix).all() else 0.0
    if volume <= 0:
        raise ValueError("a camera neither mirrors nor collapses a picture")
    return np.asarray(matrix / np.cbrt(volume), np.float64)


def log(matrix: Matrix) -> Matrix:
    """Return the generator of a transform: roots until it is close to 1, then the series.

    Inverse scaling and squaring, N. J. Higham, Functions of Matrices (SIAM 2008), section 11.5.

    Raises:
        ValueError: There is no real path, as for half a turn.

    """
    close = unit(matrix)
    halvings = 0
    while np.abs(close - np.eye(3)).max() > _CLOSE:
        close = _root(close)
        halvings += 1
        if halvings > _ROOTS:
            raise ValueError("no steady camera path leads there")
    rest, term, total = close - np.eye(3), np.eye(3), np.zeros((3, 3))
    for order in range(1, _TERMS + 1):
        term = term @ rest
        total += term * ((-1) ** (order + 1) / order)
    return total * 2.0**halvings


def exp(generator: Matrix) -> Matrix:
    """Return the transform of a generator: the series of a small part, then squarings."""
    size = float(np.abs(generator).max())
    doublings = max(0, int(np.ceil(np.log2(max(size, 1e-12) / _CLOSE))))
    part = generator / 2.0**doublings
    term, total = np.eye(3), np.eye(3)
    for order in range(1, _TERMS + 1):
        term = term @ part / order
        total = total + term
    for _ in range(doublings):
        total = total @ total
    return total


def _root(matrix: Matrix) -> Matrix:
    """Return the principal square root by Denman and Beavers' iteration (Higham, section 6.3)."""
    root, inverse = matrix, np.eye(3)
    accurate = _ACCURACY * max(1.0, float(np.abs(matrix).max()))
    for _ in range(_ROOTS):
        try:
            root, inverse = (
                (root + np.linalg.inv(inverse)) / 2,
                (inverse + np.linalg.inv(root)) / 2,
            )
        except np.linalg.LinAlgError as error:
            raise ValueError("no steady camera path leads there") from error
        if np.abs(root @ root - matrix).max() <= accurate:
            return root
    raise ValueError("no steady camera path leads there")

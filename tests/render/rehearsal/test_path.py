import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchcut.render.providers.rehearsal import path


@st.composite
def cameras(draw: st.DrawFn) -> np.ndarray:
    zoom = draw(st.floats(0.3, 3.0))
    turn = np.radians(draw(st.floats(-40, 40)))
    x, y, lean, nod = (draw(st.floats(-0.4, 0.4)) for _ in range(4))
    c, s = zoom * np.cos(turn), zoom * np.sin(turn)
    return np.array([[c, -s, x], [s, c, y], [lean / 2, nod / 2, 1.0]])


@given(cameras(), st.floats(0, 1))
def test_two_parts_of_a_path_are_the_path(matrix: np.ndarray, share: float) -> None:
    if np.linalg.det(matrix) < 0.05:
        return
    way = path.log(matrix)
    whole = path.exp(way * share) @ path.exp(way * (1 - share))
    assert np.allclose(whole, path.unit(matrix), atol=1e-7)


def test_a_shift_goes_half_the_way_in_half_the_time() -> None:
    shift = np.array([[1, 0, 0.3], [0, 1, -0.1], [0, 0, 1.0]])
    half = path.exp(path.log(shift) / 2)
    assert np.allclose(half, [[1, 0, 0.15], [0, 1, -0.05], [0, 0, 1]])


def test_a_zoom_multiplies() -> None:
    third = path.exp(path.log(np.diag([8.0, 8.0, 1.0])) / 3)
    assert third[0, 0] / third[2, 2] == pytest.approx(2)


@pytest.mark.parametrize(
    "matrix", [np.diag([-1.0, 1, 1]), np.diag([-1.0, -1, 1]), np.zeros((3, 3)), np.eye(3) * np.nan]
)
def test_what_no_camera_does_is_refused(matrix: np.ndarray) -> None:
    with pytest.raises(ValueError, match="camera"):
        path.log(matrix)

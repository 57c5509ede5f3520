"""Locates faces, hands and hair edges in one picture; runs in the environment of the extra.

`python -I worker.py PICTURE` prints one line of JSON: `{"version": 1, "width", "height", "places":
[{"kind": "face|hand|hair", "box": [left, top, right, bottom], "score"}]}`, boxes in pixels, the
right and lower bound not included; `--check` in place of a picture only tries the detectors. It
knows nothing of matchcut: they need another version of numpy than the core has. The models are
those that come in the wheel of mediapipe 0.10.21 (BlazeFace, palm and hand landmarks, selfie
segmentation); nothing is fetched.
"""

import json
import os
import sys
from typing import Any

_SCORE = 0.5
_FACE_SCORE = 0.6
"""What a detector must say at least of a hand, and of a face. What is found wrongly costs a crop,
what is missed a look: on 12 pictures true faces had 0.69 and more, most false ones below 0.6."""
_SMALLEST_TILE = 320
_TILE_SHARE = 2
"""Tiles are half as high as the picture: detectors see 128 to 256 pixels, and a hand in the
distance would be lost in a whole one."""
_SAME = 0.4
"""Boxes that overlap by more of their union are one."""
_HAND_ROOM = 0.25
_HEAD_UP, _HEAD_ASIDE = 0.8, 0.6
"""How far round a face its hair is looked for, in heights and widths of the face."""
_EDGE_ROOM = 0.08
_LEAST_EDGE = 40
"""Pixels of outline, of the head's box, that are an edge at all."""

Box = tuple[int, int, int, int]
Found = tuple[str, Box, float]


def main() -> None:
    """Read the picture that is named, and print what was found."""
    # What the libraries print is not part of the answer.
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    # A library of theirs keeps a list of fonts; it stays in this environment.
    os.environ["MPLCONFIGDIR"] = os.path.join(sys.prefix, "fonts")  # noqa: PTH118 - a text is wanted
    import cv2  # noqa: PLC0415 - after the output is out of its way

    if sys.argv[1] == "--check":
        import numpy as np  # noqa: PLC0415

        locate(np.zeros((64, 64, 3), np.uint8))  # every model is there and runs
        return
    picture = cv2.imread(sys.argv[1], cv2.IMREAD_COLOR)
    if picture is None:
        sys.exit("the picture cannot be read")
    height, width = picture.shape[:2]
    places = [
        {"kind": kind, "box": list(box), "score": round(score, 3)}
        for kind, box, score in locate(picture[:, :, ::-1].copy())
    ]
    found = {"version": 1, "width": width, "height": height, "places": places}
    answer.write(json.dumps(found) + "\n")
    answer.close()


def locate(picture: Any) -> list[Found]:
    """Everything that is found in (height, width, 3) R'G'B', the surest of each kind first."""
    from mediapipe import solutions  # noqa: PLC0415 - only the environment of the extra has it

    tiles = list(_tiles(picture))
    faces: list[Found] = []
    for model in (0, 1):  # near faces, and far ones
        with solutions.face_detection.FaceDetection(
            model_selection=model, min_detection_confidence=_FACE_SCORE
        ) as detector:
            faces += [face for tile in tiles for face in _faces(detector, *tile)]
    with solutions.hands.Hands(
        static_image_mode=True, max_num_hands=6, min_detection_confidence=_SCORE
    ) as detector:
        hands = [hand for tile in tiles for hand in _hands(detector, *tile)]
    kept = _apart(faces, picture)
    with solutions.selfie_segmentation.SelfieSegmentation(model_selection=0) as detector:
        hair = [edge for face in kept for edge in _hair(detector, picture, face)]
    return [*kept, *_apart(hands, picture), *hair]


def _tiles(picture: Any) -> Any:
    """The whole picture, and overlapping squares of it with where they lie."""
    height, width = picture.shape[:2]
    yield picture, 0, 0
    side = max(_SMALLEST_TILE, min(height, width) // _TILE_SHARE)
    if side >= min(height, width):
        return
    for top in _starts(height, side):
        for left in _starts(width, side):
            yield picture[top : top + side, left : left + side].copy(), left, top


def _starts(length: int, side: int) -> list[int]:
    """Where tiles begin that overlap by half, the last one at the end."""
    return sorted({*range(0, length - side, side // 2), length - side})


def _faces(detector: Any, tile: Any, left: int, top: int) -> list[Found]:
    height, width = tile.shape[:2]
    found = []
    for face in detector.process(tile).detections or ():
        if face.score[0] < _FACE_SCORE:  # the far model passes over what it is asked for
            continue
        box = face.location_data.relative_bounding_box
        x, y = left + box.xmin * width, top + box.ymin * height
        right, bottom = x + box.width * width, y + box.height * height
        found.append(("face", (round(x), round(y), round(right), round(bottom)), face.score[0]))
    return found


def _hands(detector: Any, tile: Any, left: int, top: int) -> list[Found]:
    height, width = tile.shape[:2]
    answer = detector.process(tile)
    found = []
    for points, side in zip(
        answer.multi_hand_landmarks or (), answer.multi_handedness or (), strict=False
    ):
        across = [left + point.x * width for point in points.landmark]
        down = [top + point.y * height for point in points.landmark]
        room = _HAND_ROOM * max(max(across) - min(across), max(down) - min(down)) / 2
        box = (min(across) - room, min(down) - room, max(across) + room, max(down) + room)
        score = side.classification[0].score
        found.append(("hand", tuple(round(edge) for edge in box), score))
    return found


def _hair(detector: Any, picture: Any, face: Found) -> list[Found]:
    """The person's outline round the head: where hair meets what is behind it."""
    import numpy as np  # noqa: PLC0415 - only the environment of the extra has this one

    _, (left, top, right, bottom), score = face
    aside, up = round(_HEAD_ASIDE * (right - left)), round(_HEAD_UP * (bottom - top))
    x, y, right, bottom = _inside((left - aside, top - up, right + aside, bottom), picture)
    # The net wants head and shoulders: it sees twice as far down.
    below = min(picture.shape[0], bottom + (bottom - y))
    part = np.ascontiguousarray(picture[y:below, x:right])
    person = detector.process(part).segmentation_mask[: bottom - y] > 0.5  # noqa: PLR2004 - its own middle
    edge = np.zeros_like(person)
    edge[:, 1:] |= person[:, 1:] != person[:, :-1]
    edge[1:] |= person[1:] != person[:-1]
    rows, columns = edge.nonzero()
    if len(rows) < _LEAST_EDGE:
        return []
    room = round(_EDGE_ROOM * max(right - x, bottom - y))
    box = (
        x + int(columns.min()) - room,
        y + int(rows.min()) - room,
        x + int(columns.max()) + 1 + room,
        y + int(rows.max()) + 1 + room,
    )
    return [("hair", _inside(box, picture), score)]


def _apart(found: list[Found], picture: Any) -> list[Found]:
    """Each thing once: of boxes that overlap the surest one."""
    kept: list[Found] = []
    for kind, box, score in sorted(found, key=lambda one: -one[2]):
        inside = _inside(box, picture)
        if _area(inside) > 0 and all(_overlap(inside, other) <= _SAME for _, other, _ in kept):
            kept.append((kind, inside, min(max(float(score), 0.0), 1.0)))
    return kept


def _inside(box: Any, picture: Any) -> Box:
    height, width = picture.shape[:2]
    left, top, right, bottom = box
    return max(0, left), max(0, top), min(width, right), min(height, bottom)


def _overlap(one: Box, other: Box) -> float:
    """What two boxes share, of what they cover together."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    if across <= 0 or down <= 0:
        return 0.0
    shared = across * down
    return shared / (_area(one) + _area(other) - shared)


def _area(box: Box) -> int:
    return max(box[2] - box[0], 0) * max(box[3] - box[1], 0)


if __name__ == "__main__":
    main()

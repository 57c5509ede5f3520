import pytest

from matchcut.render.providers.rehearsal.words import Camera, read_direction


@pytest.mark.parametrize(
    ("prompt", "moves"),
    [
        ("slow push in on her face", ["push in"]),
        ("the camera slowly pushes in toward the window", ["push in"]),
        ("push-in", ["push in"]),
        ("dolly in", ["push in"]),
        ("dolly forward through the hall", ["push in"]),
        ("a drone shot of the coast", ["push in"]),
        ("camera moves forward", ["push in"]),
        ("pull out to reveal the city", ["pull out"]),
        ("pulling back slowly", ["pull out"]),
        ("dolly out", ["pull out"]),
        ("zoom in", ["zoom in"]),
        ("zooming out", ["zoom out"]),
        ("pans left to the door", ["pan left"]),
        ("pan to the right", ["pan right"]),
        ("tilt up", ["tilt up"]),
        ("camera slowly tilts down", ["tilt down"]),
        ("camera pans up", ["tilt up"]),
        ("tracks left", ["track left"]),
        ("trucking right", ["track right"]),
        ("dolly left", ["track left"]),
        ("arc shot left", ["orbit left"]),
        ("orbiting to the right", ["orbit right"]),
        ("crane up over the roofs", ["crane up"]),
        ("camera cranes down", ["crane down"]),
        ("the camera rises", ["crane up"]),
        ("handheld", ["handheld"]),
        ("hand-held, pan right", ["handheld", "pan right"]),
        ("static shot", ["static"]),
        ("locked-off", ["static"]),
        ("the camera stays still", ["static"]),
        ("no camera movement, she pans left", ["static"]),
        ("without any camera motion", ["static"]),
        ("no zoom", ["static"]),
        ("not handheld, slow zoom out", ["zoom out"]),
        ("not static: pan left", ["pan left"]),
        ("push in, then pull out", ["push in"]),
        ("pan left while pushing in", ["pan left", "push in"]),
        ("PAN LEFT", ["pan left"]),
        ("", []),
        ("a courier crosses the rooftop", []),
        ("she pulls out a key", []),
        ("he pushes in the door", []),
        ("a frying pan on the left", []),
        ("the ship is in orbit", []),
        ("static electricity in her hair", []),
        ("she moves forward", []),
        ("a door slides left", []),
        ("he tilts his head up", []),
        ("train tracks in the rain", []),
    ],
)
def test_moves(prompt: str, moves: list[str]) -> None:
    assert list(read_direction(prompt, 0).moves) == moves


@pytest.mark.parametrize("prompt", ["tracking at shoulder height", "orbits her", "camera pans"])
def test_a_side_that_is_not_named_is_the_seeds(prompt: str) -> None:
    sides = {read_direction(prompt, seed).moves for seed in range(4)}
    assert len(sides) == 2
    assert all(len(side) == 1 for side in sides)


def test_pace() -> None:
    slow, usual, fast = (
        read_direction(words, 0).pace for words in ("slow pan left", "pan left", "fast pan left")
    )
    assert slow < usual < fast
    far = "a slow old man on the pier, seen from a distance by the keeper: pan left"
    assert read_direction(far, 0).pace == usual


@pytest.mark.parametrize("move", [m for m in Camera if m is not Camera.STATIC])
def test_every_move_answers_to_its_own_name(move: Camera) -> None:
    assert read_direction(f"wet roofs. Camera: {move}. She runs.", 0).moves == (move,)


@pytest.mark.parametrize("prompt", ["pan " * 4000, "push " * 4000 + "in", "no " * 9000, "(" * 9999])
def test_long_words_are_read_quickly(prompt: str) -> None:
    read_direction(prompt, 0)

"""Whatever goes wrong at fal: nothing is paid twice, nothing paid is lost, no film is wrong."""

import os
from pathlib import Path

import pytest

from hostile import Fault, HostileFal
from render.hosted import CASES, Case, Outcome, film_text, play, quick, render
from small import frame_hashes, write_film

# `make test` plays one fault of each kind, `make soak` and bench/faults.py all of them.
SHORT = frozenset(
    {
        *(Fault.NO_CONNECTION, Fault.DROP_AFTER_ACCEPT, Fault.DROP_BEFORE_READING),
        *(Fault.SLOW_ACCEPT, Fault.TOO_MANY_REQUESTS, Fault.BAD_GATEWAY_ACCEPTED),
        *(Fault.ANSWER_WITHOUT_ID, Fault.MODERATED_AT_SUBMIT, Fault.STATUS_WITHOUT_LOGS),
        *(Fault.ENDLESS_QUEUE, Fault.FAILED, Fault.MODERATED, Fault.RESULT_EXPIRED),
        *(Fault.WRONG_LENGTH, Fault.BLACK_CLIP, Fault.CUT_FILE, Fault.TRUNCATED_DOWNLOAD),
        *(Fault.GIANT_BODY, Fault.UPLOAD_TOKEN_EXPIRED),
    }
)
FIRST = {case.fault: case for case in reversed(CASES)}
PLAYED = [
    case
    for case in CASES
    if os.environ.get("MATCHCUT_FAULTS")
    or case.fault is Fault.DROP_AFTER_ACCEPT
    or (case.fault in SHORT and case is FIRST[case.fault])
]


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, clips: Path) -> dict[str, list[str]]:
    """The frames of each film that is played when nothing goes wrong."""
    import matchcut  # noqa: PLC0415

    frames = {}
    with pytest.MonkeyPatch.context() as patch:
        quick(patch)
        with HostileFal(tmp_path_factory.mktemp("fal"), cache=clips) as server:
            for name, value in server.environment.items():
                patch.setenv(name, value)
            for endpoint in sorted({case.endpoint for case in PLAYED}):
                film = write_film(tmp_path_factory.mktemp("film"), film_text(endpoint))
                outcome, rendered = render(film)
                assert outcome == "done"
                assert rendered is not None
                frames[endpoint] = frame_hashes(matchcut.assemble(rendered).film)
    return frames


def test_every_fault_has_a_case() -> None:
    assert {case.fault for case in CASES} == set(Fault)
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", PLAYED, ids=[case.name for case in PLAYED])
def test_a_fault(
    case: Case, fal: HostileFal, undisturbed: dict[str, list[str]], tmp_path: Path
) -> None:
    outcome = play(case, fal, tmp_path / "film")
    check(case, outcome)
    assert frame_hashes(outcome.film) == undisturbed[case.endpoint], "the film is another one"
    assert not fal.leaks
    assert not fal.fallback_uploads
    for file in tmp_path.joinpath("film").rglob("*"):
        if file.is_file():
            assert fal.key.encode() not in file.read_bytes(), file
            assert fal.key.partition(":")[2].encode() not in file.read_bytes(), file


def check(case: Case, outcome: Outcome) -> None:
    assert outcome.first == case.first
    assert outcome.second == "done"
    assert outcome.cut_made or case.times is None, (
        "what does not hang on a failed shot is made all the same"
    )
    assert outcome.accepted_first == case.accepted
    assert outcome.accepted == case.after
    assert outcome.takes_paid_twice == 0 or case.then == "resubmit"
    assert outcome.known

"""New takes between the takes that stand: what is made, what is kept, and what lapses."""

import json
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import matchcut
from brighter import brighter
from matchcut.cli.main import main
from matchcut.errors import Code, Exit, MatchcutError
from matchcut.frames.clip import frame_at
from matchcut.frames.encode import Quality, write_clip
from matchcut.plan.another import plan_another
from matchcut.render.decide import reject, step
from matchcut.render.providers.protocol import Job
from matchcut.render.providers.rehearsal.generate import generate
from matchcut.store.contracts import known
from render.chains import HEAD, KLING, chain, circled, clips_of, copied, rehearse, rolled
from small import write_film

if TYPE_CHECKING:
    from postgres import Postgres

SHIPPED = (
    Path(matchcut.__file__).parent / "endpoints" / "contracts" / "kling-v3-pro-image-to-video.toml"
)


@pytest.fixture(scope="module")
def four(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A chain of four, rehearsed."""
    film = write_film(tmp_path_factory.mktemp("four"), chain(4))
    rehearse(film)
    return film


def made_next(film: Path) -> tuple[str, ...]:
    return rehearse(film).made


def test_the_middle_of_ten_is_made_anew_and_nothing_else(tmp_path: Path) -> None:
    film = write_film(tmp_path, chain(10))
    before = clips_of(rehearse(film))
    rerolled = rolled(film, matchcut.Ask(shot="s5", prompt="she turns and walks on"))
    (take,) = rerolled.takes
    assert (rerolled.circled, take.take.number, take.stale) == (2, 2, {})
    assert take.before is not None
    assert take.after is not None
    assert take.before.flags == take.after.flags == ()
    assert take.after.reach is not None
    assert take.after.reach.psnr > 30

    again = rehearse(film)
    assert again.made == ()
    after = clips_of(again)
    assert [shot for shot in before if after[shot] != before[shot]] == ["s5"]
    assert [shot.id for shot in again.shots if shot.accepted] == ["s6"]

    assembled = matchcut.assemble(again)
    assert all(not shown.seam.flags for shown in assembled.shown if shown.seam)
    assert assembled.cut.frames == 72 * 10 - 9, "each seam shows its frame once"
    landed = assembled.shown[5].seam
    assert landed is not None
    assert landed.lands
    assert landed.lock is not None, "against the frame that it was made from"
    assert landed.lock.psnr > 34


def test_it_lands_on_the_first_frame_of_the_clip_behind_it(four: Path, tmp_path: Path) -> None:
    film = copied(four, tmp_path / "film")
    (take,) = rolled(film, matchcut.Ask(shot="s2")).takes
    behind = next(shot for shot in rehearse(film).shots if shot.id == "s3")
    landed, entered = frame_at(take.clip, -1).pixels, frame_at(behind.clip, 0).pixels
    assert abs(landed.astype(int) - entered).mean() < 2
    project = matchcut.load(film)
    logged = matchcut.list_takes(project, "s2")
    assert [one.circled for one in logged] == [False, True]
    assert set(logged[0].differs) == {"end_image_url"}


def test_several_takes_are_left_to_a_person(four: Path, tmp_path: Path) -> None:
    film = copied(four, tmp_path / "film")
    rerolled = rolled(film, matchcut.Ask(shot="s2", takes=2))
    assert [one.take.number for one in rerolled.takes] == [2, 3]
    assert rerolled.circled is None
    standing = rehearse(film)
    assert standing.made == ()
    assert standing.shots[1].take.number == 1, "what stood still stands"

    assert circled(film, "s2", 3).circled
    chosen = rehearse(film)
    assert chosen.made == ()
    assert chosen.shots[1].take.number == 3
    assert circled(film, "s2", 1).stale == {}, "and back: what it was made for is still there"
    assert not rehearse(film).shots[2].accepted


def test_one_of_several_is_circled_where_that_is_said(four: Path, tmp_path: Path) -> None:
    film = copied(four, tmp_path / "film")
    rerolled = rolled(film, matchcut.Ask(shot="s2", takes=2), circle=True)
    assert rerolled.circled == 2
    assert [one.circled for one in rerolled.takes] == [True, False]
    left = rolled(film, matchcut.Ask(shot="s2"), circle=False)
    assert left.circled is None
    assert left.takes[0].take.number == 4, "the same command again is another re-roll"
    assert rehearse(film).shots[1].take.number == 2


def test_the_last_shot_sends_what_the_film_does_and_stands_only_once_circled(
    four: Path, tmp_path: Path
) -> None:
    film = copied(four, tmp_path / "film")
    rerolled = rolled(film, matchcut.Ask(shot="s4"), circle=False)
    (take,) = rerolled.takes
    first = next(shot for shot in rehearse(film).shots if shot.id == "s4").take
    assert take.take.inputs == first.inputs
    assert (first.number, take.take.number) == (1, 2)
    assert take.after is None
    assert take.take.clip != first.clip, "another draw"


def test_the_hero_is_made_anew_from_its_own_picture(four: Path, tmp_path: Path) -> None:
    film = copied(four, tmp_path / "film")
    rerolled = rolled(film, matchcut.Ask(shot="s1", prompt="she strolls"))
    assert rerolled.circled == 2
    assert rerolled.takes[0].before is None
    assert made_next(film) == ()


def test_a_rejected_take_stands_no_more(four: Path, tmp_path: Path) -> None:
    film = copied(four, tmp_path / "film")
    rolled(film, matchcut.Ask(shot="s2"))
    assert rehearse(film).shots[1].take.number == 2
    reject(matchcut.load(film), "s2", "she blinks")
    again = rehearse(film)
    assert again.made == ()
    assert again.shots[1].take.number == 1, "the one before it, and all that was made from it"


def test_a_circle_lapses_once_the_film_asks_for_something_else(four: Path, tmp_path: Path) -> None:
    film = copied(four, tmp_path / "film")
    rolled(film, matchcut.Ask(shot="s2", prompt="she turns"))
    text = film.read_text("utf-8")
    film.write_text(text.replace("walks on 4", "walks home"), encoding="utf-8")
    assert made_next(film) == ("s4",), "the seam that was accepted stays accepted"
    film.write_text(text.replace("walks on 2", "walks back"), encoding="utf-8")
    assert made_next(film) == ("s2", "s3", "s4"), "what is made anew is gone on from"
    film.write_text(text, encoding="utf-8")
    assert made_next(film) == ()
    assert rehearse(film).shots[1].take.number == 2, "and what the film says again stands again"


def test_a_seam_is_accepted_for_just_these_two_ends(four: Path, tmp_path: Path) -> None:
    film = copied(four, tmp_path / "film")
    rolled(film, matchcut.Ask(shot="s2"))
    assert made_next(film) == ()
    step(matchcut.load(film), "s2.out", -4)
    assert made_next(film) == ("s3", "s4"), "another frame of it is handed on now"


def test_a_take_is_made_anew_behind_an_accepted_seam(four: Path, tmp_path: Path) -> None:
    film = copied(four, tmp_path / "film")
    rolled(film, matchcut.Ask(shot="s2"))
    behind = rolled(film, matchcut.Ask(shot="s3"))
    assert behind.circled == 2, behind
    again = rehearse(film)
    assert again.made == ()
    assert [shot.take.number for shot in again.shots] == [1, 2, 2, 1]
    assert [shot.id for shot in again.shots if shot.accepted] == ["s4"]
    assert circled(film, "s3", 1).circled, "the first take of it, with its seam as accepted"
    assert [shot.id for shot in rehearse(film).shots if shot.accepted] == ["s3"]


BRIDGE = (
    HEAD
    + """
  - {id: s1, hero: true, start: art/a.png, prompt: she walks, camera: pan right}
  - {id: s2, prompt: she turns}
  - {id: s3, hero: true, start: art/b.png, prompt: a door, camera: pan left}
  - {id: s4, join: cut, start: art/c.png, prompt: the sea, camera: pan left}
"""
)


def test_a_bridge_its_hero_and_a_cut(tmp_path: Path) -> None:
    film = write_film(tmp_path, BRIDGE)
    before = clips_of(rehearse(film))
    bridge = rolled(film, matchcut.Ask(shot="s2", prompt="she spins"), circle=True)
    assert bridge.takes[0].stale == {}
    hero = rolled(film, matchcut.Ask(shot="s3", prompt="an old door"), circle=False)
    (take,) = hero.takes
    assert take.after is not None
    assert not take.after.joined, "a cut is measured and judged by nobody"
    assert circled(film, "s3", take.take.number, accept=True).circled
    again = rehearse(film)
    assert again.made == (), "the bridge lands on the same picture"
    assert clips_of(again)["s4"] == before["s4"]


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Contracts of the user's own: one that takes no end picture, one that takes a seed."""
    home = tmp_path / "home"
    (home / "endpoints").mkdir(parents=True)
    text = SHIPPED.read_text("utf-8")
    no_end = text.replace(KLING, "acme/no-end").replace('end = "end_image_url"\n', "")
    seeded = text.replace(KLING, "acme/seeded").replace(
        'audio = "generate_audio"\n', 'audio = "generate_audio"\nseed = "seed"\n'
    )
    seeded = seeded.replace("[parameters]\n", '[parameters]\nseed = { type = "integer" }\n')
    goes_on = text.replace(KLING, "acme/goes-on").replace(
        'end = "end_image_url"\n', 'continue = "video_url"\n'
    )
    goes_on = goes_on.replace("[parameters]\n", '[parameters]\nvideo_url = { type = "url" }\n')
    goes_on = goes_on.replace(", required = true", "")
    for name, one in (("no-end", no_end), ("seeded", seeded), ("goes-on", goes_on)):
        (home / "endpoints" / f"{name}.toml").write_text(one, encoding="utf-8")
    monkeypatch.setenv("MATCHCUT_HOME", str(home))
    return home


def test_where_it_cannot_land_the_wave_is_priced_and_asked_for(
    four: Path, tmp_path: Path, own: Path
) -> None:
    film = copied(four, tmp_path / "film")
    assert own.is_dir()
    project = matchcut.load(film)
    plan = matchcut.plan(project)
    ask = matchcut.Ask(shot="s2", endpoint="acme/no-end", prompt="she stops")
    quote = matchcut.quote_reroll(project, plan, matchcut.Rehearsal(), ask)
    assert not quote.lands
    assert "acme/no-end takes no end picture" in quote.loose
    assert list(quote.stale) == ["s3", "s4"]
    assert all(usd is not None and usd > 0 for usd in quote.stale.values())

    rerolled = rolled(film, ask)
    assert rerolled.circled is None
    assert list(rerolled.takes[0].stale) == ["s3", "s4"]
    assert made_next(film) == ()
    with pytest.raises(MatchcutError) as caught:
        circled(film, "s2", 2)
    assert (caught.value.code, caught.value.exit) == (Code.SPENDING_UNCONFIRMED, Exit.BUDGET)
    assert "s3, s4: 1.344 USD" in caught.value.message
    assert made_next(film) == ()
    assert list(circled(film, "s2", 2, anew=True).stale) == ["s3", "s4"]
    assert made_next(film) == ("s3", "s4")


def test_a_clip_that_is_handed_over_whole_cannot_be_met(tmp_path: Path, own: Path) -> None:
    assert own.is_dir()
    text = chain(4).replace("walks on 3,", "walks on 3, join: continue, endpoint: acme/goes-on,")
    film = write_film(tmp_path / "film", text)
    rehearse(film)
    project = matchcut.load(film)
    ask = matchcut.Ask(shot="s2", prompt="she stops")
    quote = matchcut.quote_reroll(project, matchcut.plan(project), matchcut.Rehearsal(), ask)
    assert "`s3` continues the clip itself" in quote.loose
    assert list(quote.stale) == ["s3", "s4"]
    assert rolled(film, ask).circled is None
    with pytest.raises(MatchcutError) as caught:
        circled(film, "s2", 2, accept=True)
    assert caught.value.code is Code.SPENDING_UNCONFIRMED
    assert made_next(film) == ()
    loose = plan_another(project.film, known().contracts, project.media, matchcut.Ask(shot="s3"))
    assert not loose.lands
    assert "nobody says whether acme/goes-on takes a clip and an end picture" in loose.loose


def test_a_person_may_accept_what_the_measures_do_not(
    four: Path, tmp_path: Path, own: Path
) -> None:
    film = copied(four, tmp_path / "film")
    assert own.is_dir()
    rolled(film, matchcut.Ask(shot="s2", endpoint="acme/no-end", prompt="she stops"))
    judged = circled(film, "s2", 2, accept=True)
    assert ("after", "seam.end") in judged.against
    again = rehearse(film)
    assert again.made == ()
    assert again.shots[1].endpoint == "acme/no-end"
    shown = matchcut.assemble(again).shown
    assert shown[2].seam is not None
    assert "seam.end" in shown[2].seam.flags, "it is accepted, and still said"


def test_seeds_count_on_and_the_same_seed_is_the_same_take(
    four: Path, tmp_path: Path, own: Path
) -> None:
    film = copied(four, tmp_path / "film")
    assert own.is_dir()
    ask = matchcut.Ask(shot="s2", endpoint="acme/seeded", seed=41, takes=2)
    first = rolled(film, ask)
    logged = matchcut.list_takes(matchcut.load(film), "s2")
    assert [one.differs.get("seed") for one in logged] == [None, 41, 42]
    assert [one.take.number for one in rolled(film, ask).takes] == [2, 3]
    assert [one.take.number for one in first.takes] == [2, 3]

    text = film.read_text("utf-8").replace(f"endpoint: {KLING}", "endpoint: acme/seeded, seed: 7")
    film.write_text(text, encoding="utf-8")
    rehearse(film)
    rolled(film, matchcut.Ask(shot="s3", takes=2))
    sent = [one.differs.get("seed", 7) for one in matchcut.list_takes(matchcut.load(film), "s3")]
    assert sent == [None, 7, 9, 10], "its own seed is drawn already, and so it moves on"


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        (matchcut.Ask(shot="s22"), Code.SHOT_UNKNOWN),
        (matchcut.Ask(shot="s2", endpoint="acme/unheard-of"), Code.FILM_FINDINGS),
        (matchcut.Ask(shot="s2", takes=0), Code.USAGE),
        (matchcut.Ask(shot="s2", seed=-1), Code.USAGE),
        (matchcut.Ask(shot="s2", prompt="{nobody} walks"), Code.FILM_FINDINGS),
    ],
)
def test_what_cannot_be_asked_for_is_refused(four: Path, ask: matchcut.Ask, code: Code) -> None:
    with pytest.raises(MatchcutError) as caught:
        rolled(four, ask)
    assert caught.value.code is code
    assert caught.value.fix


def test_there_must_be_takes_to_lie_between(tmp_path: Path) -> None:
    film = write_film(tmp_path, chain(3))
    with pytest.raises(MatchcutError) as caught:
        rolled(film, matchcut.Ask(shot="s2"))
    assert caught.value.code is Code.NOTHING_TO_RESOLVE


CASES = {
    "before a match": ("{id: b, prompt: on}", "", True, ""),
    "before a hero": ("{id: b, hero: true, start: art/b.png, prompt: on}", "", True, ""),
    "before a cut": ("{id: b, join: cut, start: art/b.png, prompt: on}", "", False, ""),
    "before a still": ("{id: b, join: still, prompt: on}", "end: art/b.png, ", False, ""),
    "cut short": ("{id: b, prompt: on}", "use: [0, 2], ", False, "`use` leaves out its last frame"),
}


@pytest.mark.parametrize("case", CASES)
def test_where_a_take_lands(tmp_path: Path, case: str) -> None:
    after, more, lands, loose = CASES[case]
    shot = f"  - {{id: a, {more}hero: false, start: art/a.png, prompt: she walks}}\n"
    film = write_film(tmp_path, f"{HEAD}{shot}  - {after}\n")
    project = matchcut.load(film)
    assert matchcut.plan(project).renderable
    another = plan_another(project.film, known().contracts, project.media, matchcut.Ask(shot="a"))
    assert (another.lands, another.loose) == (lands, loose)
    sent = another.plan.shots[0].request
    assert sent is not None
    assert (sent.arguments.get("end_image_url") == "anchor://b/in") == lands


def test_own_footage_cannot_be_made_anew(four: Path, tmp_path: Path) -> None:
    film = copied(four, tmp_path / "film")
    clip = rehearse(film).shots[0].clip
    (film.parent / "own.mp4").write_bytes(clip.read_bytes())
    text = film.read_text("utf-8").replace("start: art/a.png, prompt: she walks,", "clip: own.mp4,")
    film.write_text(text.replace(" camera: pan right}", "}", 1), encoding="utf-8")
    with pytest.raises(MatchcutError) as caught:
        rolled(film, matchcut.Ask(shot="s1"))
    assert caught.value.code is Code.USAGE


def test_from_a_shell(
    four: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    film = copied(four, tmp_path / "film")
    monkeypatch.chdir(film.parent)
    assert main(["reroll", "s2", "--rehearse", "--takes", "2", "--json"]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert events[-1] == {
        "event": "reroll",
        "step": "done",
        "shot": "s2",
        "takes": [2, 3],
        "circled": None,
    }
    takes = [one for one in events if one["event"] == "take"]
    assert [one["against"] for one in takes] == [[], []]

    assert main(["takes", "s2", "--sheet"]) == 0
    assert "circled" in capsys.readouterr().out
    assert (film.parent / "out" / "anchors" / "film-s2.takes.png").is_file()
    assert main(["circle", "s2", "3", "--rehearse"]) == 0
    assert "s2, take 3, circled" in capsys.readouterr().out
    assert main(["takes", "s2", "--json"]) == 0
    logged = json.loads(capsys.readouterr().out)["takes"]
    assert [one["circled"] for one in logged] == [False, False, True]
    assert main(["circle", "s2", "9", "--rehearse"]) == Exit.USAGE
    assert "`matchcut takes`" in capsys.readouterr().err


def test_what_is_renamed_keeps_what_was_chosen_for_it(four: Path, tmp_path: Path) -> None:
    film = copied(four, tmp_path / "film")
    rolled(film, matchcut.Ask(shot="s2", prompt="she turns"))
    before = clips_of(rehearse(film))
    renamed = film.with_name("other.yaml")
    film.rename(renamed)
    text = renamed.read_text("utf-8").replace("id: s2", "id: turn")
    renamed.write_text(text.replace("id: s3", "id: on"), encoding="utf-8")
    again = rehearse(renamed)
    assert again.made == ()
    assert list(clips_of(again).values()) == list(before.values())
    assert [shot.accepted for shot in again.shots] == [False, False, True, False]
    assert rehearse(renamed).made == ()


def test_a_circled_clip_that_is_lost_is_made_anew_as_the_film_says(
    four: Path, tmp_path: Path
) -> None:
    film = copied(four, tmp_path / "film")
    (take,) = rolled(film, matchcut.Ask(shot="s2", prompt="she turns")).takes
    take.clip.unlink()
    again = rehearse(film)
    assert again.made == ()
    assert again.shots[1].take.number == 1, "the one that stood before it"


class Brightening(matchcut.Rehearsal):
    """A model that gives its start frame back one per cent brighter."""

    name = "brightening"

    def _make(self, job: Job, clip: Path, progress: Callable[[float], None]) -> None:
        scene = self._scene(job)
        progress(0.5)
        gain = 1.0 if job.shot == "s1" else 1.01
        frames = brighter(generate(scene), gain)
        write_clip(clip, frames, rate=scene.rate, quality=Quality.TAKE)


def test_tones_are_counted_from_what_was_really_sent(tmp_path: Path) -> None:
    """Each hop's frame is corrected before it is handed on, by all that has happened since."""
    film = write_film(tmp_path, chain(5))
    project = matchcut.load(film)
    plan = matchcut.plan(project)
    before = matchcut.render(project, plan, Brightening())
    assert not before.shots[3].started_from.identity
    rerolled = matchcut.reroll(project, plan, Brightening(), matchcut.Ask(shot="s3"), circle=False)
    (take,) = rerolled.takes
    matchcut.circle(project, plan, Brightening(), "s3", take.take.number, accept=True)
    again = matchcut.render(project, plan, Brightening())
    assert again.made == ()
    assert again.shots[3].accepted
    assert again.shots[3].started_from.identity, "what lands on it lands on it as it is"
    assert again.shots[4].started_from == before.shots[4].started_from


def test_on_a_server(server: "Postgres", tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MATCHCUT_DATABASE", server.address)
    film = write_film(tmp_path, chain(3))
    project = matchcut.load(film)
    rendered = matchcut.render(
        project, matchcut.plan(project), matchcut.Rehearsal(), database=server.address
    )
    assert len(rendered.made) == 3
    assert rolled(film, matchcut.Ask(shot="s2", takes=2)).circled is None
    assert circled(film, "s2", 3).circled
    again = rehearse(film)
    assert again.made == ()
    assert [shot.take.number for shot in again.shots] == [1, 3, 1]
    logged = matchcut.list_takes(matchcut.load(film), "s2")
    assert [one.circled for one in logged] == [False, False, True]
    assert logged[2].after is not None


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_is_made_anew_and_edited_nothing_is_made_twice(
    four: Path, tmp_path: Path, seed: int
) -> None:
    """A re-roll makes nothing else; an edit makes its shot and what hangs on it; the way back is
    there already, with all that was circled on it."""
    film, dice = copied(four, tmp_path / "film"), random.Random(seed)
    texts = [film.read_text("utf-8")]
    for move in range(6):
        place = dice.randrange(1, 5)
        kind = dice.choice(("reroll", "reroll", "edit", "back"))
        expected: tuple[str, ...] = ()
        if kind == "reroll":
            ask = matchcut.Ask(shot=f"s{place}", prompt=f"she sways {move}")
            (take,) = rolled(film, ask, circle=False).takes
            circled(film, f"s{place}", take.take.number, accept=True)
        elif kind == "edit":
            lines = film.read_text("utf-8").splitlines()
            here = next(n for n, line in enumerate(lines) if f"id: s{place}," in line)
            lines[here] = re.sub(r"prompt: [^,]*,", f"prompt: she leaps {move},", lines[here])
            texts.append("\n".join(lines) + "\n")
            film.write_text(texts[-1], encoding="utf-8")
            expected = tuple(f"s{n}" for n in range(place, 5))
        else:
            film.write_text(dice.choice(texts), encoding="utf-8")
        assert rehearse(film).made == expected, (move, kind, place)

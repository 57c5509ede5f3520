"""The law of staleness, over random films and edits: made again = takes whose inputs changed.

Beside the real desk, ledger and database stands a model of what each take is sent, written without
a look at them: words, seeds, the bytes of pictures, and the frames of the takes before.
"""

import asyncio
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

import cv2
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import matchcut
from matchcut.render.database import Database
from matchcut.render.decide import reject, step
from matchcut.render.desk import Spending
from matchcut.render.gates import used_takes
from matchcut.render.ledger import takes
from matchcut.render.run import at_desk
from matchcut.render.staleness import State
from matchcut.render.work import KeptTake, works_of
from render.tiny_maker import ONE, OTHER, TinyMaker, write_contracts
from small import picture

EXAMPLES = int(os.environ.get("MATCHCUT_EXAMPLES", "6"))
LAST = 23
"""Of a clip of one second."""
HEAD = """
title: Law
anchor: auto
correct_drift: false
canvas: {width: 96, height: 64, fps: 24}
defaults: {endpoint: test/tiny/one, duration: 1}
shots:
"""


@dataclass(frozen=True)
class Shot:
    """A shot as its user writes it; no two say the same words."""

    name: str
    words: int
    kind: str
    """`match`, `hero` or `cut`."""
    version: int = 0
    seed: int | None = None
    endpoint: str = ONE

    def line(self, before: str) -> str:
        facts = [f"id: {self.name}", f"prompt: words {self.words} said {self.version}"]
        if self.kind != "match":
            own = ["hero: true"] if self.kind == "hero" else []
            own += ["join: cut"] if self.kind == "cut" or before == "hero" else []
            facts += [*own, f"start: art/{self.words}.png"]
        facts += [f"seed: {self.seed}"] if self.seed is not None else []
        facts += [f"endpoint: {OTHER}"] if self.endpoint == OTHER else []
        return f"  - {{{', '.join(facts)}}}\n"


@dataclass
class Film:
    """A film in its folder, with what a model knows of the takes that there are."""

    folder: Path
    shots: list[Shot]
    comment: str = ""
    pictures: dict[int, int] = field(default_factory=dict)
    """By the words of the shot: which picture its file is."""
    numbers: Iterator[int] = field(default_factory=lambda: count(100))
    have: dict[Any, str] = field(default_factory=dict)
    """By what was sent: the shot that the finished take belongs to."""
    rejected: list[tuple[Any, str]] = field(default_factory=list)
    sent: dict[str, Any] = field(default_factory=dict)
    """By shot: what its take in use was sent; of the last run."""
    kept: dict[str, KeptTake] = field(default_factory=dict)
    busy: set[str] = field(default_factory=set)
    """Shots whose take was decided of since the last run."""

    @property
    def file(self) -> Path:
        return self.folder / "film.yaml"

    def write(self) -> None:
        (self.folder / "art").mkdir(exist_ok=True)
        for shot in self.shots:
            still = self.folder / "art" / f"{shot.words}.png"
            number = self.pictures.setdefault(shot.words, shot.words)
            cv2.imwrite(str(still), picture(number, 96, 64)[:, :, ::-1])
        kinds = ["", *(shot.kind for shot in self.shots)]
        lines = "".join(shot.line(kind) for shot, kind in zip(self.shots, kinds, strict=False))
        self.file.write_text(f"# {self.comment}\n{HEAD}{lines}", encoding="utf-8")

    # What a user may do.

    def edit(self, kind: str, place: int, pick: int) -> None:
        """One edit; those that mean nothing here do nothing."""
        place %= len(self.shots)
        shot = self.shots[place]
        match kind:
            case "prompt":
                self.shots[place] = replace(shot, version=(shot.version + 1 + pick % 2) % 3)
            case "seed":
                self.shots[place] = replace(shot, seed=None if pick % 3 == 0 else 40 + pick)
            case "still":
                self.pictures[shot.words] = 500 + pick
            case "endpoint":
                self.shots[place] = replace(shot, endpoint=OTHER if pick % 2 else ONE)
            case "rename":
                self.shots[place] = replace(shot, name=f"r{next(self.numbers)}")
            case "insert":
                number = next(self.numbers)
                new = Shot(f"n{number}", number, ("match", "cut", "hero")[pick % 3])
                self.shots.insert(place + 1, new)
            case "remove" if place:
                del self.shots[place]
            case _:
                self._decide(kind, place, pick)

    def _decide(self, kind: str, place: int, pick: int) -> None:
        """What is not written into the film's shots."""
        shot = self.shots[place]
        match kind:
            case "price":
                write_contracts(usd=f"0.{1 + pick}")
            case "comment":
                self.comment = f"edit {pick}"
                write_contracts(comment=f", edit {pick}")
            case "reject" if self._may_decide(shot):
                self.busy.add(shot.name)
                reject(matchcut.load(self.file), shot.name, "not good")
                sent = self.sent[shot.name]
                self.rejected.append((sent, shot.name))
                self.have = {key: who for key, who in self.have.items() if key[0] != sent}
            case "step" if self._may_decide(shot) and self._is_matched(place):
                self.busy.add(shot.name)
                step(matchcut.load(self.file), f"{shot.name}.out", 16 + pick % 7)

    def _may_decide(self, shot: Shot) -> bool:
        """The file must be what was run last, for the decision to be on what is in use."""
        self.write()
        return shot.name in self.sent and shot.name not in self.busy

    def _is_matched(self, place: int) -> bool:
        return place + 1 < len(self.shots) and self.shots[place + 1].kind == "match"

    # What follows from it.

    def run(self) -> tuple[set[str], dict[str, matchcut.Staleness]]:
        """What was made, by the real desk; and what had been said before."""
        self.write()
        project = matchcut.load(self.file)
        plan = matchcut.plan(project)
        before = records(self.folder)
        said = matchcut.standing(project, plan, TinyMaker())
        assert records(self.folder) == before, "looking changes nothing"
        made, kept = set(), {}
        spending = Spending()
        with at_desk(project, plan, TinyMaker(), spending, lambda _: None, place="") as (desk, *_):
            for work in works_of(plan):
                found = desk.archive.find(work, kept)
                if found is None:
                    found = asyncio.run(desk.make(work, kept))
                    made.add(work.shot)
                kept[work.shot] = found
        self.kept = kept
        self.busy = set()
        return made, said

    def expected(self) -> set[str]:
        """What had to be made, by the model; which knows from then on what there is."""
        made, self.sent = set(), {}
        names = {shot.name for shot in self.shots}
        for shot in self._in_order():
            base = self._sent(shot)
            asked, told = shot.seed, self._rejections(base, names, shot.name)
            while asked is not None and told:
                asked += 1
                base = (base[0], base[1], asked, *base[3:])
                told = self._rejections(base, names, shot.name)
            owner = self.have.get((base, told))
            if owner != shot.name and (owner is None or owner in names):
                made.add(shot.name)
            self.have[base, told] = shot.name
            self.sent[shot.name] = base
        return made

    def _in_order(self) -> list[Shot]:
        """A shot after those whose frames it is sent."""
        heroes = [shot for shot in self.shots if shot.kind == "hero"]
        return heroes + [shot for shot in self.shots if shot.kind != "hero"]

    def _sent(self, shot: Shot) -> tuple[Any, ...]:
        place = self.shots.index(shot)
        after = self.shots[place + 1] if place + 1 < len(self.shots) else None
        if shot.kind == "match":
            start = self._frame(self.shots[place - 1], 1)
        else:
            start = ("picture", self.pictures[shot.words])
        lands = after is not None and after.kind == "hero" and shot.kind != "hero"
        end = self._frame(after, 0) if lands and after else None
        words = (shot.words, shot.version)
        return (shot.endpoint, words, shot.seed, start, end)

    def _frame(self, shot: Shot, edge: int) -> tuple[Any, ...]:
        told = sum(sent == self.sent[shot.name] for sent, _ in self.rejected)
        return ("frame", self.sent[shot.name], told, self.kept[shot.name].kept[edge])

    def _rejections(self, sent: Any, names: set[str], me: str) -> int:
        return sum(was == sent and (who == me or who not in names) for was, who in self.rejected)


def records(folder: Path) -> list[Any]:
    """What there is of takes, and which are in use."""
    file = folder / ".matchcut" / "state.sqlite"
    if not file.is_file():
        return []
    database = Database(file)
    with database.transaction() as connection:
        found = [
            sorted(map(repr, connection.execute(sa.select(table)))) for table in (takes, used_takes)
        ]
    database.close()
    return found


KINDS = (
    *("prompt", "still", "step", "reject", "price", "comment", "insert", "remove", "rename"),
    *("endpoint", "seed"),
)
EDITS = st.tuples(st.sampled_from(KINDS), st.integers(0, 5), st.integers(0, 8))
GRAPHS = st.lists(st.sampled_from(["match", "match", "match", "hero", "cut"]), max_size=4)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MATCHCUT_HOME", str(tmp_path))
    return tmp_path


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(graph=GRAPHS, rounds=st.lists(st.lists(EDITS, min_size=1, max_size=2), max_size=4))
def test_what_is_made_again_is_what_would_be_sent_otherwise(
    home: Path, graph: list[str], rounds: list[list[tuple[str, int, int]]]
) -> None:
    write_contracts()
    with tempfile.TemporaryDirectory(dir=home) as place:
        kinds = ["hero", *graph]
        shots = [Shot(f"s{n}", n, kind, seed=n if n % 2 else None) for n, kind in enumerate(kinds)]
        film = Film(folder=Path(place), shots=shots)
        for edits in [[], *rounds]:
            for kind, where, pick in edits:
                film.edit(kind, where, pick)
            before = dict(film.kept)
            made, said = film.run()
            assert made == film.expected(), edits
            assert {one.shot for one in said.to_make} == made, [one.said() for one in said.to_make]
            for one in said.to_make:
                assert one.causes
            for name in said.kept:
                if name in before and before[name].take.inputs == film.kept[name].take.inputs:
                    assert film.kept[name].take.clip == before[name].take.clip
            assert not any(one.state is State.STALE for one in said.shots if one.shot not in before)

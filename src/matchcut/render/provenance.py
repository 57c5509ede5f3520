"""Where what was sent comes from: from an identity back to a frame of a take, or to a picture.

A take's row holds what was sent for it, with each picture and clip as the hash that made it the
same thing again. The records of anchors, retouched stills and prepared pictures lead from there to
the clip and frame it was taken from.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import sqlalchemy as sa

from matchcut.inspect.correct import Correction
from matchcut.render.database import Database
from matchcut.render.gates import Action, decisions, revision_of, used_takes
from matchcut.render.ledger import TakeState, takes
from matchcut.render.pictures import anchors, named_files, prepared_stills
from matchcut.render.tones import off

_HANDED_OVER = re.compile(r"sha256:([0-9a-f]{64})\[0\.\.(\d+)\]")
_DEEPEST = 8
"""Preparations of a preparation; there are two: tones, and then a shape."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeRow:
    """A take as the ledger has it, with what was sent for it."""

    film: str
    shot: str
    number: int
    provider: str
    state: TakeState
    inputs: str
    endpoint: str
    arguments: Mapping[str, Any]
    """By wire name; pictures and clips stand as their identities."""
    expects: Mapping[str, Any] | None
    clip: str
    frames: int
    rate: Fraction
    variable: bool
    cost_usd: str | None
    why: str = ""
    """What is wrong with it, where a person has rejected it and said so."""
    flaw: int | None = None
    """The frame of its clip at which that person saw it; None where they named none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What stands behind an identity, as far as the records say."""

    clip: str = ""
    """SHA-256 of the clip that it is a frame of; empty for a picture of the user's."""
    frame: int | None = None
    """Of that clip, from 0; the last one that is handed over, where the clip itself is."""
    still: str = ""
    """SHA-256 of the PNG file that was sent; empty where a clip was."""
    picture: str = ""
    """SHA-256 of the user's own picture that it was made of."""
    replaced: bool = False
    """True where it is a person's picture in place of the frame."""
    changes: tuple[str, ...] = ()
    """What was done to it before it was sent, in words."""


class Provenance:
    """The way back from what was sent.

    Args:
        database: The film's records; they are only read.
        film: The film file's name; its own takes are meant before those of another film.

    """

    def __init__(self, database: Database, film: str) -> None:
        self._database = database
        self._film = film

    def used(self, shot: str, by: str) -> TakeRow | None:
        """The take of a shot that the film used last, in such a run; None where there is none."""
        mine = (
            used_takes.c.film == self._film,
            used_takes.c.shot == shot,
            used_takes.c.by == by,
        )
        with self._database.transaction() as connection:
            number = connection.execute(sa.select(used_takes.c.number).where(*mine)).scalar()
        return None if number is None else self.take(shot, number)

    def take(self, shot: str, number: int) -> TakeRow | None:
        """A take of the film, whatever became of it; None where there is none of that number."""
        query = sa.select(takes).where(
            takes.c.film == self._film, takes.c.shot == shot, takes.c.number == number
        )
        with self._database.transaction() as connection:
            row = connection.execute(query).mappings().first()
        return self._row(row) if row is not None else None

    def of_clip(self, clip: str, shot: str = "") -> TakeRow | None:
        """The take that a clip belongs to; None for own footage and for what nobody knows.

        Args:
            clip: Its SHA-256.
            shot: Whose it probably is, where several takes have that very clip.

        """
        query = sa.select(takes).where(takes.c.clip == clip).order_by(takes.c.number.desc())
        with self._database.transaction() as connection:
            rows = list(connection.execute(query).mappings())
        if not rows:
            return None
        return self._row(
            max(rows, key=lambda row: (row["film"] == self._film, row["shot"] == shot))
        )

    def origin(self, identity: str) -> Origin | None:
        """What stands behind an identity; None where the records do not say.

        Args:
            identity: As it stands in a take's arguments: `pixels:...`, `sha256:...` or
                `sha256:...[0..95]`.

        """
        handed = _HANDED_OVER.fullmatch(identity)
        if handed:
            return Origin(clip=handed[1], frame=int(handed[2]))
        kind, _, digest = identity.partition(":")
        if kind == "sha256":
            return Origin(picture=digest)
        if kind != "pixels":
            return None
        return self._of_pixels(digest)

    def name_of(self, picture: str) -> str:
        """What a user's picture was called when it was first seen, by its hash; or empty."""
        query = sa.select(named_files.c.written).where(named_files.c.digest == picture)
        with self._database.transaction() as connection:
            return str(connection.execute(query).scalar() or "")

    def _of_pixels(self, pixels: str) -> Origin | None:
        return (
            self._frame(anchors.c.pixels == pixels)
            or self._retouched(decisions.c.pixels == pixels)
            or self._prepared(prepared_stills.c.pixels == pixels)
        )

    def _of_still(self, digest: str, depth: int) -> Origin:
        """What a picture in the media store was; the user's own, where no record knows it."""
        found = self._frame(anchors.c.still == digest) or self._retouched(
            decisions.c.still == digest
        )
        if found is None and depth < _DEEPEST:
            found = self._prepared(prepared_stills.c.still == digest, depth + 1)
        return found or Origin(picture=digest)

    def _frame(self, which: sa.ColumnElement[bool]) -> Origin | None:
        query = sa.select(anchors).where(which)
        with self._database.transaction() as connection:
            rows = list(connection.execute(query).mappings())
            known = {
                clip
                for (clip,) in connection.execute(
                    sa.select(takes.c.clip).where(
                        takes.c.film == self._film, takes.c.clip.in_([row["clip"] for row in rows])
                    )
                )
            }
        if not rows:
            return None
        # Where nothing moves several frames are one picture: of the film's own, the latest.
        row = max(rows, key=lambda row: (row["clip"] in known, row["frame"]))
        return Origin(clip=row["clip"], frame=row["frame"], still=row["still"])

    def _retouched(self, which: sa.ColumnElement[bool]) -> Origin | None:
        query = (
            sa.select(decisions)
            .where(which, decisions.c.action == Action.REPLACE)
            .order_by(decisions.c.decided_at.desc())
            .limit(1)
        )
        with self._database.transaction() as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            return None
        return Origin(
            clip=self._decided_of(row),
            frame=row["frame"],
            still=row["still"],
            replaced=True,
            changes=("a person's picture stands for it",),
        )

    def _decided_of(self, decision: sa.RowMapping) -> str:
        """The clip of the shot that a decision was made on: the one that has its revision."""
        query = sa.select(takes.c.clip, takes.c.frames).where(
            takes.c.film == decision["film"],
            takes.c.shot == decision["shot"],
            takes.c.clip.is_not(None),
        )
        with self._database.transaction() as connection:
            found = list(connection.execute(query.order_by(takes.c.number.desc())))
        for clip, frames in found:
            for pinned in range(frames or 0):
                if revision_of(clip, decision["edge"], pinned) == decision["revision"]:
                    return str(clip)
        return ""

    def _prepared(self, which: sa.ColumnElement[bool], depth: int = 0) -> Origin | None:
        with self._database.transaction() as connection:
            row = (
                connection.execute(sa.select(prepared_stills).where(which).limit(1))
                .mappings()
                .first()
            )
        if row is None:
            return None
        source = self._of_still(row["source"], depth)
        done = _in_words(row["how"])
        changes = (*source.changes, done) if done else source.changes
        return replace(source, still=row["still"], changes=changes)

    def _row(self, row: sa.RowMapping) -> TakeRow:
        request = json.loads(row["request"])
        why, flaw = self._rejected(row) if row["state"] == TakeState.REJECTED else ("", None)
        return TakeRow(
            film=row["film"],
            shot=row["shot"],
            number=row["number"],
            provider=row["provider"],
            state=TakeState(row["state"]),
            inputs=row["inputs"],
            endpoint=request["endpoint"] or "",
            arguments=request["arguments"],
            expects=json.loads(row["expects"]),
            clip=row["clip"] or "",
            frames=row["frames"] or 0,
            rate=Fraction(row["rate"] or 1),
            variable=bool(row["variable"]),
            cost_usd=row["cost_usd"],
            why=why,
            flaw=flaw,
        )

    def _rejected(self, take: sa.RowMapping) -> tuple[str, int | None]:
        query = (
            sa.select(decisions.c.why, decisions.c.frame)
            .where(decisions.c.inputs == take["inputs"], decisions.c.action == Action.REJECT)
            .where(decisions.c.shot == take["shot"])
            .order_by(decisions.c.decided_at.desc())
            .limit(1)
        )
        with self._database.transaction() as connection:
            row = connection.execute(query).first()
        return ("", None) if row is None else (row.why, row.frame)


def _in_words(how: str) -> str:
    """What was done to a picture; empty where it only got a plain file."""
    kind, _, rest = how.partition(" ")
    if kind == "tones":
        return f"tones taken back by {off(Correction.from_json(json.loads(rest))):.1%}"
    done = {"crop": f"cropped to {rest}", "pad": f"padded to {rest}", "plain": ""}
    return done.get(kind, how)

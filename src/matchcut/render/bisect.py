"""The first clip of a chain that carries a defect, found in as few looks as there can be.

A defect that one clip has, every clip after it inherits; so half of the suspects fall with each
look. What was answered is kept by the clips that were looked at: a new take has no answer yet.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa

from matchcut.errors import Code, MatchcutError
from matchcut.project import Project
from matchcut.render.beside import beside
from matchcut.render.database import Database, meta
from matchcut.render.ledger import now
from matchcut.render.strip import draw_strip
from matchcut.render.trace import Link, trace
from matchcut.store.folder import StateFolder

_answers = sa.Table(
    "matchcut_bisect",
    meta,
    sa.Column("asked", sa.String(64), primary_key=True),
    sa.Column("clip", sa.String(64), primary_key=True),
    sa.Column("verdict", sa.String, nullable=False),
    sa.Column("said_at", sa.String, nullable=False),
)


class Verdict(StrEnum):
    """What a look at a clip came to."""

    GOOD = "good"
    """It has not the defect."""
    BAD = "bad"
    """It has it."""
    SKIP = "skip"
    """It cannot be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Where the search of a chain stands."""

    chain: tuple[Link, ...]
    """From its first clip to the one that was found bad."""
    looks: int
    """Clips that were looked at so far; the one that it began with is none of them."""
    suspects: tuple[Link, ...]
    """Clips that may be the first with the defect, in the chain's order; one where it is found."""
    next: Link | None
    """The clip to look at; None where nothing more can be told."""

    @property
    def first(self) -> Link | None:
        """The first clip that carries the defect, where that is known."""
        return self.suspects[0] if len(self.suspects) == 1 else None


def search(chain: Sequence[Link], answers: Mapping[str, Verdict]) -> Search:
    """Say where a search stands. Pure.

    Args:
        chain: From the first clip on; the last one has the defect.
        answers: What is known of clips, by their hashes.

    Returns:
        The suspects, and the clip to look at: the middle one, so that without skips at most
        ceil(log2(n)) looks are needed for a chain of n clips.

    Raises:
        MatchcutError: `usage` where a clip is called good that comes after a bad one.

    """
    verdicts = [answers.get(link.clip) for link in chain]
    bad = min(
        (place for place, said in enumerate(verdicts) if said is Verdict.BAD),
        default=len(chain) - 1,
    )
    good = max((place for place, said in enumerate(verdicts) if said is Verdict.GOOD), default=-1)
    if good >= bad:
        raise MatchcutError(
            Code.USAGE,
            f"`{chain[good].shot}` was called good, and comes after `{chain[bad].shot}`, which is "
            "bad: a defect does not go away in a chain",
            where=chain[-1].shot,
            fix="It may be another defect. `--reset` forgets what was said.",
        )
    middle = (good + bad) // 2
    open_ = [place for place in range(good + 1, bad) if verdicts[place] is None]
    nearest = min(open_, key=lambda place: abs(place - middle), default=None)
    return Search(
        chain=tuple(chain),
        looks=sum(said is not None for said in verdicts[:-1]),
        suspects=tuple(chain[good + 1 : bad + 1]),
        next=None if nearest is None else chain[nearest],
    )


def bisect(
    project: Project,
    shot: str,
    said: Mapping[str, Verdict] | None = None,
    *,
    by: str = "",
    reset: bool = False,
) -> Search:
    """Go on with the search for the first clip of a shot's chain that carries a defect.

    Args:
        project: The film; a run may be at work on it.
        shot: A shot that has the defect.
        said: Verdicts to be written down first, by shot of the chain.
        by: Whose takes; the paid ones where there are any.
        reset: Forget what was said before.

    Raises:
        MatchcutError: As `trace`; `usage` where a verdict is on a shot that is not of the chain, or
            against another one.

    """
    chain = tuple(reversed(trace(project, shot, by=by)))
    asked = chain[-1].clip
    by_name = {link.shot: link for link in chain}
    for name in said or {}:
        if name not in by_name:
            raise MatchcutError(
                Code.USAGE,
                f"`{name}` is not of the chain that leads to `{shot}`",
                where=shot,
                fix=f"Its shots are {', '.join(by_name)}.",
            )
    with beside(project) as (_, database):
        if reset:
            _forget(database, asked)
        answers = _known(database, asked) | {
            by_name[name].clip: verdict for name, verdict in (said or {}).items()
        }
        found = search(chain, answers)  # refuses a contradiction before it is written down
        for name, verdict in (said or {}).items():
            _keep(database, asked, by_name[name].clip, verdict)
    return found


def sheet_of(project: Project, link: Link) -> str:
    """Write a clip's frames side by side into `out/anchors/`; returns the file's path."""
    folder = StateFolder(project.folder)
    place = folder.anchors / f"{project.path.stem}-bisect-{link.shot}.png"
    folder.media.replace(place, draw_strip(link.file, link.shot))
    return str(place)


def _known(database: Database, asked: str) -> dict[str, Verdict]:
    query = sa.select(_answers.c.clip, _answers.c.verdict).where(_answers.c.asked == asked)
    with database.transaction() as connection:
        return {clip: Verdict(said) for clip, said in connection.execute(query)}


def _keep(database: Database, asked: str, clip: str, verdict: Verdict) -> None:
    with database.transaction() as connection:
        connection.execute(
            _answers.delete().where(_answers.c.asked == asked, _answers.c.clip == clip)
        )
        connection.execute(
            _answers.insert().values(asked=asked, clip=clip, verdict=verdict, said_at=now())
        )


def _forget(database: Database, asked: str) -> None:
    with database.transaction() as connection:
        connection.execute(_answers.delete().where(_answers.c.asked == asked))

"""How a desk is opened: with what its database holds, and the user's files on its shelf."""

import uuid

from matchcut.project import Project
from matchcut.render.attempts import Attempts
from matchcut.render.circled import Circles
from matchcut.render.database import Database
from matchcut.render.desk import Desk, Spending
from matchcut.render.events import Event, Listener
from matchcut.render.gates import Gates
from matchcut.render.landings import Landings
from matchcut.render.ledger import Ledger
from matchcut.render.paused import Paused
from matchcut.render.pictures import Pictures
from matchcut.render.providers.protocol import Provider
from matchcut.render.records import Records
from matchcut.render.rolls import Rolls
from matchcut.render.uploads import KeptUploads
from matchcut.store.folder import StateFolder


def nobody(_event: Event) -> None:
    """Nobody listens."""


def desk_of(
    project: Project,
    digest: str,
    folder: StateFolder,
    database: Database,
    provider: Provider,
    *,
    spending: Spending,
    tell: Listener = nobody,
    run: str = "",
    looks_only: bool = False,
) -> Desk:
    """A desk, with copies of the user's files taken.

    Args:
        project: The film and its files.
        digest: Of its plan.
        folder: The film's state folder.
        database: What holds its state.
        provider: Who makes pixels.
        spending: What may be spent.
        tell: Called with each event, from any thread.
        run: Names the run, for its own limit; one of its own where that is empty.
        looks_only: True where nothing is to be made, and the records are left as they are.

    Raises:
        MatchcutError: A file of the film cannot be read any more, or the disk takes no more.

    """
    records = Records(
        ledger=Ledger(database),
        pictures=Pictures(database),
        attempts=Attempts(database, run=run or uuid.uuid4().hex),
        uploads=KeptUploads(database),
        gates=Gates(database),
        landings=Landings(database),
        circles=Circles(database),
        rolls=Rolls(database),
        paused=Paused(database),
    )
    desk = Desk(
        project,
        digest,
        folder,
        records=records,
        provider=provider,
        spending=spending,
        tell=tell,
        looks_only=looks_only,
    )
    desk.shelf.own_files()
    return desk

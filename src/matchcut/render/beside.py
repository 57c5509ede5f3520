"""A film's records, opened beside a run that may be under way."""

from collections.abc import Iterator
from contextlib import contextmanager

from matchcut.errors import Code, MatchcutError
from matchcut.project import Project
from matchcut.render.commands import rehearse_command
from matchcut.render.database import Database
from matchcut.render.state import open_state
from matchcut.store.folder import StateFolder


@contextmanager
def beside(project: Project) -> Iterator[tuple[StateFolder, Database]]:
    """Open a film's records without holding them: a run may be under way.

    Raises:
        MatchcutError: `resolve.nothing` where the film was never made; the state cannot be read.

    """
    folder = StateFolder(project.folder)
    if not folder.beside():
        raise MatchcutError(
            Code.NOTHING_TO_RESOLVE,
            "nothing of this film has been made yet",
            where=project.path.name,
            fix=f"{rehearse_command(project.path.name)} makes it here, at no cost.",
        )
    database = open_state(folder)
    try:
        yield folder, database
    finally:
        database.close()

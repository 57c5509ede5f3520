"""Files that were uploaded, by what is in them: uploaded once, and again when they have expired."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from matchcut.render.database import Database, meta
from matchcut.render.ledger import now

_uploads = sa.Table(
    "matchcut_upload",
    meta,
    sa.Column("provider", sa.String, primary_key=True),
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("expires_at", sa.String, nullable=False),
    sa.Column("uploaded_at", sa.String, nullable=False),
)

_SPARE = timedelta(hours=6)
"""An address must outlive the queue it waits in; one that ends sooner is made anew."""


class KeptUploads:
    """The uploads of one state folder."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def known(self, provider: str, digest: str) -> str | None:
        """The address of a file with that SHA-256, where it will be there for hours yet."""
        query = sa.select(_uploads.c.address, _uploads.c.expires_at).where(
            _uploads.c.provider == provider, _uploads.c.digest == digest
        )
        with self._database.transaction() as connection:
            row = connection.execute(query).first()
            if row is None or datetime.fromisoformat(row[1]) < datetime.now(UTC) + _SPARE:
                return None
            return str(row[0])

    def keep(self, provider: str, digest: str, address: str, lives_seconds: int) -> None:
        """Remember an address, in place of an older one."""
        ends = datetime.now(UTC) + timedelta(seconds=lives_seconds)
        same = (_uploads.c.provider == provider, _uploads.c.digest == digest)
        with self._database.transaction() as connection:
            connection.execute(_uploads.delete().where(*same))
            connection.execute(
                _uploads.insert().values(
                    provider=provider,
                    digest=digest,
                    address=address,
                    expires_at=ends.isoformat(timespec="seconds"),
                    uploaded_at=now(),
                )
            )

    def forget(self, provider: str) -> None:
        """Forget all addresses: one was found to be gone, and the others are as old."""
        with self._database.transaction() as connection:
            connection.execute(_uploads.delete().where(_uploads.c.provider == provider))

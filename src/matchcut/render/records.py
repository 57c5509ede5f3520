"""What a state database holds."""

from dataclasses import dataclass

from matchcut.render.attempts import Attempts
from matchcut.render.circled import Circles
from matchcut.render.gates import Gates
from matchcut.render.landings import Landings
from matchcut.render.ledger import Ledger
from matchcut.render.paused import Paused
from matchcut.render.pictures import Pictures
from matchcut.render.providers.protocol import Uploads
from matchcut.render.rolls import Rolls


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """What a state database holds, each table with who knows how to read it."""

    ledger: Ledger
    pictures: Pictures
    attempts: Attempts
    uploads: Uploads
    gates: Gates
    landings: Landings
    circles: Circles
    rolls: Rolls
    paused: Paused

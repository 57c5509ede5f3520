"""A hostile fal on loopback, as test equipment: the unchanged official client talks to it.

    with HostileFal(folder) as fal:
        fal.inject(Fault.DROP_AFTER_ACCEPT)
        ...  # with `fal.environment` in the environment of whoever is tested
        assert len(fal.accepted) == 1

It stands in for the queue, the storage, the media host and the platform API, with the certificates
of an authority that is thrown away. Nothing leaves this machine.
"""

from hostile.fal import HostileFal
from hostile.faults import Fault
from hostile.knobs import Continued
from hostile.records import Accepted, Exchange, Leak, Submission, Upload

__all__ = [
    "Accepted",
    "Continued",
    "Exchange",
    "Fault",
    "HostileFal",
    "Leak",
    "Submission",
    "Upload",
]

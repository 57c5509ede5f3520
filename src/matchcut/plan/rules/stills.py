"""Rules on the user's pictures: what an endpoint would refuse is refused before it is uploaded."""

from collections.abc import Iterator

from matchcut.endpoints.contract import Role
from matchcut.findings import Finding
from matchcut.plan.rules.case import Case

_MEGABYTE = 1_000_000


def still_not_taken(case: Case) -> Iterator[Finding]:
    """A picture larger than the endpoint takes, or of a format it does not read."""
    for setup in case.setups:
        if setup.contract is None:
            continue
        for role, key in ((Role.START, "start"), (Role.END, "end")):
            still = case.media.stills.get(getattr(setup.shot, key) or "")
            parameter = setup.contract.parameter(role)
            if still is None or parameter is None:
                continue
            if parameter.formats and still.format not in parameter.formats:
                yield Finding(
                    id="still.format",
                    path=("shots", setup.index, key),
                    message=f"{setup.contract.name} does not take {still.format} pictures",
                    fix=f"Save it as {' or '.join(parameter.formats)}.",
                )
            limit = parameter.max_megabytes
            if limit is not None and still.bytes > limit * _MEGABYTE:
                yield Finding(
                    id="still.too-large",
                    path=("shots", setup.index, key),
                    message=f"the picture has {still.bytes / _MEGABYTE:.1f} MB and "
                    f"{setup.contract.name} takes {limit} MB",
                    fix="Save it smaller.",
                )


RULES = (still_not_taken,)

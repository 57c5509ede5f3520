"""Rules on pictures: what an endpoint does not take as it is is converted, and that is said."""

from collections.abc import Iterator

from matchcut.endpoints.contract import Contract, Parameter, Role
from matchcut.findings import Finding, Path, Severity
from matchcut.plan.reference import Kind, parse
from matchcut.plan.rules.case import Case

_MEGABYTE = 1_000_000
_MADE = "png"
"""What a picture becomes that is not sent as it is."""
_WRITTEN = ("png", "jpeg")
"""Formats that a picture can be converted to, the one that loses nothing first."""
_SAME = {"jpg": "jpeg", "tif": "tiff"}


def still_not_taken(case: Case) -> Iterator[Finding]:
    """A picture larger than the endpoint takes, or of a format it does not read, is converted."""
    if not case.media.stills:
        return
    for setup in case.setups:
        if setup.contract is None:
            continue
        for role, key in ((Role.START, "start"), (Role.END, "end")):
            still = case.media.stills.get(getattr(setup.shot, key) or "")
            parameter = setup.contract.parameter(role)
            if still is None or parameter is None:
                continue
            reference = setup.start if role is Role.START else setup.end
            remade = bool(still.odd or (reference and parse(reference).fit))
            if not _takes(parameter, _MADE if remade else still.format):
                written = _sent_as(parameter)
                yield Finding(
                    id="still.format",
                    severity=Severity.WARNING if written else Severity.ERROR,
                    path=("shots", setup.index, key),
                    message=f"{setup.contract.name} does not take "
                    f"{_MADE if remade else still.format} pictures; "
                    + (f"it will be sent as {written}" if written else "nor any made here"),
                    fix=f"Save it as {' or '.join(parameter.formats)} yourself.",
                )
            limit = parameter.max_megabytes
            if limit is not None and not remade and still.bytes > limit * _MEGABYTE:
                yield Finding(
                    id="still.too-large",
                    severity=Severity.WARNING,
                    path=("shots", setup.index, key),
                    message=f"the picture has {still.bytes / _MEGABYTE:.1f} MB and "
                    f"{setup.contract.name} takes {limit} MB; a smaller one will be sent",
                    fix="Save it smaller yourself, where it matters what is lost.",
                )


def odd_still(case: Case) -> Iterator[Finding]:
    """A picture that not every reader sees alike is sent as another one that shows the same."""
    for path, written in _pictures(case):
        still = case.media.stills.get(written)
        if still is not None and still.odd:
            yield Finding(
                id="still.converted",
                severity=Severity.INFO,
                path=path,
                message=f"it is sent as a plain {_MADE}, upright, sRGB and 8 bits a channel, since "
                f"readers differ in what they make of it ({', '.join(still.odd)})",
                fix="Nothing is to be done; it shows the same.",
            )


def _pictures(case: Case) -> Iterator[tuple[Path, str]]:
    """Every picture that a film names, and where."""
    for name, member in case.film.cast.items():
        if member.frontal:
            yield ("cast", name, "frontal"), member.frontal
        for number, written in enumerate(member.references):
            yield ("cast", name, "references", number), written
    for setup in case.setups:
        for key, own in (("start", setup.shot.start), ("end", setup.shot.end)):
            if own:
                yield ("shots", setup.index, key), own


def anchor_not_taken(case: Case) -> Iterator[Finding]:
    """Anchors are lossless PNG; an endpoint that takes none gets the best that it does take."""
    pickers = {
        contract.id: parameters
        for contract in case.contracts.values()
        if (parameters := _without(contract, "png"))
    }
    for setup in case.setups if pickers else ():
        contract = setup.contract
        if contract is None:
            continue
        for role, parameter in pickers.get(contract.id, {}).items():
            reference = setup.start if role is Role.START else setup.end
            if reference is None or parse(reference).kind is not Kind.ANCHOR:
                continue
            del pickers[contract.id]
            written = _sent_as(parameter)
            yield Finding(
                id="anchor.format",
                severity=Severity.INFO if written else Severity.ERROR,
                path=("shots", setup.index),
                message=f"{contract.name} does not take png pictures: anchors "
                + (f"will be sent as {written}" if written else "cannot be sent"),
                fix="An endpoint that takes png gets them as they are.",
            )
            break


def _without(contract: Contract, name: str) -> dict[Role, Parameter]:
    """The picture roles that do not take a format."""
    known = {role: contract.parameter(role) for role in (Role.START, Role.END)}
    return {role: p for role, p in known.items() if p and not _takes(p, name)}


def _sent_as(parameter: Parameter) -> str | None:
    """The format that a picture is converted to; None where none that is taken can be written."""
    return next((name for name in _WRITTEN if _takes(parameter, name)), None)


def _takes(parameter: Parameter, name: str) -> bool:
    return not parameter.formats or name in {_SAME.get(f, f) for f in parameter.formats}


RULES = (still_not_taken, odd_still, anchor_not_taken)

"""The chaining matrix for a person, in a hundred columns."""

from collections.abc import Container, Sequence
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

from matchcut.cli.text import plain
from matchcut.endpoints.contract import Contract, Role
from matchcut.endpoints.offered import seconds
from matchcut.plan.matrix import Row

_COLUMNS = (
    ("start", 6),
    ("end", 5),
    ("continue", 9),
    ("elem.", 6),
    ("seed", 5),
    ("sizes", 20),
    ("seconds", 13),
    ("fps", 12),
    ("sound", 6),
    ("USD a second", 14),
)
_LEGEND = """\
* must be given. ? is not known; behind a price: of some sizes or lengths. A seed makes a result
reproducible. sound: what comes where nothing is asked. USD: from the cheapest to the dearest of
sizes, lengths and sound; where sources disagree, the highest counts. `matchcut endpoints show ID`
prints all of one."""
_SEVERAL = 4
"""From so many values on, a row of numbers is shown by its ends."""


def table(rows: Sequence[Row], own: Container[str], *, colour: bool) -> str:
    """The matrix as text.

    Args:
        rows: The endpoints.
        own: Ids of those whose contract is the user's own.
        colour: Whether the terminal shows bold and dim.

    Returns:
        Lines of a hundred columns at most, where no id is longer.

    """
    if not rows:
        return "No endpoint that is known can do that."
    head = "  " + "".join(name.ljust(width) for name, width in _COLUMNS)
    lines = [head.rstrip()]
    for row in rows:
        contract = row.contract
        marks = [
            word
            for word, shown in (
                ("your own", contract.id in own),
                ("roles are guesses", contract.inferred),
            )
            if shown
        ]
        mark = f"  ({', '.join(marks)})" if marks else ""
        name = plain(contract.id)
        lines.append(f"\033[1m{name}\033[0m{mark}" if colour else f"{name}{mark}")
        lines.append(_values(row))
    return "\n".join((*lines, "", f"\033[2m{_LEGEND}\033[0m" if colour else _LEGEND))


def _values(row: Row) -> str:
    contract = row.contract
    cells = (
        *(
            _taken(contract, role)
            for role in (Role.START, Role.END, Role.CONTINUE, Role.ELEMENTS, Role.SEED)
        ),
        _sizes(contract),
        _numbers(contract, Role.DURATION, _fixed(contract)),
        _numbers(contract, Role.FPS, str(contract.output.rate or "?")),
        _sound(contract),
        _price(row),
    )
    text = "  "
    for cell, (_, width) in zip(cells, _COLUMNS, strict=True):
        text += plain(cell).ljust(width - 1)[: width - 1] + " "
    return text.rstrip()


def _taken(contract: Contract, role: Role) -> str:
    parameter = contract.parameter(role)
    if parameter is None:
        return "-"
    return "yes*" if parameter.required else "yes"


def _sizes(contract: Contract) -> str:
    parameter = contract.parameter(Role.RESOLUTION)
    if parameter is None:
        return "-"
    names = [str(value) for value in parameter.values or (parameter.default or "?",)]
    text = " ".join(names)
    return text if len(text) < _COLUMNS[5][1] else f"{names[0]}..{names[-1]}"


def _fixed(contract: Contract) -> str:
    """The one length of an endpoint that takes none."""
    only = contract.output.seconds
    return "?" if only is None else f"{only:f}"


def _numbers(contract: Contract, role: Role, otherwise: str) -> str:
    """The numbers that may be asked for: `3-15`, `6 8 10`, `6-20 by 2`, and words behind them."""
    parameter = contract.parameter(role)
    if parameter is None:
        return otherwise
    known = sorted({number for value in parameter.values if (number := seconds(value))})
    words = [str(value) for value in parameter.values if seconds(value) is None]
    if not parameter.values:
        low, high = parameter.minimum, parameter.maximum
        if low is not None and high is not None:
            return f"{low:f}-{high:f}"
        return "?" if parameter.default is None else f"{parameter.default} ?"
    steps = {high - low for low, high in pairwise(known)}
    if len(known) < _SEVERAL or len(steps) > 1:
        shown = [f"{number:f}" for number in known]
    else:
        step = steps.pop()
        by = "" if step == 1 else f" by {step:f}"
        shown = [f"{known[0]:f}-{known[-1]:f}{by}"]
    return " ".join((*shown, *words))


def _sound(contract: Contract) -> str:
    parameter = contract.parameter(Role.AUDIO)
    if parameter is None:
        return "-"
    return {None: "?", True: "on", False: "off"}.get(parameter.default, "?")


def _price(row: Row) -> str:
    usd = row.usd
    if usd is None:
        return "unknown"
    text = "-".join(dict.fromkeys(_short(amount) for amount in usd))
    return f"{text} ?" if row.partly_unpriced else text


def _short(usd: Decimal) -> str:
    digits = Decimal("0.001") if usd >= Decimal("0.01") else Decimal("0.0001")
    text = f"{usd.quantize(digits, ROUND_HALF_UP):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text

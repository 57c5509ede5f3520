"""The rules a film is held to, one function each; `RULES` is all of them, in order.

A rule looks at the film with its shots set up and yields findings. It knows nothing of the others:
what one rule has found does not silence the next.
"""

from collections.abc import Callable, Iterator

from matchcut.findings import Finding
from matchcut.plan.rules import (
    anchors,
    chains,
    elements,
    joins,
    people,
    requests,
    seams,
    shots,
    stills,
    unsaid,
    words,
)
from matchcut.plan.rules.case import Case

Rule = Callable[[Case], Iterator[Finding]]

RULES: tuple[Rule, ...] = (
    *shots.RULES,
    *joins.RULES,
    *anchors.RULES,
    *requests.RULES,
    *seams.RULES,
    *chains.RULES,
    *words.RULES,
    *unsaid.RULES,
    *elements.RULES,
    *stills.RULES,
    *people.RULES,
)

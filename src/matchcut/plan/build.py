"""A film, contracts and facts of its files to a plan. Pure: the same in gives the same out."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from matchcut.endpoints.bind import Bound, Element, Wants, bind, names_elsewhere
from matchcut.endpoints.contract import Contract, Role
from matchcut.endpoints.offered import lines
from matchcut.endpoints.options import Elsewhere
from matchcut.film.types import Canvas, CastMember, Defaults, Film
from matchcut.findings import Finding, Path
from matchcut.plan.cost import estimate
from matchcut.plan.fitting import fit_stills
from matchcut.plan.prompt import Prompt, compose
from matchcut.plan.reference import still
from matchcut.plan.rules.case import Case, named
from matchcut.plan.setup import Setup, set_up
from matchcut.plan.types import Expectation, Media, Plan, PlannedShot, Request
from matchcut.plan.waiting import waited_for


def build_plan(
    film: Film,
    contracts: Mapping[str, Contract],
    media: Media | None = None,
    *,
    landing: str | None = None,
) -> Plan:
    """Plan a film.

    Args:
        film: What the user wrote.
        contracts: What endpoints accept, by id.
        media: Facts of the files it names; rules that need them say nothing without.
        landing: A shot that is to land on the clip after it, which is there already.

    Returns:
        The plan, with all findings, in the film's order; their `where` is empty, since a film by
        itself knows no file.

    """
    from matchcut.plan.rules import RULES  # noqa: PLC0415 - who asks for prices alone has no rules

    known = media or Media()
    setups = fit_stills(film, set_up(film, contracts, landing), known.stills)
    terms = _terms(contracts)
    planned = [_plan_shot(film, setup, known, terms) for setup in setups]
    shots = tuple(shot for shot, _ in planned)
    case = Case(
        film=film,
        setups=setups,
        shots=shots,
        names=tuple(named(shot) for shot in film.shots),
        media=known,
        contracts=contracts,
    )
    findings = [finding for rule in RULES for finding in rule(case)]
    problems = [problem for _, problems in planned for problem in problems]
    # What defaults ask for in vain is said once, and not for every shot that has them.
    findings += dict.fromkeys(problems)
    return Plan(title=film.title, canvas=film.canvas, shots=shots, findings=tuple(findings))


def prices(
    film: Film, contracts: Mapping[str, Contract], shots: Collection[str]
) -> dict[str, Decimal | None]:
    """What a take of each of these shots may cost, as the plan has it; no rule is run.

    Args:
        film: What the user wrote.
        contracts: What endpoints accept, by id.
        shots: Ids of the shots that are asked about.

    Returns:
        US dollars by shot, in the film's order; None where the price is unknown.

    """
    terms = _terms(contracts)
    return {
        setup.shot.id: _plan_shot(film, setup, Media(), terms)[0].cost_usd
        for setup in set_up(film, contracts)
        if setup.shot.id in shots
    }


def _terms(contracts: Mapping[str, Contract]) -> "_Terms":
    return _Terms(
        elsewhere=names_elsewhere(contracts.values()),
        roles={
            contract.id: {role.value: name for role, name in contract.roles.items()}
            for contract in contracts.values()
        },
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Terms:
    """What is read out of all contracts once, and not again for each shot."""

    elsewhere: Elsewhere
    roles: Mapping[str, Mapping[str, str]]
    """Role to wire name, by endpoint id."""


def _plan_shot(
    film: Film, setup: Setup, media: Media, terms: _Terms
) -> tuple[PlannedShot, list[Finding]]:
    shot, contract = setup.shot, setup.contract
    tag = contract.elements.tag if contract and contract.elements else None
    prompt = compose(shot, film.look, film.cast, tag)
    bound = bind(contract, _wants(film, setup, prompt), terms.elsewhere) if contract else None
    seconds = bound.seconds if bound else _footage_seconds(setup, media)
    expectation = _expect(film.canvas, contract, bound) if contract and bound else None
    planned = PlannedShot(
        id=shot.id,
        index=setup.index,
        wave=setup.wave,
        hero=shot.hero,
        join=setup.join,
        bridge=setup.bridge,
        start=setup.carried or setup.start,
        end=setup.end,
        needs=tuple(film.shots[need].id for need in setup.needs),
        clip=shot.clip,
        request=Request(endpoint=contract.id, arguments=bound.arguments)
        if contract and bound
        else None,
        expectation=expectation,
        roles=terms.roles[contract.id] if contract else {},
        prompt=prompt.text,
        endpoint=setup.endpoint,
        seconds=seconds,
        use=shot.use,
        cost_usd=_cost(setup, contract, bound, expectation),
        policy=shot.anchor or film.anchor,
        waiting_seconds=0.0 if shot.clip else waited_for(contract, seconds),
        waiting_known=contract is not None and contract.waiting is not None,
    )
    return planned, list(_problems(setup, bound, film.defaults)) if bound else []


def _wants(film: Film, setup: Setup, prompt: Prompt) -> Wants:
    return Wants(
        prompt=prompt.text,
        start=setup.start,
        end=setup.end,
        carried=setup.carried,
        elements=tuple(_element(film.cast[name]) for name in prompt.elements),
        duration=setup.duration,
        resolution=setup.resolution,
        aspect=film.canvas.aspect,
        rate=film.canvas.fps,
        seed=setup.seed,
        audio=setup.audio,
        options=setup.shot.options,
    )


def _element(member: CastMember) -> Element:
    return Element(
        frontal=still(member.frontal or ""),
        references=tuple(still(path) for path in member.references),
    )


def _expect(canvas: Canvas, contract: Contract, bound: Bound) -> Expectation | None:
    if bound.seconds is None:
        return None
    resolution = bound.arguments.get(contract.roles.get(Role.RESOLUTION, ""))
    short = lines(str(resolution)) if resolution else None
    width, height = _size(canvas.width, canvas.height, short)
    return Expectation(
        width=width,
        height=height,
        rate=bound.rate,
        frames=_frames(bound.seconds, bound.rate),
        size_known=short is not None,
        rate_known=Role.FPS in contract.roles or contract.output.rate is not None,
    )


@lru_cache
def _frames(seconds: Decimal, rate: Fraction) -> int:
    return max(int(Fraction(seconds) * rate + Fraction(1, 2)), 1)


@lru_cache
def _size(width: int, height: int, short: int | None) -> tuple[int, int]:
    """A resolution names the short side; the long one follows from the canvas's shape."""
    if short is None:
        return width, height
    long = 2 * round(Fraction(short * max(width, height), 2 * min(width, height)))
    return (long, short) if width >= height else (short, long)


def _footage_seconds(setup: Setup, media: Media) -> Decimal | None:
    info = media.clips.get(setup.shot.clip or "")
    return Decimal(str(round(float(info.duration), 3))) if info else None


def _cost(
    setup: Setup, contract: Contract | None, bound: Bound | None, expected: Expectation | None
) -> Decimal | None:
    if setup.shot.clip:
        return Decimal(0)
    if contract is None or bound is None:
        return None
    size = (expected.width, expected.height) if expected else None
    return estimate(contract, bound.arguments, bound.seconds, size)


def _problems(setup: Setup, bound: Bound, defaults: Defaults) -> Iterator[Finding]:
    """What could not be bound, at the key that asked for it: the shot's, else the defaults'."""
    shot = setup.shot
    for problem in bound.problems:
        path: Path = ("shots", setup.index)
        message = f"`{shot.id}`: {problem.message}"
        if problem.key in shot.options:
            path = (*path, "options", problem.key)
        elif problem.key in shot.model_fields_set:
            path = (*path, problem.key)
        elif problem.key in defaults.model_fields_set and shot.endpoint is None:
            path, message = ("defaults", problem.key), problem.message
        yield Finding(
            id=problem.id,
            path=path,
            message=message,
            fix=problem.fix,
            severity=problem.severity,
        )

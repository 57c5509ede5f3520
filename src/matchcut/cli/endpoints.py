"""`matchcut endpoints`: what can be chained on what, contracts of your own, and drift."""

import argparse
import json
import sys
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from matchcut.cli.text import plain
from matchcut.errors import Code, Exit, MatchcutError

if TYPE_CHECKING:
    from matchcut.catalogue import Checked, Imported
    from matchcut.endpoints.contract import Contract
    from matchcut.plan.matrix import Needs
    from matchcut.store.contracts import Known

NAME = "endpoints"
_FLAGS = ("end", "continue", "elements", "seed", "audio")


def add(verbs: Any) -> None:
    """Add the verb."""
    verb: argparse.ArgumentParser = verbs.add_parser(
        NAME,
        help="list what each endpoint takes and costs; import more of them, check them",
        description="List the endpoints that matchcut has contracts of: what each can be pinned "
        "to and asked for, and what a second costs. Several filters mean all of them at once.",
        epilog="More: `matchcut endpoints show ID` prints all that is known of one; `import "
        "FILE|ID [--id ID] [--force]` makes a contract of your own from an OpenAPI document; "
        "`check [ID...]` compares contracts with the live documents and exits 3 where one "
        "differs. --json stands with each of them.",
    )
    for name, what in zip(
        _FLAGS,
        (
            "takes an end picture",
            "goes on from a clip",
            "takes recurring characters",
            "takes a seed: a result can be had again",
            "makes sound",
        ),
        strict=True,
    ):
        verb.add_argument(f"--{name}", action="store_true", help=what)
    verb.add_argument("--min-resolution", metavar="720p", help="has that resolution, or a larger")
    verb.add_argument(
        "--max-price", metavar="USD", help="can be had for that much a second, or less"
    )
    verb.add_argument("--json", action="store_true", help="print JSON, for programs")
    verb.set_defaults(run=_run)
    actions = verb.add_subparsers(metavar="ACTION")
    show = _action(actions, "show", "print all that is known of one endpoint", _show)
    show.add_argument("endpoint", metavar="ID")
    imported = _action(
        actions,
        "import",
        "make a contract of your own from an OpenAPI document: a file, or fetched with your key",
        _import,
    )
    imported.add_argument("source", metavar="FILE|ID")
    imported.add_argument("--id", metavar="ID", help="the endpoint, where the document has none")
    imported.add_argument(
        "--force", action="store_true", help="write over a contract that you have edited"
    )
    check = _action(
        actions, "check", "compare contracts with the live documents; exits 3 on drift", _check
    )
    check.add_argument("endpoints", metavar="ID", nargs="*")


def _action(actions: Any, name: str, what: str, run: Any) -> argparse.ArgumentParser:
    told = f"{what[0].upper()}{what[1:]}."
    action: argparse.ArgumentParser = actions.add_parser(name, help=what, description=told)
    action.add_argument(
        # Not given here, it may still have been given before the action.
        "--json",
        action="store_true",
        default=argparse.SUPPRESS,
        help="print JSON, for programs",
    )
    action.set_defaults(run=run)
    return action


def _run(arguments: argparse.Namespace) -> int:
    from matchcut import catalogue  # noqa: PLC0415 - `--help` does without
    from matchcut.cli.matrix import table  # noqa: PLC0415

    known = _known()
    found = catalogue.find_endpoints(_needs(arguments), known.contracts.values())
    if arguments.json:
        facts = {
            "endpoints": [
                {**row.to_json(), "own": row.contract.id in known.own} for row in found.rows
            ],
            "unsure": list(found.unsure),
        }
        print(json.dumps(facts, indent=2, ensure_ascii=False))
        return Exit.DONE
    print(table(found.rows, known.own, colour=sys.stdout.isatty()))
    if found.unsure:
        print()
        print("Too little is known to tell of these:")
        print("\n".join(f"  {plain(name)}" for name in found.unsure))
    return Exit.DONE


def _needs(arguments: argparse.Namespace) -> "Needs":
    from matchcut.endpoints.contract import Role  # noqa: PLC0415
    from matchcut.endpoints.offered import lines  # noqa: PLC0415
    from matchcut.plan.matrix import Needs  # noqa: PLC0415

    size, price = arguments.min_resolution, arguments.max_price
    min_lines = None if size is None else lines(size)
    if size is not None and min_lines is None:
        raise _wrong("--min-resolution", size, "Write a size as in 720p or 4k.")
    try:
        max_usd = None if price is None else Decimal(price)
    except InvalidOperation:
        max_usd = Decimal("NaN")
    if max_usd is not None and not (max_usd.is_finite() and max_usd >= 0):
        raise _wrong("--max-price", price, "Write US dollars a second, as in 0.2.")
    return Needs(
        roles=frozenset(Role(name) for name in _FLAGS if getattr(arguments, name)),
        min_lines=min_lines,
        max_usd=max_usd,
    )


def _show(arguments: argparse.Namespace) -> int:
    from matchcut import catalogue  # noqa: PLC0415
    from matchcut.cli.contract import describe  # noqa: PLC0415
    from matchcut.endpoints.write import to_json  # noqa: PLC0415

    known = _known()
    contract = catalogue.contract_of(arguments.endpoint, known)
    file = known.own.get(contract.id)
    if arguments.json:
        facts = {**to_json(contract), "file": None if file is None else str(file)}
        print(json.dumps(facts, indent=2, ensure_ascii=False))
    else:
        print(describe(contract, file))
    return Exit.DONE


def _import(arguments: argparse.Namespace) -> int:
    from matchcut import catalogue  # noqa: PLC0415

    done = catalogue.import_endpoint(arguments.source, endpoint=arguments.id, force=arguments.force)
    if arguments.json:
        written = done.written
        facts = {
            "endpoint": done.contract.id,
            "file": str(written.file),
            "changed": written.changed,
            "before": None if written.before is None else str(written.before),
            "replaces_shipped": done.replaces_shipped,
            "roles": {role.value: name for role, name in done.contract.roles.items()},
            "inferred": list(done.contract.inferred),
            "notes": list(done.contract.notes),
            "usd": "unknown",
        }
        print(json.dumps(facts, indent=2, ensure_ascii=False))
    else:
        print("\n".join(plain(line) for line in _told(done)))
    return Exit.DONE


def _told(done: "Imported") -> Iterable[str]:
    """What an import made, what it guessed, and what is left to do."""
    contract, written = done.contract, done.written
    yield f"{contract.id}"
    yield f"  {'written to' if written.changed else 'nothing has changed in'} {written.file}"
    if written.before is not None:
        yield f"  what you had there is kept in {written.before}"
    yield ""
    yield "Guessed from names, types and descriptions; look them over before you pay for a shot:"
    for role, name in contract.roles.items():
        yield f"  {role.value:<16} {name}"
    yield "Where they are right, take `inferred` out of the file."
    for note in contract.notes:
        yield f"  {note}"
    if done.replaces_shipped:
        yield ""
        yield "matchcut comes with a contract of this endpoint, which has what a document does not"
        yield "state: prices, worked examples, what is refused. Yours is read instead of it; take"
        yield "the file away to go back."
    yield ""
    yield "Its price is unknown: `matchcut plan` says so, and `matchcut render` sends nothing"
    yield "without one. Give `--price SHOT=USD`, or add to the file, once for each price:"
    yield ""
    yield from _price_block(contract)


def _price_block(contract: "Contract") -> Iterable[str]:
    """A price as it stands in a contract; under a condition where there is one to be had."""
    from matchcut.endpoints.contract import Role  # noqa: PLC0415

    yield "[[prices]]"
    yield 'usd = "0.10"'
    yield 'unit = "second"'
    size = contract.parameter(Role.RESOLUTION)
    if size is not None and size.values:
        name = contract.roles[Role.RESOLUTION]
        yield f"when = {{ {name} = {json.dumps(size.default or size.values[0])} }}"
    yield 'source = "where you read it"'
    yield f"read = {contract.read}"


def _check(arguments: argparse.Namespace) -> int:
    from matchcut import catalogue  # noqa: PLC0415

    checked = []
    for one in catalogue.check_endpoints(arguments.endpoints, among=_known()):
        checked.append(one)
        if not arguments.json:
            print("\n".join(plain(line) for line in _compared(one)), flush=True)
    if arguments.json:
        print(json.dumps([_facts(one) for one in checked], indent=2, ensure_ascii=False))
    differing = sum(bool(one.differences) for one in checked)
    errors = [one.error for one in checked if one.error is not None]
    if not arguments.json:
        print(f"\n{len(checked) - len(errors)} checked, {differing} differ.")
        if differing:
            print("`matchcut endpoints import ID` makes a contract of today's document.")
    if differing:
        return Exit.FINDINGS
    return errors[0].exit if errors else Exit.DONE


def _compared(one: "Checked") -> Iterable[str]:
    if one.error is not None:
        yield f"{one.endpoint}: could not be checked: {one.error.message}"
        yield f"  {one.error.fix}"
        return
    count = len(one.differences)
    told = "as it was" if not count else f"{count} difference{'' if count == 1 else 's'}"
    yield f"{one.endpoint}: {told}"
    for difference in one.differences:
        yield f"  {difference.severity.value:<8} {difference.where:<24} {difference.message}"


def _facts(one: "Checked") -> dict[str, Any]:
    error = one.error
    return {
        "endpoint": one.endpoint,
        "differences": [difference.to_json() for difference in one.differences],
        "error": None if error is None else {"code": error.code.value, "message": error.message},
    }


def _known() -> "Known":
    """Every contract; files of the user's own that cannot be read are said on standard error."""
    from matchcut.store.contracts import known  # noqa: PLC0415

    everything = known()
    for one in everything.broken:
        error = one.error
        print(plain(f"{error.where}: warning: {error.message}"), file=sys.stderr)
        print(plain(f"    {error.fix}"), file=sys.stderr)
    return everything


def _wrong(option: str, value: str, fix: str) -> MatchcutError:
    return MatchcutError(
        Code.USAGE, f"{option} does not take `{value}`", where="matchcut endpoints", fix=fix
    )

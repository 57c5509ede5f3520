"""The verbs on endpoints, for Python: what is known, what can do what, imports, drift."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from matchcut.endpoints.contract import Contract
from matchcut.endpoints.document import shown
from matchcut.endpoints.drift import Difference, drift
from matchcut.endpoints.load import shipped
from matchcut.endpoints.openapi import LARGEST_BYTES, check_id, parse_document, read_document
from matchcut.errors import Code, MatchcutError
from matchcut.findings import nearest
from matchcut.plan.matrix import Needs, Row, matrix
from matchcut.store.contracts import Known, Written, known, write_own

Fetch = Callable[[str], Mapping[str, Any]]
"""An endpoint's id to its OpenAPI document."""
_FILES = (".json", ".yaml", ".yml", ".toml", ".txt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Endpoints that can do what is needed."""

    rows: tuple[Row, ...]
    unsure: tuple[str, ...]
    """Ids of those of which too little is known to tell; they are not in `rows`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """A contract made from a document, and where it lies."""

    contract: Contract
    written: Written
    replaces_shipped: bool
    """True where matchcut has one of its own, which is not read any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A contract against the live document of its endpoint."""

    endpoint: str
    differences: tuple[Difference, ...] = ()
    error: MatchcutError | None = None
    """Why it could not be checked."""


def find_endpoints(needs: Needs, contracts: Iterable[Contract] | None = None) -> Found:
    """The endpoints that can do what is needed, all of it at once.

    Args:
        needs: What they must be able to do; `Needs()` is nothing.
        contracts: Among which; all that are known where they are not given.

    """
    rows = matrix(known().contracts.values() if contracts is None else contracts)
    met = [(row, needs.met(row)) for row in rows]
    return Found(
        rows=tuple(row for row, fits in met if fits),
        unsure=tuple(row.contract.id for row, fits in met if fits is None),
    )


def contract_of(endpoint: str, among: Known) -> Contract:
    """The contract of an endpoint.

    Raises:
        MatchcutError: `contract.broken` where a file of the user's own holds it and cannot be read,
            `endpoint.unknown` where there is none.

    """
    contract = among.contracts.get(endpoint)
    if contract is not None:
        return contract
    for one in among.broken:
        if one.endpoint == endpoint:
            raise one.error
    meant = nearest(endpoint, among.contracts)
    raise MatchcutError(
        Code.ENDPOINT_UNKNOWN,
        f"there is no contract for the endpoint `{endpoint}`",
        fix=(f"Did you mean `{meant}`? " if meant else "")
        + f"`matchcut endpoints import {endpoint}` makes one.",
    )


def import_endpoint(
    source: str | Path,
    *,
    endpoint: str | None = None,
    force: bool = False,
    folder: Path | None = None,
    fetch: Fetch | None = None,
) -> Imported:
    """Make a contract from an endpoint's OpenAPI document, in the user's own folder.

    Every role is guessed from names, types and descriptions, and marked so. Prices are unknown.

    Args:
        source: A file that holds the document, or an endpoint's id, whose document is fetched with
            the user's key.
        endpoint: The endpoint's id, where the document does not say it.
        force: Write over a contract that the user has edited; what it held is kept beside it.
        folder: Where to; the user's own folder where it is not given.
        fetch: In place of fal's platform.

    Raises:
        MatchcutError: `document.broken`, `endpoint.unknown`, `contract.edited`,
            `folder.unwritable`; `provider.key` and `provider.network` where it is fetched.

    """
    file = _file_of(source)
    today = datetime.now(UTC).date()
    if file is not None:
        raw = parse_document(_read(file), file.name)
        contract = read_document(
            raw,
            name=file.name,
            source=f"OpenAPI document {shown(file.name)}",
            read=today,
            endpoint=endpoint,
        )
    else:
        contract = _live(check_id(str(source)), today, fetch)
    written = write_own(contract, force=force, folder=folder)
    return Imported(contract=contract, written=written, replaces_shipped=contract.id in shipped())


def check_endpoints(
    endpoints: Iterable[str] = (), *, fetch: Fetch | None = None, among: Known | None = None
) -> Iterator[Checked]:
    """Compare contracts with the live documents of their endpoints, one after the other.

    Args:
        endpoints: Ids; all that are known where none is given.
        fetch: In place of fal's platform.
        among: Every contract there is, where that is known already.

    Yields:
        Each endpoint with what differs, or why it could not be checked.

    Raises:
        MatchcutError: `provider.key` where there is no key or it is not taken, `endpoint.unknown`
            where one is named that has no contract.

    """
    everything = known() if among is None else among
    contracts = [contract_of(name, everything) for name in endpoints]
    today = datetime.now(UTC).date()
    for contract in contracts or everything.contracts.values():
        try:
            live = _live(contract.id, today, fetch)
        except MatchcutError as error:
            if error.code is Code.PROVIDER_KEY:
                raise
            yield Checked(endpoint=contract.id, error=error)
        else:
            yield Checked(endpoint=contract.id, differences=drift(contract, live))


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise MatchcutError(
            Code.DOCUMENT_BROKEN,
            f"the document cannot be read: {error.strerror or error}",
            where=str(file),
            fix="Look at its permissions.",
        ) from error


def _live(endpoint: str, today: date, fetch: Fetch | None) -> Contract:
    if fetch is None:
        from matchcut.render.providers.fal.platform import openapi  # noqa: PLC0415 - loads httpx

        fetch = openapi
    return read_document(
        fetch(endpoint),
        name=f"fal's document of {endpoint}",
        source="fal's OpenAPI document",
        read=today,
        endpoint=endpoint,
    )


def _file_of(source: str | Path) -> Path | None:
    """The file that is meant, or None where an id is.

    Raises:
        MatchcutError: `document.broken` where a file is meant that is not there, or an address.

    """
    text = str(source)
    if "://" in text:
        raise MatchcutError(
            Code.DOCUMENT_BROKEN,
            "documents are not fetched from addresses",
            fix="Name the endpoint by its id, or save the document to a file and name that.",
        )
    try:
        file = Path(source).expanduser()
        there = file.is_file()
    except (OSError, RuntimeError, ValueError):
        return None
    if there:
        return file
    if isinstance(source, Path) or file.suffix.lower() in _FILES or text[:1] in ("/", ".", "~"):
        raise MatchcutError(
            Code.DOCUMENT_BROKEN,
            "there is no such file",
            where=text,
            fix="Name a file that holds an OpenAPI document, or an endpoint's id.",
        )
    return None

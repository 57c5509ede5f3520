"""The user's own contracts: a folder of theirs, searched before what comes with matchcut."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from matchcut.endpoints.contract import Contract
from matchcut.endpoints.load import parse_contract, shipped
from matchcut.errors import Code, MatchcutError

_SUFFIX = ".toml"
_LARGEST_CONTRACT = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A file of the user's own that holds no contract."""

    file: Path
    endpoint: str | None
    """The endpoint that it was meant for, where that can be told."""
    error: MatchcutError


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Every contract there is."""

    contracts: Mapping[str, Contract]
    """By endpoint id, in order of id: the user's own, and what comes with matchcut."""
    own: Mapping[str, Path] = field(default_factory=dict)
    """The files of the user's own, by endpoint id."""
    broken: tuple[Broken, ...] = ()
    """Files that cannot be read. An endpoint that one of them was meant for is in `contracts` only
    where another file of the user's own has it: what is shipped is no stand-in for what they
    wrote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A contract that was written."""

    file: Path
    changed: bool
    """False where the file held just that already."""
    before: Path | None
    """Where the file lies that the user had edited; None where there was none."""


def own_folder(environment: Mapping[str, str] | None = None) -> Path | None:
    """The folder of the user's own contracts; it need not be there.

    Args:
        environment: Where to look; the process's own where it is not given.

    Returns:
        `endpoints` in `MATCHCUT_HOME`, else in `matchcut` in `XDG_CONFIG_HOME` (which counts where
        it is absolute, by its specification), else in `~/.config/matchcut`; None where the user has
        no home.

    """
    known = os.environ if environment is None else environment
    home = known.get("MATCHCUT_HOME", "")
    base = known.get("XDG_CONFIG_HOME", "")
    try:
        if home:
            folder = Path(home).expanduser()
        elif Path(base).is_absolute():
            folder = Path(base) / "matchcut"
        else:
            folder = Path.home() / ".config" / "matchcut"
    except RuntimeError:
        return None
    return folder / "endpoints"


def known(folder: Path | None = None) -> Known:
    """Every contract there is: the user's own, and those that come with matchcut.

    A file that cannot be read takes no other one down with it.

    Args:
        folder: The user's own; `own_folder()` where it is not given.

    """
    place = folder or own_folder()
    if place is None:
        return Known(contracts=shipped())
    own: dict[str, Contract] = {}
    files: dict[str, Path] = {}
    broken: list[Broken] = []
    for file in _files(place, broken):
        text = ""
        try:
            text = _read(file)
            contract = parse_contract(text, str(file))
            if contract.id in own:
                raise _twice(file, files[contract.id])
        except MatchcutError as error:
            broken.append(Broken(file=file, endpoint=_meant(text, file), error=error))
            continue
        own[contract.id] = contract
        files[contract.id] = file
    meant = {one.endpoint for one in broken}
    others = {name: one for name, one in shipped().items() if name not in meant}
    contracts = {**others, **own}
    return Known(
        contracts={name: contracts[name] for name in sorted(contracts)},
        own=files,
        broken=tuple(broken),
    )


def write_own(contract: Contract, *, force: bool = False, folder: Path | None = None) -> Written:
    """Write a contract to the user's own folder.

    Args:
        contract: What to write.
        force: Write over a file that the user has edited; what it held is kept beside it.
        folder: Where; `own_folder()` where it is not given.

    Raises:
        MatchcutError: `contract.edited` where the user has edited the file, `folder.unwritable`
            where it cannot be written.

    """
    from matchcut.endpoints.openapi import check_id  # noqa: PLC0415 - a plan does without
    from matchcut.endpoints.write import is_untouched, to_toml  # noqa: PLC0415

    place = folder or own_folder()
    if place is None:
        raise MatchcutError(
            Code.FOLDER_UNWRITABLE,
            "there is no folder for contracts of your own",
            fix="Set MATCHCUT_HOME to a folder.",
        )
    check_id(contract.id)
    file = known(place).own.get(contract.id) or place / _file_name(contract.id)
    text = to_toml(contract)
    before: Path | None = None
    try:
        place.mkdir(parents=True, exist_ok=True)
        if file.exists():
            held = file.read_bytes()[: _LARGEST_CONTRACT + 1].decode("utf-8", "replace")
            if held == text:
                return Written(file=file, changed=False, before=None)
            if not is_untouched(held) or _meant(held, file) != contract.id:
                if not force:
                    raise _edited(file)
                before = file.with_name(f"{file.name}.before")
                file.replace(before)
        draft = file.with_name(f".{file.name}.{os.getpid()}")
        draft.write_text(text, encoding="utf-8", newline="\n")
        draft.replace(file)
    except OSError as error:
        raise MatchcutError(
            Code.FOLDER_UNWRITABLE,
            f"the contract cannot be written: {error.strerror or error}",
            where=str(file),
            fix="Look at the permissions there and at the free space, or set MATCHCUT_HOME to "
            "another folder.",
        ) from error
    return Written(file=file, changed=True, before=before)


def _file_name(endpoint: str) -> str:
    return f"{endpoint.replace('/', '__')}{_SUFFIX}"


def _files(folder: Path, broken: list[Broken]) -> list[Path]:
    try:
        return sorted(
            file
            for file in folder.iterdir()
            if file.suffix == _SUFFIX and not file.name.startswith(".") and not file.is_dir()
        )
    except FileNotFoundError:
        return []
    except OSError as error:
        problem = MatchcutError(
            Code.CONTRACT_BROKEN,
            f"your own contracts cannot be read: {error.strerror or error}",
            where=str(folder),
            fix="Look at the permissions there, or set MATCHCUT_HOME to another folder.",
        )
        broken.append(Broken(file=folder, endpoint=None, error=problem))
        return []


def _read(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            data = stream.read(_LARGEST_CONTRACT + 1)
        if len(data) > _LARGEST_CONTRACT:
            problem = "it is larger than 1 MiB"
        else:
            return data.decode("utf-8")
    except UnicodeError:
        problem = "it is no UTF-8 text"
    except OSError as error:
        problem = str(error.strerror or error)
    raise MatchcutError(
        Code.CONTRACT_BROKEN,
        f"this contract cannot be read: {problem}",
        where=str(file),
        fix="Mend it, or take it out of that folder.",
    )


def _meant(text: str, file: Path) -> str | None:
    """The endpoint that a broken file was meant for: by its text, else by its name."""
    try:
        stated = tomllib.loads(text).get("id")
    except (ValueError, RecursionError):
        stated = None
    return stated if isinstance(stated, str) else file.stem.replace("__", "/")


def _twice(file: Path, other: Path) -> MatchcutError:
    return MatchcutError(
        Code.CONTRACT_BROKEN,
        f"this is a second contract of the endpoint that {other.name} describes",
        where=str(file),
        fix="Take one of the two out of that folder.",
    )


def _edited(file: Path) -> MatchcutError:
    return MatchcutError(
        Code.CONTRACT_EDITED,
        "you have edited this contract, and it would be written over",
        where=str(file),
        fix="`matchcut endpoints check` says what has changed. `--force` writes it anew, and keeps "
        "what it held beside it.",
    )

"""A film on disk: its folder, its text, and facts of the files it names. The edge before the plan.

Nothing outside the film's folder is read unless the caller allows it: a film file may come from
anybody.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path as FilePath

from matchcut.address import bare, is_address
from matchcut.errors import Code, MatchcutError
from matchcut.film.document import LARGEST_BYTES
from matchcut.film.read import FilmText, read_film
from matchcut.film.types import Film
from matchcut.findings import Finding, Path, nearest
from matchcut.frames.facts import ClipInfo, StillInfo
from matchcut.plan.types import Media

_MOST_NAMES = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A film that was read, with what is wrong with its text and its files."""

    path: FilePath
    """The film file, absolute."""
    text: FilmText
    media: Media
    findings: tuple[Finding, ...]
    """Mistakes of the text and of the files; the plan adds its own."""
    outside: tuple[FilePath, ...] = field(default=())
    """Folders beside the film's own that it may read from."""
    addresses: tuple[str, ...] = ()
    """Pictures that the film names by an `https` address; nobody has looked at them."""

    @property
    def film(self) -> Film:
        """What the user wrote; as whole as it could be made where it has mistakes."""
        return self.text.film

    @property
    def folder(self) -> FilePath:
        """The film's folder."""
        return self.path.parent

    def file(self, written: str) -> FilePath:
        """The file that a path in the film stands for.

        Raises:
            MatchcutError: `film.findings` where it lies outside the film's folder and is not
                allowed.

        """
        return _resolve(self.folder, self.outside, written)


def load(path: FilePath | str, *, allow: tuple[FilePath | str, ...] = ()) -> Project:
    """Read a film file and look at every file it names.

    Args:
        path: The film, YAML or (`.json`) JSON.
        allow: Folders outside the film's own that its pictures and clips may lie in.

    Returns:
        The project. Mistakes do not raise: they are its findings, all of them, and `plan` and
        `render` take them from there.

    Raises:
        MatchcutError: `film.unreadable` where there is no film to look at.

    """
    return load_text(_read(FilePath(path)), path, allow=allow)


def read(path: FilePath | str) -> Project:
    """Read a film file and look at none of the files that it names.

    It is for what is said about a film and not made of it, and takes a tenth of the time.

    Raises:
        MatchcutError: `film.unreadable` where there is no film to look at.

    """
    file = FilePath(path)
    text = read_film(_read(file), file.name if file.is_absolute() else file.as_posix())
    return Project(path=file.resolve(), text=text, media=Media(), findings=text.findings)


def load_text(
    data: bytes, path: FilePath | str, *, allow: tuple[FilePath | str, ...] = ()
) -> Project:
    """The same for a film whose text is at hand.

    Args:
        data: The film's text, UTF-8.
        path: The film file that it stands for, which need not be there.
        allow: Folders outside the film's own that its pictures and clips may lie in.

    """
    file = FilePath(path)
    # As it was typed, so that a terminal can open it; an absolute path would fill the line.
    text = read_film(data, file.name if file.is_absolute() else file.as_posix())
    whole = file.resolve()
    outside = tuple(FilePath(folder).resolve() for folder in allow)
    stills: dict[str, StillInfo] = {}
    clips: dict[str, ClipInfo] = {}
    addresses: dict[str, None] = {}
    findings = list(text.findings)
    for place, kind, written in _named(text.film):
        if kind == "still" and is_address(written):
            addresses[written] = None
            continue
        try:
            found = _resolve(whole.parent, outside, written)
            if kind == "clip" and written not in clips:
                clips[written] = _probe(found)
            elif kind == "still" and written not in stills:
                stills[written] = _inspect(found)
        except MatchcutError as error:
            finding = text.locate(
                Finding(id=error.code.value, path=place, message=error.message, fix=error.fix)
            )
            if text.says(finding):
                findings.append(finding)
    return Project(
        path=whole,
        text=text,
        media=Media(stills=stills, clips=clips),
        findings=tuple(findings),
        outside=outside,
        addresses=tuple(addresses),
    )


def _read(file: FilePath) -> bytes:
    try:
        if not file.is_file():
            kind = "a folder" if file.is_dir() else "not there" if not file.exists() else "no file"
            raise MatchcutError(
                Code.FILM_UNREADABLE,
                f"the film file cannot be read: it is {kind}",
                where=str(file),
                fix="Name a film file, as in `matchcut plan film.yaml`.",
            )
        with file.open("rb") as stream:
            return stream.read(LARGEST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise MatchcutError(
            Code.FILM_UNREADABLE,
            f"the film file cannot be read: {reason}",
            where=str(file),
            fix="Look at its name and its permissions.",
        ) from None


def _named(film: Film) -> Iterator[tuple[Path, str, str]]:
    """Every file the film names: where, of which kind, as written."""
    for name, member in film.cast.items():
        if member.frontal is not None:
            yield ("cast", name, "frontal"), "still", member.frontal
        for number, reference in enumerate(member.references):
            yield ("cast", name, "references", number), "still", reference
    for index, shot in enumerate(film.shots):
        for key, kind in (("start", "still"), ("end", "still"), ("clip", "clip")):
            written = getattr(shot, key)
            if written is not None:
                yield ("shots", index, key), kind, written


def _resolve(folder: FilePath, outside: tuple[FilePath, ...], written: str) -> FilePath:
    if "\0" in written or not written.strip():
        raise MatchcutError(
            Code.FILE_OUTSIDE, "this is not the name of a file", fix="Write a path."
        )
    if "://" in written:
        raise MatchcutError(
            Code.FILE_OUTSIDE,
            f"`{_short(bare(written))}` is an address of a kind that is not taken here",
            fix="Save it beside the film file and name it there; pictures may also be named by an "
            "`https` address.",
        )
    try:
        found = (folder / written).resolve()
    except (OSError, RuntimeError):
        raise MatchcutError(
            Code.FILE_OUTSIDE, f"`{_short(written)}` leads nowhere", fix="Look at its links."
        ) from None
    if any(found.is_relative_to(folder / own) for own in ("out", ".matchcut")):
        raise MatchcutError(
            Code.FILE_OUTSIDE,
            f"`{_short(written)}` lies where matchcut writes, and would be written over",
            fix="Copy it to a place of its own beside the film file, and name it there.",
        )
    if not any(found.is_relative_to(allowed) for allowed in (folder, *outside)):
        raise MatchcutError(
            Code.FILE_OUTSIDE,
            f"`{_short(written)}` lies outside the film's folder",
            fix="Copy it into the folder, or allow its folder with `--allow FOLDER`.",
        )
    return found


def _probe(file: FilePath) -> ClipInfo:
    from matchcut.frames.clip import probe  # noqa: PLC0415 - a film without footage needs no decoder

    _must_exist(file)
    return probe(file)


def _inspect(file: FilePath) -> StillInfo:
    from matchcut.frames.still import inspect_still  # noqa: PLC0415 - nor one without stills

    _must_exist(file)
    return inspect_still(file)


def _must_exist(file: FilePath) -> None:
    try:
        exists = file.is_file()
    except OSError:
        exists = False
    if not exists:
        raise MatchcutError(
            Code.FILE_MISSING,
            f"there is no file `{_short(file.name)}` in {_short(str(file.parent))}",
            fix=_beside(file)
            or "Put it there, or mend the path; paths are relative to the film file.",
        )


def _beside(file: FilePath) -> str:
    """A cure where a file of nearly that name is there, or the path is written as on Windows."""
    if "\\" in file.name:
        return "Write the path with `/`: it is read so everywhere."
    try:
        names = [place.name for place in islice(file.parent.iterdir(), _MOST_NAMES)]
    except OSError:
        return ""
    near = nearest(file.name, names)
    return f"Did you mean `{_short(near)}`?" if near else ""


def _short(text: str) -> str:
    longest = 120
    return text if len(text) <= longest else f"{text[:longest]}..."

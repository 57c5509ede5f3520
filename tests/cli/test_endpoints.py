"""`matchcut endpoints` as a person and a program meet it, with a platform that misbehaves."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

import matchcut
from endpoints.openapi_documents import FOLDER, document, read_file
from hostile import Fault, HostileFal
from matchcut.cli.main import main
from matchcut.endpoints.load import shipped
from matchcut.store.contracts import known
from small import write_film

VIDU = "fal-ai/vidu/q3/image-to-video"
VIDU_FILE = FOLDER / "vidu-q3.json"
WAN = "fal-ai/wan/v2.7/image-to-video"
KLING = "fal-ai/kling-video/v3/pro/image-to-video"
KEY = "0b5e7c1d-key:of-nobody"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's own folder."""
    monkeypatch.setenv("MATCHCUT_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "endpoints"


@pytest.fixture
def fal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HostileFal]:
    """fal's platform on loopback, with one endpoint that nobody has a contract of."""
    vidu = read_file("vidu-q3.json")
    with HostileFal(tmp_path / "fal", contracts={**shipped(), VIDU: vidu}) as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        server.documents[VIDU] = json.loads(VIDU_FILE.read_bytes())
        yield server


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def command(*arguments: object) -> tuple[int, str, str]:
        code = main(["endpoints", *map(str, arguments)])
        out, err = capsys.readouterr()
        return code, out, err

    return command


def rows(out: str) -> dict[str, list[str]]:
    """The matrix: the cells below each endpoint."""
    lines = out.splitlines()
    return {
        name.split()[0]: cells.split()
        for name, cells in pairwise(lines)
        if "/" in name and not name.startswith(" ") and cells.startswith("  ")
    }


@pytest.mark.usefixtures("home")
class TestMatrix:
    def test_it_fits_in_a_hundred_columns(self, run: Run) -> None:
        code, out, err = run()
        assert code == 0
        assert err == ""
        assert max(map(len, out.splitlines())) <= 100

    def test_every_endpoint_is_a_row(self, run: Run) -> None:
        found = rows(run()[1])
        assert set(found) == set(shipped())
        assert found[WAN] == [
            "yes",
            "yes",
            "yes",
            "-",
            "yes",
            "720p",
            "1080p",
            "2-15",
            "?",
            "-",
            "0.1-0.15",
        ]
        kling = found[KLING]
        assert kling[:7] == ["yes*", "yes", "-", "yes", "-", "-", "3-15"]
        assert kling[-1] == "0.224-0.336", "of conflicting prices the highest"
        assert found["fal-ai/ltx-2.3/image-to-video/fast"][-1] == "unknown"

    @pytest.mark.parametrize(
        ("filters", "has", "has_not"),
        [
            (["--continue"], WAN, KLING),
            (["--elements"], KLING, WAN),
            (["--seed"], WAN, KLING),
            (["--audio"], KLING, WAN),
            (["--end"], WAN, "fal-ai/wan/v2.7/text-to-video"),
            (["--min-resolution", "1440p"], "fal-ai/ltx-2.3/image-to-video", WAN),
            (["--max-price", "0.12"], WAN, KLING),
            (["--end", "--seed", "--max-price", "0.2"], WAN, KLING),
        ],
    )
    def test_filters(self, run: Run, filters: list[str], has: str, has_not: str) -> None:
        found = rows(run(*filters)[1])
        assert has in found
        assert has_not not in found

    def test_what_too_little_is_known_of_is_named_apart(self, run: Run) -> None:
        code, out, _ = run("--min-resolution", "1440p", "--max-price", "0.2")
        assert code == 0
        table, unsure = out.split("Too little is known")
        assert KLING not in table
        assert "fal-ai/ltx-2.3/image-to-video/fast" in unsure

    def test_nothing_is_said_where_nothing_can_do_it(self, run: Run) -> None:
        code, out, _ = run("--elements", "--continue")
        assert code == 0
        assert out == "No endpoint that is known can do that.\n"

    @pytest.mark.parametrize(
        "wrong",
        [
            ["--min-resolution", "big"],
            ["--max-price", "cheap"],
            ["--max-price", "-1"],
            ["--max-price", "nan"],
            ["--wibble"],
            ["wibble"],
            ["show"],
            ["import"],
        ],
    )
    def test_wrong_usage_is_a_sentence(self, run: Run, wrong: list[str]) -> None:
        code, out, err = run(*wrong)
        assert (code, out) == (2, "")
        assert len(err.splitlines()) == 2

    def test_json(self, run: Run) -> None:
        facts = json.loads(run("--continue", "--seed", "--json")[1])
        found = {row["id"]: row for row in facts["endpoints"]}
        assert found[WAN]["continue"]["parameter"] == "video_url"
        assert found[WAN]["usd_a_second"] == {"lowest": "0.1", "highest": "0.15"}
        assert found[WAN]["own"] is False
        assert KLING not in found


@pytest.mark.usefixtures("home")
class TestShow:
    @pytest.mark.parametrize("contract", shipped().values(), ids=lambda c: c.id)
    def test_everything_of_a_contract_is_there(self, run: Run, contract: matchcut.Contract) -> None:
        code, out, _ = run("show", contract.id)
        assert code == 0
        flat = " ".join(out.split())
        said = [
            *contract.parameters,
            *contract.notes,
            *(role.value for role in contract.roles),
            *(rule.source for rule in contract.exclusions),
            *(rule.source for rule in contract.couplings),
            *(rule.what for rule in contract.refusals),
            *(price.source for price in contract.prices),
            *(str(price.usd) for price in contract.prices),
            *([contract.waiting.source] if contract.waiting else []),
            contract.source,
            contract.read.isoformat(),
            contract.output.video,
        ]
        assert [text for text in said if " ".join(text.split()) not in flat] == []
        assert max(map(len, out.splitlines())) <= 100

    def test_json(self, run: Run) -> None:
        facts = json.loads(run("show", KLING, "--json")[1])
        assert facts["roles"]["start"] == "start_image_url"
        assert facts["elements"]["tag"] == "@Element{n}"
        assert facts["file"] is None
        assert json.loads(run("--json", "show", KLING)[1]) == facts

    def test_one_that_nobody_knows(self, run: Run) -> None:
        code, _, err = run("show", "fal-ai/kling-video/v3/pro/image-to-vide")
        assert code == 2
        assert f"Did you mean `{KLING}`?" in err
        assert "matchcut endpoints import" in err


class TestImportOfAFile:
    def test_it_is_written_found_and_marked(self, run: Run, home: Path) -> None:
        code, out, err = run("import", VIDU_FILE)
        assert (code, err) == (0, "")
        assert str(home / "fal-ai__vidu__q3__image-to-video.toml") in out
        assert re.search(r"end +end_image_url", out)
        assert "price is unknown" in out
        assert "[[prices]]" in out
        table = run("--end")[1]
        assert f"{VIDU}  (your own, roles are guesses)" in table
        assert rows(table)[VIDU][-1] == "unknown"
        assert "end_image_url  (a guess)" in run("show", VIDU)[1]

    def test_the_price_that_it_shows_can_be_added(
        self, run: Run, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        out = run("import", VIDU_FILE)[1]
        film = write_film(tmp_path / "film", FILM.replace("ENDPOINT", VIDU))
        assert main(["plan", str(film)]) == 0
        assert "unknown" in capsys.readouterr().out
        file = next(home.iterdir())
        with file.open("a", encoding="utf-8") as stream:
            stream.write("\n" + out[out.index("[[prices]]") :])
        assert main(["plan", str(film), "--json"]) == 0
        plan = json.loads(capsys.readouterr().out)
        assert plan["cost_usd"] == "0.4"
        assert plan["unpriced"] == []
        sent = plan["shots"][0]["arguments"]
        assert sent["image_url"] == "still://art/a.png"
        assert sent["duration"] == 4

    def test_an_edited_file_is_kept_unless_it_is_forced(self, run: Run, home: Path) -> None:
        run("import", VIDU_FILE)
        file = next(home.iterdir())
        file.write_text(file.read_text("utf-8") + "\n# mine\n", encoding="utf-8")
        code, out, err = run("import", VIDU_FILE)
        assert (code, out) == (4, "")
        assert "you have edited this contract" in err
        assert "--force" in err
        assert file.read_text("utf-8").endswith("# mine\n")
        code, out, _ = run("import", VIDU_FILE, "--force")
        assert code == 0
        assert str(file.with_name(f"{file.name}.before")) in out
        assert "# mine" not in file.read_text("utf-8")

    def test_that_it_takes_the_place_of_a_shipped_one_is_said(
        self, run: Run, home: Path, tmp_path: Path
    ) -> None:
        made = document({"prompt": {"type": "string"}, "image_url": {"type": "string"}})
        made["info"] = {}
        (tmp_path / "wan.json").write_text(json.dumps(made), encoding="utf-8")
        code, out, _ = run("import", tmp_path / "wan.json", "--id", WAN)
        assert code == 0
        assert "Yours is read instead of it" in out
        shutil.rmtree(home)
        assert "Yours is read" not in run("import", VIDU_FILE)[1]

    def test_json(self, run: Run, home: Path) -> None:
        facts = json.loads(run("import", VIDU_FILE, "--json")[1])
        assert facts["endpoint"] == VIDU
        assert Path(facts["file"]).parent == home
        assert facts["roles"]["end"] == "end_image_url"
        assert facts["inferred"] == [*facts["roles"]]
        assert facts["usd"] == "unknown"

    @pytest.mark.parametrize(
        ("source", "says", "code"),
        [
            ("nowhere.json", "no such file", 3),
            ("./nowhere", "no such file", 3),
            ("../../etc/nowhere", "no such file", 3),
            ("https://example.com/openapi.json", "not fetched from addresses", 3),
            ("file:///etc/passwd", "not fetched from addresses", 3),
            ("one-word", "no endpoint's id", 2),
            ("a/b\0c", "no endpoint's id", 2),
        ],
    )
    def test_what_is_neither_a_file_nor_an_endpoint(
        self, run: Run, home: Path, source: str, says: str, code: int
    ) -> None:
        found, _, err = run("import", source)
        assert found == code
        assert says in err
        assert not home.exists()

    def test_a_document_that_is_none(self, run: Run, home: Path, tmp_path: Path) -> None:
        (tmp_path / "it.yaml").write_text("openapi: 3.0.0\n", encoding="utf-8")
        code, out, err = run("import", tmp_path / "it.yaml", "--json")
        assert (code, err) == (3, "")
        error = json.loads(out)
        assert error["code"] == "document.broken"
        assert "YAML is not read" in error["fix"]
        assert not home.exists()


FILM = """
title: Small
canvas: {width: 1280, height: 720, fps: 24}
look: {light: overcast}
defaults: {endpoint: ENDPOINT, duration: 4, resolution: 720p}
shots:
  - {id: one, start: art/a.png, prompt: a door, camera: slow push in}
"""


class TestBrokenContractsOfTheUser:
    @pytest.fixture
    def broken(self, home: Path) -> Path:
        home.mkdir(parents=True)
        file = home / "fal-ai__wan__v2.7__image-to-video.toml"
        file.write_text("id = ", encoding="utf-8")
        return file

    def test_a_film_that_does_not_use_it_can_be_rendered(
        self, broken: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        text = FILM.replace("ENDPOINT", KLING).replace(", resolution: 720p", "")
        film = write_film(tmp_path / "film", text)
        assert main(["plan", str(film)]) == 0
        err = capsys.readouterr().err
        assert f"{broken}: warning: this contract cannot be read" in err

    def test_a_film_that_uses_it_cannot(
        self, broken: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        film = write_film(tmp_path / "film", FILM.replace("ENDPOINT", WAN))
        assert main(["plan", str(film), "--json"]) == 3
        found = json.loads(capsys.readouterr().out)["findings"]
        assert [one["id"] for one in found if one["severity"] == "error"] == [
            "contract.broken",
            "endpoint.unknown",
        ]
        assert found[0]["where"] == str(broken)

    def test_the_matrix_shows_the_others_and_says_so(self, run: Run, broken: Path) -> None:
        code, out, err = run()
        assert code == 0
        assert KLING in out
        assert WAN not in out
        assert f"{broken}: warning" in err

    def test_to_show_it_is_an_error(self, run: Run, broken: Path) -> None:
        code, _, err = run("show", WAN)
        assert code == 4
        assert err.count(str(broken)) == 2


class TestLive:
    def test_an_import_by_id(self, run: Run, home: Path, fal: HostileFal) -> None:
        code, out, err = run("import", VIDU)
        assert (code, err) == (0, "")
        assert "end_image_url" in out
        text = next(home.iterdir()).read_text("utf-8")
        assert fal.key not in text + out
        assert not fal.leaks
        (call,) = fal.calls
        assert call.path.startswith("/v1/models?")

    @pytest.mark.usefixtures("home")
    def test_nothing_has_changed(self, run: Run, fal: HostileFal) -> None:
        code, out, _ = run("check", WAN, KLING)
        assert code == 0, out
        assert f"{WAN}: as it was" in out
        assert "2 checked, 0 differ." in out
        assert not fal.leaks

    @pytest.mark.usefixtures("home", "fal")
    def test_all_are_checked_where_none_is_named(self, run: Run) -> None:
        code, out, _ = run("check", "--json")
        facts = json.loads(out)
        assert code == 0, [one for one in facts if one["differences"]]
        assert {one["endpoint"] for one in facts} == set(shipped())
        assert all(one["error"] is None for one in facts)

    @pytest.mark.usefixtures("home")
    def test_drift_is_listed_and_exits_3(self, run: Run, fal: HostileFal) -> None:
        fal.documents[WAN] = document(
            {
                "prompt": {"type": "string", "maxLength": 5000},
                "image_url": {"type": "string"},
                "duration": {"type": "string", "enum": ["5"], "default": "5"},
                "camera": {"type": "string"},
            },
            required=["prompt"],
        )
        fal.documents[WAN]["info"] = {}
        code, out, _ = run("check", WAN, KLING)
        assert code == 3
        assert re.search(r"error +video_url +it is not there any more", out)
        assert re.search(r"error +prompt +it must be given now", out)
        assert re.search(r"error +duration +it was integer and is string", out)
        assert re.search(r"info +camera +it is new: string", out)
        assert f"{KLING}: as it was" in out
        assert "2 checked, 1 differ." in out

    def test_one_that_cannot_be_checked_stops_no_other(
        self, run: Run, home: Path, fal: HostileFal
    ) -> None:
        run("import", VIDU_FILE)
        assert next(home.iterdir()).exists()
        fal.documents[VIDU] = {"openapi": "3.0.0", "paths": {}}
        code, out, _ = run("check", VIDU, WAN)
        assert code == 3
        assert f"{VIDU}: could not be checked" in out
        assert f"{WAN}: as it was" in out
        facts = json.loads(run("check", VIDU, "--json")[1])
        assert facts[0]["error"]["code"] == "document.broken"

    @pytest.mark.usefixtures("home", "fal")
    def test_one_that_fal_does_not_know(self, run: Run) -> None:
        code, _, err = run("import", "fal-ai/nobody/image-to-video")
        assert code == 2
        assert "fal knows no endpoint" in err

    @pytest.mark.usefixtures("home")
    def test_a_platform_that_is_down(self, run: Run, fal: HostileFal) -> None:
        fal.inject(Fault.PLATFORM_500)
        code, _, err = run("import", VIDU)
        assert code == 6
        assert "HTTP 500" in err

    @pytest.mark.usefixtures("home")
    def test_a_key_that_is_not_taken(
        self, run: Run, fal: HostileFal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("FAL_KEY", KEY)
        for arguments in (("import", VIDU), ("check", WAN)):
            code, out, err = run(*arguments)
            assert code == 4
            assert "does not take the key" in err
            assert KEY not in out + err
        assert not fal.leaks

    @pytest.mark.usefixtures("home")
    def test_no_key(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("FAL_KEY", "FAL_KEY_ID", "FAL_KEY_SECRET"):
            monkeypatch.delenv(name, raising=False)
        code, _, err = run("check")
        assert code == 4
        assert "there is no key for fal" in err


def answers(monkeypatch: pytest.MonkeyPatch, answer: Callable[[httpx.Request], Any]) -> None:
    """Have fal answer so, whatever it is asked."""
    real = httpx.Client
    monkeypatch.setenv("FAL_KEY", KEY)
    monkeypatch.setattr(
        httpx, "Client", lambda **more: real(transport=httpx.MockTransport(answer), **more)
    )


def slow(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("slow", request=request)


def gone(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError(f"no route, and the key is {KEY}", request=request)


def elsewhere(request: httpx.Request) -> httpx.Response:
    assert request.url.host == "api.fal.ai", "the key is sent nowhere else"
    return httpx.Response(302, headers={"location": "https://example.com/"})


def listed(**model: Any) -> Callable[[httpx.Request], httpx.Response]:
    return lambda _: httpx.Response(200, json={"models": [{"endpoint_id": VIDU, **model}]})


def giant() -> Iterator[bytes]:
    for _ in range(50):
        yield b"x" * (1 << 20)


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("answer", "code", "says"),
    [
        (slow, 6, "in time"),
        (gone, 6, "ConnectError"),
        (elsewhere, 6, "redirects"),
        (lambda _: httpx.Response(403), 4, "does not take the key (HTTP 403)"),
        (lambda _: httpx.Response(404), 2, "knows no endpoint"),
        (lambda _: httpx.Response(429), 6, "too often"),
        (lambda _: httpx.Response(502, text="<html>"), 6, "HTTP 502"),
        (lambda _: httpx.Response(200, text="<html>"), 3, "no JSON"),
        (lambda _: httpx.Response(200, json=[1]), 3, "lists no models"),
        (lambda _: httpx.Response(200, json={"models": []}), 2, "knows no endpoint"),
        (lambda _: httpx.Response(200, json={"models": [5, None]}), 2, "knows no endpoint"),
        (listed(), 3, "no OpenAPI document"),
        (listed(openapi={"error": {"code": "gone"}}), 3, "no OpenAPI document"),
        (listed(openapi={"openapi": "3.0.0", "paths": {}}), 3, "no POST"),
        (lambda _: httpx.Response(200, content=giant()), 3, "larger than 16 MiB"),
    ],
)
def test_an_answer_that_will_not_do_is_a_sentence(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    answer: Callable[[httpx.Request], Any],
    code: int,
    says: str,
) -> None:
    answers(monkeypatch, answer)
    found, out, err = run("import", VIDU)
    assert (found, out) == (code, "")
    assert says in err
    assert KEY not in err


@pytest.mark.usefixtures("home")
def test_the_same_from_python(tmp_path: Path) -> None:
    done = matchcut.import_endpoint(VIDU_FILE, folder=tmp_path)
    assert done.contract.roles[matchcut.Role.END] == "end_image_url"
    assert done.written.file.parent == tmp_path
    live = json.loads(VIDU_FILE.read_bytes())
    live["components"]["schemas"]["ViduQ3ImageToVideoInput"]["properties"].pop("seed")
    among = known(tmp_path)
    (checked,) = matchcut.check_endpoints([VIDU], fetch=lambda _: live, among=among)
    assert [difference.where for difference in checked.differences] == ["seed"]
    found = matchcut.find_endpoints(matchcut.Needs(roles=frozenset({matchcut.Role.CONTINUE})))
    assert WAN in [row.contract.id for row in found.rows]

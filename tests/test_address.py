"""Addresses: told from files, and freed of whatever must not be written down."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import matchcut
from matchcut.address import bare, is_address, without_secrets
from small import FILM, write_film

SECRET = "s3cr3t" * 5
AMAZON = (
    "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A%2F20261122&X-Amz-Date=20261122T000000Z"
    f"&X-Amz-Expires=3600&X-Amz-SignedHeaders=host&X-Amz-Signature={SECRET}"
)
SIGNED = {
    "Amazon S3": AMAZON,
    "Amazon S3 of before": f"AWSAccessKeyId=AKIA&Expires=1700000000&Signature={SECRET}",
    "Google": f"X-Goog-Algorithm=a&X-Goog-Credential=c&X-Goog-Date=d&X-Goog-Signature={SECRET}",
    "CloudFront": f"Expires=1700000000&Policy=abc&Signature={SECRET}&Key-Pair-Id=K1",
    "Azure": f"sv=2023-11-03&se=2026-11-22T00%3A00%3A00Z&sr=b&sp=r&sig={SECRET}",
}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("https://a.example/x.png", True),
        ("HTTPS://A.example/x.png", True),
        ("https://u:p@a.example:8443/x.png?y=1#z", True),
        ("http://a.example/x.png", False),
        ("ftp://a.example/x.png", False),
        ("art/x.png", False),
        ("https:/a.example/x.png", False),
        ("https://", False),
        ("https:///x.png", False),
        ("https://[x/y.png", False),
        ("https://a.example:99999/x.png", False),
        ("https://a.example:port/x.png", False),
    ],
)
def test_what_is_an_address(path: str, *, expected: bool) -> None:
    assert is_address(path) is expected


@pytest.mark.parametrize("store", SIGNED)
def test_what_signs_an_address_goes_and_what_names_the_picture_stays(store: str) -> None:
    signed = f"https://a.example/art/x.png?w=640&{SIGNED[store]}"
    assert bare(signed) == "https://a.example/art/x.png?w=640"
    assert bare(signed.replace(SECRET, "other")) == bare(signed), "signed anew it is the same"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("art/x.png?sig=1", "art/x.png?sig=1"),
        ("https://user:word@a.example/x.png", "https://a.example/x.png"),
        ("https://a.example/x.png#frag", "https://a.example/x.png"),
        ("https://a.example/x.png?page=2&size=", "https://a.example/x.png?page=2&size="),
        (f"https://[x/y.png?token={SECRET}", "https://[x/y.png"),
        (f"https://a.example:99999/x.png?sig={SECRET}", "https://a.example:99999/x.png"),
    ],
)
def test_what_is_left_of_a_path(path: str, expected: str) -> None:
    assert bare(path) == expected


@pytest.mark.parametrize("name", ["token", "access_token", "api_key", "password", "anything"])
def test_other_secrets_are_told_apart_and_not_shown(name: str) -> None:
    one, other = (bare(f"https://a.example/x.png?{name}={SECRET}{n}") for n in (1, 2))
    assert SECRET not in one
    assert one != other, "another secret may stand for another picture"
    assert bare(one) == one


paths = st.text(st.characters(codec="utf-8"), max_size=40)


@given(st.sampled_from(["https://", "HTTPS://a.example", "https://[", "https://a:1"]), paths)
def test_whatever_is_written_is_taken_without_a_fault(beginning: str, rest: str) -> None:
    is_address(beginning + rest)
    once = bare(beginning + rest)
    assert isinstance(once, str)
    assert "#" not in once or not is_address(beginning + rest)


def test_a_text_of_somebody_elses_is_shown_without_secrets() -> None:
    said = without_secrets(
        f"cannot load 'https://u:{SECRET}@a.example/x.png?{AMAZON}' and "
        f"(http://b.example/y?Signature={SECRET}&z=1), https://[c?sig={SECRET} with key {SECRET}!",
        SECRET,
        "",
    )
    assert SECRET not in said
    assert said.startswith("cannot load 'https://a.example/x.png' and (http://b.example/y?z=1)")
    assert said.endswith("with key ***!")


@pytest.mark.parametrize("written", ["https://[x/a.png", "https://a.example:99999/a.png"])
def test_an_address_that_leads_nowhere_is_a_finding(tmp_path: Path, written: str) -> None:
    film = write_film(tmp_path, FILM.replace("art/c.png", f'"{written}"'))
    plan = matchcut.plan(matchcut.load(film))
    (error,) = [one for one in plan.findings if one.severity == "error"]
    assert error.id == "file.outside"
    assert error.where.startswith("film.yaml:13:")

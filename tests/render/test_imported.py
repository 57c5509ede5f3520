"""An endpoint that matchcut has never heard of: imported, planned, priced by its user, rendered."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hostile import HostileFal
from hostile.openapi import document
from matchcut.endpoints.load import shipped
from render.paying import User
from small import write_film

NEW = "acme/film/v1/image-to-video"
FILM = f"""
title: New
anchor: auto
canvas: {{width: 192, height: 108, fps: 24}}
look: {{light: overcast, depth_of_field: deep}}
defaults: {{endpoint: {NEW}, duration: 3}}
shots:
  - {{id: one, start: art/a.png, prompt: somebody walks on a hill, camera: slow push in}}
"""


@pytest.fixture
def fal(tmp_path: Path) -> Iterator[HostileFal]:
    """A fal that has one endpoint more than the shipped contracts know."""
    known = shipped()["fal-ai/kling-video/v3/pro/image-to-video"]
    new = replace(known, id=NEW, name="Acme film", prices=(), examples=())
    with HostileFal(tmp_path / "fal", contracts={**shipped(), NEW: new}) as server:
        yield server


def test_from_the_live_document_to_a_film(fal: HostileFal, tmp_path: Path) -> None:
    user = User(film=write_film(tmp_path / "film", FILM), environment=fal.environment)
    unknown = user.run("plan", "film.yaml")
    assert unknown.returncode == 3
    assert f"matchcut endpoints import {NEW}" in unknown.stderr

    imported = user.run("endpoints", "import", NEW)
    assert imported.returncode == 0, imported.stderr
    assert "start_image_url" in imported.stdout
    assert fal.key not in imported.stdout + imported.stderr

    plan = user.run("plan", "film.yaml")
    assert plan.returncode == 0, plan.stderr
    assert "unknown" in plan.stdout
    assert "contract.inferred" in plan.stderr
    unpriced = user.render("--yes")
    assert unpriced.returncode == 5
    assert "--price one=USD" in unpriced.stderr
    assert not fal.accepted

    done = user.render("--yes", "--price", "one=0.50", "--max-usd", "1")
    assert done.returncode == 0, done.stderr
    (job,) = fal.accepted
    assert job.endpoint == NEW
    assert set(job.input) >= {"prompt", "start_image_url", "duration", "generate_audio"}
    assert user.ledger()["counted_usd"] == "0.50"


def test_drift_is_seen_against_the_live_document(fal: HostileFal, tmp_path: Path) -> None:
    user = User(film=write_film(tmp_path / "film", FILM), environment=fal.environment)
    assert user.run("endpoints", "import", NEW).returncode == 0
    same = user.run("endpoints", "check", NEW)
    assert same.returncode == 0, same.stdout + same.stderr
    known = shipped()["fal-ai/kling-video/v3/pro/image-to-video"]
    parameters = {name: p for name, p in known.parameters.items() if name != "end_image_url"}
    roles = {role: name for role, name in known.roles.items() if name in parameters}
    changed = replace(known, id=NEW, name="Acme film", parameters=parameters, roles=roles)
    fal.documents[NEW] = document(changed)
    drifted = user.run("endpoints", "check", NEW)
    assert drifted.returncode == 3
    assert "end_image_url" in drifted.stdout

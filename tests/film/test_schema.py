"""The schema that editors use is the types', and it is the one that ships."""

import json
from importlib import resources

from matchcut.film.types import RATES, Shot, json_schema


def test_the_shipped_schema_is_up_to_date() -> None:
    shipped = (resources.files("matchcut.film") / "film.schema.json").read_text("utf-8")
    assert json.loads(shipped) == json.loads(json.dumps(json_schema())), "run `make generated`"


def test_it_lists_every_key_of_a_shot_with_a_description() -> None:
    shot = json_schema()["$defs"]["Shot"]
    assert set(shot["properties"]) == set(Shot.model_fields)
    assert shot["additionalProperties"] is False
    assert shot["required"] == ["id"]


def test_it_offers_the_rates() -> None:
    fps = json_schema()["$defs"]["Canvas"]["properties"]["fps"]
    assert fps["enum"] == list(RATES)

"""The hosted route to vision-language models: what it takes, and where its answer stands.

`openrouter/router/vision` takes `model`, `prompt`, `system_prompt` and `image_urls` and answers
with `output`, a text (by public code that calls it, read 2026-11-25; not sent to fal itself yet).
"""

import json
from collections.abc import Mapping
from typing import Any

from matchcut.errors import Code, MatchcutError
from matchcut.render.providers.fal.keys import without_key
from matchcut.render.providers.protocol import Reply

ENDPOINT = "openrouter/router/vision"
_LONGEST = 20_000
_LONGEST_COST = 40


def read_reply(answer: Mapping[str, Any], *, key: str) -> Reply:
    """Read the endpoint's answer.

    Raises:
        MatchcutError: `result.gone` where it holds no text: it is paid, and says nothing.

    """
    text = answer.get("output")
    if not isinstance(text, str):
        raise MatchcutError(
            Code.RESULT_GONE,
            "fal has answered, and where the text should be there is none",
            fix="Ask again, should you want to know.",
        )
    usage = answer.get("usage")
    cost = usage.get("cost") if isinstance(usage, Mapping) else None
    said = json.dumps(cost)[:_LONGEST_COST] if isinstance(cost, int | float) else None
    return Reply(text=without_key(text, key)[:_LONGEST], billed_units=said)

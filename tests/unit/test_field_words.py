"""The forms of the dashboard: what a Korean reader sees of a field is Korean, its name and its help."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from dispatchers import channel
from tests.support.documents import ROOT

WORDS = json.loads((ROOT / "api/ui/src/locales/ko/fields.json").read_text(encoding="utf-8"))
LITERAL = re.compile(r"https?://\S+$")


def fields() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for kind, found in channel.catalogue().items():
        for name, schema in found.config.model_json_schema().get("properties", {}).items():
            yield kind, name, schema


@pytest.mark.parametrize(("kind", "name", "schema"), [pytest.param(*one, id=f"{one[0]}-{one[1]}") for one in fields()])
def test_every_field_has_words(kind: str, name: str, schema: dict[str, Any]) -> None:
    names = (f"{kind}_{name}", name)
    assert any(one in WORDS["label"] for one in names)
    help_text = schema.get("description", "")
    assert not help_text or LITERAL.match(help_text) or any(one in WORDS["help"] for one in names)

"""
The sentences of reasons as words of the page.

`python -m api.describe.reasons ko > api/ui/src/locales/ko/reasons.json`, and `en` likewise.
"""

import json
import re
import sys
from typing import Any

from shared.model.reasons import Language
from shared.model.sentences import SENTENCES

NOT_ON_THE_PAGE = (
    *("address.", "command.", "doctor.", "import.", "ingest.", "remedy.", "setting.", "socket."),
    "ruletest.",
    *("step.", "test."),
)
"""Beginnings of codes that no answer to the page holds."""


def words(language: Language) -> dict[str, Any]:
    """Return the sentences as i18next reads them: nested by the parts of the code, values in double braces."""
    nested: dict[str, Any] = {}
    for code, (english, korean) in sorted(SENTENCES.items()):
        if code.startswith(NOT_ON_THE_PAGE):
            continue
        *parts, last = code.split(".")
        place = nested
        for part in parts:
            place = place.setdefault(part, {})
        place[last] = re.sub(r"\{(\w+)\}", r"{{\1}}", korean if language == "ko" else english)
    return nested


def document(language: Language) -> str:
    """Return the page's file of one language."""
    return json.dumps(words(language), ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    sys.stdout.write(document("ko" if sys.argv[1:] == ["ko"] else "en"))

"""`python -m api.describe.openapi`: the API's own description on standard output, with no server running."""

import json
import sys

from redis import Redis

from api.app import create_app
from shared import log
from shared.settings import Settings


def document() -> str:
    """Return the OpenAPI document as JSON, the same text for the same routes."""
    # A client that never connects: describing the routes asks nothing of Redis.
    app = create_app(Settings(), Redis(), log.set_up("openapi"))
    return json.dumps(app.api_doc, indent=1, sort_keys=True, ensure_ascii=False) + "\n"  # type: ignore[attr-defined]


if __name__ == "__main__":
    sys.stdout.write(document())

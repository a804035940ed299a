"""What the feed says of an alert, and what it leaves out."""

import json

import msgspec

from shared import feed
from shared.models import Alert, Policy
from tests.factories import an_alert


def test_fields_with_nothing_to_say_are_left_out() -> None:
    said = json.loads(feed.alert(an_alert(value=0.0, policy=Policy(group_by="plugin"))))

    assert {"value": 0.0, "policy": {"group_by": "plugin"}} == {name: said[name] for name in ("value", "policy")}
    assert not {"description", "acknowledged_by", "suppressed", "request_id"} & set(said)


def test_whoever_fills_them_in_has_the_whole_alert() -> None:
    alert = an_alert(value=3.5, labels={"region": "서울"}, policy=Policy(repeat_ms=60_000), reason="it is so")

    assert alert == msgspec.json.decode(feed.alert(alert), type=Alert)


def test_what_must_be_there_is_never_left_out() -> None:
    """The page's own list of them is `Said` in `live/board.ts`."""
    required = {f.name for f in msgspec.structs.fields(Alert) if f.required}

    assert required <= set(json.loads(feed.alert(an_alert())))

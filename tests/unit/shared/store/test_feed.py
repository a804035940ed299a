"""What the feed says of an alert, and what it leaves out."""

import json
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from shared.model.alerts import Alert, Policy
from shared.redis.bundle import Bundle
from shared.store import feed
from tests.support import live_feed
from tests.support.factories import an_alert

some_alerts = st.builds(
    an_alert,
    id=st.sampled_from(["a1", "a2", "a3"]),
    rule_id=st.sampled_from(["r1", "r2"]),
    plugin_id=st.sampled_from(["p1", "p2"]),
    value=st.sampled_from([None, 0.0, 3.5]),
    labels=st.sampled_from([{}, {"region": "서울"}]),
    reason=st.sampled_from(["", 'm = 3 is > 2, "said" it']),
    suppressed=st.sampled_from([{}, {"silenced": "by kim"}]),
    policy=st.sampled_from([Policy(), Policy(repeat_ms=60_000)]),
    version=st.integers(0, 3),
)


class Feed(Bundle):
    """Keeps what is added to the stream."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: list[tuple[dict[str, Any], int | None]] = []

    def xadd(self, key: str, fields: Any, *, maxlen: int | None = None, approximate: bool = True) -> None:
        self.entries.append((fields, maxlen))


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


@given(st.lists(st.tuples(st.sampled_from(["alert.firing", "alert.resolved"]), some_alerts), max_size=8))
def test_what_is_announced_together_is_what_each_alone_would_be(happened: list[tuple[str, Alert]]) -> None:
    announcements, stream = feed.Announcements(), Feed()
    for kind, alert in happened:
        announcements.add(kind, alert)
    announcements.stage(stream)
    told = [
        (kind, msgspec.convert(data, Alert))
        for fields, _ in stream.entries
        for kind, data in live_feed.unfolded(fields["type"], json.loads(fields["data"]))
    ]

    assert len(stream.entries) == min(1, len(happened))
    assert sorted(map(repr, happened)) == sorted(map(repr, told))


def test_feed_keeps_as_many_alerts_whether_announced_together_or_not() -> None:
    announcements, stream = feed.Announcements(), Feed()
    for n in range(40):
        announcements.add("alert.firing", an_alert(id=f"a{n}"))
    announcements.stage(stream)

    assert [feed.MAX_LENGTH // 40] == [most for _, most in stream.entries]

"""What operators do to an alert is written with who did it, in timeline and audit; or refused, and nothing is done."""

from collections.abc import Callable

import msgspec
import pytest
from redis import Redis

from api.change import operations
from shared.errors import Conflict, NotFound
from shared.model.alerts import Alert
from shared.model.events import Command
from shared.redis import delivery_keys, keys
from shared.settings import Settings
from shared.store import alert_store, audit
from shared.store.audit import Author
from tests.support.api import stored

KIM = Author("kim", "r1", principal="user:kim")
ACTS: dict[str, Callable[[Redis, str], Alert | None]] = {
    "acknowledge": lambda redis, i: operations.acknowledge(redis, Settings(), i, "kim", "보는 중", author=KIM),
    "resolve": lambda redis, i: operations.resolve(redis, Settings(), i, "kim", "고침", author=KIM),
    "comment": lambda redis, i: operations.comment(redis, Settings(), i, "kim", "메모", author=KIM),
    "assign": lambda redis, i: operations.assign(redis, Settings(), i, "kim", "lee", author=KIM),
}


@pytest.mark.parametrize("act", ACTS)
def test_act_is_in_the_timeline_and_the_audit_with_who_did_it(redis: Redis, act: str) -> None:
    alert_id = stored(redis).id
    ACTS[act](redis, alert_id)
    line = alert_store.timeline(redis, alert_id)[-1]
    (entry,) = audit.search(redis, target=alert_id)

    assert ("kim", "kim", "user:kim", "r1") == (line.by, entry.by, entry.principal, entry.request_id)


@pytest.mark.parametrize("act", ACTS)
def test_act_on_an_unknown_alert_is_refused_and_leaves_nothing(redis: Redis, act: str) -> None:
    with pytest.raises(NotFound):
        ACTS[act](redis, "unknown")

    assert [] == list(redis.scan_iter())


@pytest.mark.parametrize(
    ("act", "state"),
    [("acknowledge", "resolved"), ("acknowledge", "pending"), ("resolve", "resolved"), ("assign", "resolved")],
)
def test_act_that_the_state_does_not_allow_is_a_conflict(redis: Redis, act: str, state: str) -> None:
    before = stored(redis, state=state)
    with pytest.raises(Conflict):
        ACTS[act](redis, before.id)

    assert before == alert_store.get(redis, before.id)


def test_acknowledging_again_is_no_error_and_no_second_line(redis: Redis) -> None:
    alert_id = stored(redis).id
    first, second = (ACTS["acknowledge"](redis, alert_id) for _ in range(2))

    assert first == second
    assert 1 == [line.kind for line in alert_store.timeline(redis, alert_id)].count("acknowledged")


def test_owner_of_the_partition_is_told_to_resolve(redis: Redis) -> None:
    alert = stored(redis)
    ACTS["resolve"](redis, alert.id)
    ((_, fields),) = redis.xrange(keys.commands())
    command = msgspec.json.decode(fields[keys.COMMAND_FIELD], type=Command)

    assert ("resolve", alert.rule_id, alert.plugin_id, alert.id, "kim") == (
        command.kind, command.rule_id, command.plugin_id, command.alert_id, command.by
    )  # fmt: skip
    assert [] == alert_store.active_ids(redis, 0, -1)


def test_acknowledgement_is_due_for_the_channels_at_once(redis: Redis) -> None:
    alert = stored(redis)
    ACTS["acknowledge"](redis, alert.id)
    due = {member.decode() for member in redis.zrange(delivery_keys.due_groups(), 0, -1)}

    assert {f"{channel}\0{alert.id}" for channel in alert.channels} == due

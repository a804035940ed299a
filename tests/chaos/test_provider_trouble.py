"""Providers that hang, reset, drip and refuse, all at once, while evaluators are killed: each delays only itself."""

import signal
import socket
import threading
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack, suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from redis import Redis

from shared.clock import SystemClock
from shared.model.events import Event
from shared.redis import delivery_keys, keys
from shared.store import channel_store, due_groups, rule_store
from tests.support.delivery import a_transition, decided, ledger_of
from tests.support.factories import a_rule, publish
from tests.support.processes import a_system, wait_ready
from tests.support.real_server import RealServer
from tests.support.servers import Hook, answer, http_server
from tests.support.waiting import PATIENCE_S, until

pytestmark = pytest.mark.slow
PLUGINS = 10

Answer = Callable[[BaseHTTPRequestHandler], None]


def hang(over: threading.Event) -> Answer:
    """Take the request, and say nothing."""

    def say_nothing(handler: BaseHTTPRequestHandler) -> None:
        over.wait(PATIENCE_S)
        handler.close_connection = True

    return say_nothing


def reset(_over: threading.Event) -> Answer:
    """Take the request, and reset the connection."""

    def break_off(handler: BaseHTTPRequestHandler) -> None:
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        handler.connection.close()

    return break_off


def drip(over: threading.Event) -> Answer:
    """Answer a byte at a time, without end."""

    def answer_slowly(handler: BaseHTTPRequestHandler) -> None:
        with suppress(OSError):
            handler.send_response(200)
            handler.send_header("Content-Length", "100000")
            handler.end_headers()
            while not over.wait(0.3):
                handler.wfile.write(b".")
                handler.wfile.flush()
        handler.close_connection = True

    return answer_slowly


def refuse(_over: threading.Event) -> Answer:
    """Too many requests, always."""
    return lambda handler: answer(handler, 429, "slow down", Retry_After="1")


TROUBLES = {"webhook-hang": hang, "webhook-reset": reset, "webhook-drip": drip, "webhook-flood": refuse}


def test_all_at_once_while_evaluators_are_killed(redis: Redis, server: RealServer, tmp_path: Path) -> None:
    over = threading.Event()
    names = ["webhook", *TROUBLES]
    rule_store.save(redis, a_rule(channels=names))
    with ExitStack() as stack:
        hooks: dict[str, Hook] = {name: stack.enter_context(http_server()) for name in names}
        system = stack.enter_context(a_system(server.url, tmp_path))
        stack.callback(over.set)
        for name, hook in hooks.items():
            channel_store.save(redis, name, {"url": hook.url})
            if name in TROUBLES:
                hook.answer = TROUBLES[name](over)
        evaluators = [system.start("evaluator"), system.start("evaluator")]
        system.start("dispatchers", "router")
        system.start("dispatchers", "worker", "--channels", ",".join(names))
        wait_ready(redis, "evaluator", count=2)
        wait_ready(redis, "router", *(f"worker-{name}" for name in names))
        for n in range(PLUGINS):
            publish(redis, 8, Event(f"p{n}", metrics={"cpu": 95.0}))
            if n % 3 == 0:
                victim = evaluators.pop(0)
                victim.kill()
                evaluators.append(system.start("evaluator"))
        until(lambda: len(hooks["webhook"].told()) == PLUGINS, "the healthy one hears all")
        until(lambda: all(hooks[name].requests for name in TROUBLES), "the others were tried")
        heard_in_trouble = list(hooks["webhook"].told())
        # It hangs at most as long as the door allows; then it is tried again.
        until(lambda: len(hooks["webhook-flood"].requests) > 2 and len(hooks["webhook-reset"].requests) > 2)
        over.set()
        for hook in hooks.values():
            hook.answer = None
        for name in TROUBLES:
            due_groups.reopen(redis, name, SystemClock().now_ms())
        for n in range(PLUGINS):
            publish(redis, 8, Event(f"p{n}", metrics={"cpu": 5.0}))
        until(lambda: not redis.zcard(keys.active_alerts()), "all resolved")
        until(lambda: not redis.zcard(delivery_keys.due_groups()), "all told", every_s=0.2)
        dead = redis.zcard(delivery_keys.dead_notifications())

    assert sorted(heard_in_trouble) == sorted(("firing", f"p{n}") for n in range(PLUGINS))
    assert sorted(hooks["webhook"].told()) == sorted(
        (w, f"p{n}") for w in ("firing", "resolved") for n in range(PLUGINS)
    )
    assert 0 == dead
    for name in TROUBLES:
        words: dict[str, list[str]] = defaultdict(list)
        for news, plugin in hooks[name].told():
            words[plugin].append(news)
        # Who may have heard of the firing hears the end of it; who refused it every time may hear of nothing.
        assert all(said[-1] == "resolved" or name == "webhook-flood" for said in words.values()), (name, words)
        assert all("firing" not in said[said.index("resolved") :] for said in words.values() if "resolved" in said)


def test_an_ordered_end_while_a_send_hangs_is_bounded_and_loses_nothing(
    redis: Redis, server: RealServer, tmp_path: Path
) -> None:
    over = threading.Event()
    with http_server() as hook, a_system(server.url, tmp_path) as system:
        hook.answer = hang(over)
        channel_store.save(redis, "webhook", {"url": hook.url})
        system.start("dispatchers", "router")
        worker = system.start("dispatchers", "worker", "--channels", "webhook")
        wait_ready(redis, "router", "worker-webhook")
        decided(redis, a_transition("firing"))
        until(lambda: len(hook.requests) == 1)
        worker.signal(signal.SIGTERM)
        assert worker.process is not None
        # The drain is ten seconds; the call would hang for as long as this test runs.
        code = worker.process.wait(timeout=PATIENCE_S)
        over.set()
        hook.answer = None
        system.start("dispatchers", "worker", "--channels", "webhook")
        until(lambda: ledger_of(redis, "alert0", "webhook").told == "firing")

    assert 0 == code
    assert 1 == ledger_of(redis, "alert0", "webhook").possible_duplicates

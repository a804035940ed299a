"""What Alertmanager's API shows: alerts, groups of them, receivers and status. Shell."""

import json
from collections.abc import Sequence

from werkzeug.wrappers import Response

from ingest.alertmanager import config, matchers, shown
from ingest.alertmanager.calls import Call, flag, json_answer
from ingest.alertmanager.matchers import LabelFilter
from ingest.alertmanager.shown import Shown
from shared.clock import SystemClock
from shared.model import patterns
from shared.model.alert_labels import labels_of
from shared.model.alerts import Alert
from shared.store import alert_store, channel_store, route_store

VERSION = "0.28.0"
"""The version of Alertmanager's API that is spoken; amtool and Karma choose by it."""
ALWAYS = ("dashboard", "web")
"""Channels that need no configuration."""
BUILD_INFO = (
    "# HELP alertmanager_build_info Which API of Alertmanager is spoken here.\n"
    "# TYPE alertmanager_build_info gauge\n"
    f'alertmanager_build_info{{branch="",goversion="",revision="enhanced-alerts",version="{VERSION}"}} 1\n'
)
_STARTED_AT_MS = SystemClock().now_ms()


def alerts(call: Call) -> Response:
    """Return the alerts that fire and that the filters let through."""
    return json_answer([body for _, body in _found(call)])


def groups(call: Call) -> Response:
    """Return the same by notification, of the receivers that are asked for alone."""
    pattern, wanted = call.request.args.get("receiver", ""), _receiver_matchers(call)
    matchers.check_pattern(pattern)

    def is_wanted(channel: str) -> bool:
        return _fits(wanted, channel) and (not pattern or patterns.fits(pattern, channel))

    return json_answer(shown.groups(_found(call), is_wanted))


def receivers(call: Call) -> Response:
    """Return the channels that the matchers of the request let through."""
    wanted = _receiver_matchers(call)
    return json_answer([_receiver(name) for name in _channels(call) if _fits(wanted, name)])


def status(call: Call) -> Response:
    """Return what tools of Alertmanager want to know of a server; the configuration has channels and routes."""
    names = _channels(call)
    tree = route_store.current(call.redis).tree
    if tree is None:
        listed = "".join(f"- name: {name}\n" for name in names)
        written = f"route:\n  receiver: {names[0]}\nreceivers:\n{listed}"
    else:
        # JSON is YAML, which is what the tools read.
        written = json.dumps(config.document(tree, names), ensure_ascii=False, indent=2) + "\n"
    version = dict.fromkeys(("branch", "buildDate", "buildUser", "goVersion"), "")
    body = {
        "cluster": {"name": "", "peers": [], "status": "disabled"},
        "config": {"original": written},
        "uptime": shown.written(_STARTED_AT_MS),
        "versionInfo": {**version, "revision": "enhanced-alerts", "version": VERSION},
    }
    return json_answer(body)


def _found(call: Call) -> list[tuple[Alert, Shown]]:
    """Return the alerts that the filters let through, in the order in which Alertmanager lists them."""
    arguments = call.request.args
    filters = matchers.parse_all(arguments.getlist("filter"))
    wanted = {name: flag(call, name) for name in ("active", "silenced", "inhibited", "unprocessed", "muted")}
    receiver, wanted_receivers = arguments.get("receiver", ""), _receiver_matchers(call)
    matchers.check_pattern(receiver)
    firing = [alert for alert in alert_store.active(call.redis) if alert.state in ("firing", "acknowledged")]
    fingerprints = {alert.id: shown.fingerprint_of(alert) for alert in firing}
    now_ms = SystemClock().now_ms()
    public_url = call.settings.effective_public_url
    found: list[tuple[Alert, Shown]] = []
    for alert in firing:
        labels = labels_of(alert)
        if all(one.fits(labels) for one in filters) and _goes_to(alert, receiver, wanted_receivers):
            body = shown.alert_body(alert, fingerprints, now_ms, public_url)
            if _is_wanted(body["status"], wanted):
                found.append((alert, body))
    return sorted(found, key=lambda one: str(one[1]["fingerprint"]))


def _is_wanted(state: Shown, wanted: dict[str, bool]) -> bool:
    if state["silencedBy"] and not wanted["silenced"]:
        return False
    if state["inhibitedBy"] and not wanted["inhibited"]:
        return False
    if state["mutedBy"] and not wanted["muted"]:
        return False
    return wanted["active"] or state["state"] != "active"


def _goes_to(alert: Alert, receiver: str, wanted: Sequence[LabelFilter]) -> bool:
    channels = [name for name in alert.channels if _fits(wanted, name)]
    if wanted and not channels:
        return False
    return not receiver or any(patterns.fits(receiver, channel) for channel in alert.channels)


def _receiver_matchers(call: Call) -> list[LabelFilter]:
    return matchers.parse_all(call.request.args.getlist("receiver_matchers"))


def _receiver(name: str) -> Shown:
    """Return a channel as a receiver: its only label is its name, as of Alertmanager's receivers without labels."""
    return {"labels": {"name": name}, "name": name}


def _fits(wanted: Sequence[LabelFilter], name: str) -> bool:
    return all(one.fits({"name": name}) for one in wanted)


def _channels(call: Call) -> list[str]:
    return sorted({*ALWAYS, *channel_store.names(call.redis)})

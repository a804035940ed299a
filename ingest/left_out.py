"""
What of a decoded body the key that sent it may not publish: it is taken out, and the answer names it.

The rest is taken. The answer is not 503, because a sender would repeat the body until the day is over, and everything
else that it sends would wait.
"""

from collections.abc import Set

from api.limits import publishing
from api.limits.publishing import Admitted
from ingest.format import MAX_REFUSALS_KEPT, Decoded
from shared.model import reasons
from shared.model.reasons import Reason
from shared.settings import Settings


def plugins(decoded: Decoded, plugin_ids: Set[str], why: Reason) -> None:
    """Take out the events of plugins that may not be written."""
    for event in decoded.events:
        if event.plugin_id in plugin_ids:
            _count(decoded, len(event.metrics), len(event.histograms))
    decoded.events = [event for event in decoded.events if event.plugin_id not in plugin_ids]
    _say(decoded, why)


def beyond_quotas(decoded: Decoded, allowed: Admitted, caller: str, settings: Settings) -> None:
    """Take out plugins and metric names beyond the quotas of a day."""
    if allowed.plugins_refused:
        limits = {"limit": settings.publish_plugins, "total_limit": settings.publish_total_plugins}
        example = min(allowed.plugins_refused)
        why = reasons.of("limit.plugins_per_day", name=caller, **limits, plugin_id=example)
        plugins(decoded, allowed.plugins_refused, why)
    if allowed.names_refused:
        limits = {"limit": settings.publish_names, "total_limit": settings.publish_total_names}
        why = reasons.of("limit.names_per_day", name=caller, **limits)
        for event in decoded.events:
            metrics, histograms = len(event.metrics), len(event.histograms)
            publishing.leave_out(event, allowed.names_refused)
            _count(decoded, metrics - len(event.metrics), histograms - len(event.histograms))
        _say(decoded, reasons.of("ingest.of_metric", metric=min(allowed.names_refused), because=why))


def _count(decoded: Decoded, samples: int, histograms: int) -> None:
    decoded.samples -= samples
    decoded.histograms -= histograms
    decoded.refused += samples + histograms


def _say(decoded: Decoded, why: Reason) -> None:
    if decoded.refused and len(decoded.refusals) < MAX_REFUSALS_KEPT:
        decoded.refusals.append(why)

"""What is searched for among all alerts kept: the filters, and the terms that such an alert has. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from archive import search_terms, search_text
from archive.search_terms import LONGEST, duration_class, value

MOST_PAIRS = 24
"""Of one word; a longer one is found by some of them, and compared afterwards."""
OPEN = ("pending", "firing", "acknowledged")

Group = tuple[int, ...]
"""Terms of which an alert has one at least."""


@dataclass(frozen=True, slots=True)
class Search:
    """Filters, all of which must hold; empty ones let everything pass."""

    words: tuple[str, ...] = ()
    """As of `search_text.words_of`: each is in the text."""
    rule_ids: tuple[str, ...] = ()
    plugin_ids: tuple[str, ...] = ()
    labels: tuple[tuple[str, ...], ...] = ()
    """A name, or a name and its value; the alert has each of them."""
    severities: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    """Principals: one of them did something about the alert."""
    least_ms: int | None = None
    """It lasted so long at least, or does so already."""
    most_ms: int | None = None
    since_ms: int | None = None
    """It began at this instant or later."""
    until_ms: int | None = None
    """It began at this instant or before."""

    def groups(self) -> list[Group]:
        """Return what each alert has that the search finds; it may have it and not be found."""
        found = list(self._values()) or [(search_terms.EVERY,)]
        for word in self.words:
            pairs = sorted(search_terms.pair(one) for one in search_text.bigrams(word))
            step = max(1, -(-len(pairs) // MOST_PAIRS))
            found += [(one,) for one in pairs[::step]]
        return list(dict.fromkeys(found))

    def _values(self) -> Iterator[Group]:
        filters = {
            "rule": self.rule_ids,
            "plugin": self.plugin_ids,
            "severity": self.severities,
            "state": self.states,
            "person": self.people,
        }
        for kind, wanted in filters.items():
            if wanted:
                yield tuple(value(kind, one) for one in wanted)
        for label in self.labels:
            yield (value("label", *label),)
        if self.least_ms is not None or self.most_ms is not None:
            last = LONGEST if self.most_ms is None else duration_class(self.most_ms)
            classes = range(duration_class(self.least_ms or 0), last + 1)
            yield (*map(search_terms.duration, classes), *(value("state", state) for state in OPEN))

    def is_in(self, text: str) -> bool:
        """Tell whether each word is in an alert's text."""
        return all(word in text for word in self.words)

    def began(self, started_at_ms: int) -> bool:
        """Tell whether an alert began in the range."""
        return (self.since_ms is None or started_at_ms >= self.since_ms) and (
            self.until_ms is None or started_at_ms <= self.until_ms
        )

    def lasted(self, duration_ms: int) -> bool:
        """Tell whether a duration is in the range."""
        return (self.least_ms is None or duration_ms >= self.least_ms) and (
            self.most_ms is None or duration_ms <= self.most_ms
        )

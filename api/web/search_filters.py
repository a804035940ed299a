"""The filters of a search of alerts: in a query string, and as they are saved."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from api.read import alert_search
from api.read.alert_search import LONGEST_MINUTES, MOST_VALUES
from api.web.parameters import Query
from archive.search_text import MOST_QUERY_CHARS
from shared.model.alerts import AlertState, Severity

Milliseconds = Annotated[int, Field(ge=0, le=253_402_300_799_999)]
Minutes = Annotated[float, Field(ge=0, le=LONGEST_MINUTES)]
Id = Annotated[str, Field(min_length=1, max_length=128)]
LABEL = "`name`, or `name=value`; the alert has each of them."
PERSON = "Who acknowledged, resolved, commented or is assigned: `user:kim`, `key:3f9a`; `kim` is `user:kim`."


class SearchFilters(Query):
    """Filters may be repeated, and then one value suffices; all filters must hold."""

    model_config = ConfigDict(extra="forbid")

    q: str = Field("", max_length=MOST_QUERY_CHARS, description='Words and "phrases", all of which must occur.')
    rule_id: list[Id] = Field(default_factory=list, max_length=MOST_VALUES)
    plugin_id: list[Id] = Field(default_factory=list, max_length=MOST_VALUES)
    label: list[Annotated[str, Field(min_length=1, max_length=400)]] = Field(
        default_factory=list, max_length=MOST_VALUES, description=LABEL
    )
    severity: list[Severity] = Field(default_factory=list, max_length=MOST_VALUES)
    state: list[AlertState] = Field(default_factory=list, max_length=MOST_VALUES)
    person: list[Annotated[str, Field(min_length=1, max_length=400)]] = Field(
        default_factory=list, max_length=MOST_VALUES, description=PERSON
    )
    min_minutes: Minutes | None = Field(None, description="It lasted as long, or does so already.")
    max_minutes: Minutes | None = None
    since: Milliseconds | None = Field(None, description="Began at or after this instant, epoch ms.")
    until: Milliseconds | None = Field(None, description="Began at or before this instant, epoch ms.")

    def typed(self) -> alert_search.Typed:
        return alert_search.Typed(**{name: getattr(self, name) for name in SearchFilters.model_fields})

    def saved(self) -> dict[str, Any]:
        """
        Return what is not empty, as it is stored.

        Raises:
            Invalid: something cannot be searched for.
        """
        self.typed().search()
        given = {name: getattr(self, name) for name in SearchFilters.model_fields}
        return {name: value for name, value in given.items() if value not in ("", [], None)}

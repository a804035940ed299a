"""Which samples a request asks for: of metrics, or what a rule measures."""

from pydantic import BaseModel, ConfigDict, Field, model_validator

from shared.model import reasons


class OneSeries(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    plugin_id: str = Field(min_length=1, max_length=128)
    metric: str | None = Field(None, min_length=1, max_length=128)
    rule_id: str | None = Field(
        None,
        min_length=1,
        max_length=64,
        description="Instead of a metric: what this rule measures of the plugin, such as the value of its formula.",
    )

    @model_validator(mode="after")
    def _is_of_one(self) -> "OneSeries":
        if (self.metric is None) == (self.rule_id is None):
            raise ValueError(reasons.of("invalid.series_of"))
        return self


class SeriesQuery(BaseModel):
    """Which samples; by default those of the last hour."""

    model_config = ConfigDict(extra="forbid", strict=True)

    series: list[OneSeries] = Field(min_length=1, max_length=100)
    since_ms: int | None = Field(None, ge=0, le=253_402_300_799_999)
    until_ms: int | None = Field(None, ge=0, le=253_402_300_799_999)
    points: int = Field(
        240,
        ge=2,
        le=2_000,
        description="Most samples per series; of a series with more, the lowest and highest of each slice of time.",
    )

    @model_validator(mode="after")
    def _is_of_one_rule(self) -> "SeriesQuery":
        if sum(one.rule_id is not None for one in self.series) > 1:
            raise ValueError(reasons.of("invalid.series_rules"))
        return self

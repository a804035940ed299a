"""The relabeling that is printed keeps the metrics that rules name, and no other."""

import re

import pytest
import yaml

from api.change import write_relabel

METRICS = ["node_load1", "지표.a", "a|b", 'q"uote', "took_p95", 'http_bucket{le="0.5"}', "x" * 111 + "~" + "0" * 16]


def keeps(name: str) -> bool:
    [config] = yaml.safe_load(write_relabel.configuration(METRICS))["write_relabel_configs"]
    assert (["__name__"], "keep") == (config["source_labels"], config["action"])
    return re.fullmatch(config["regex"], name) is not None


@pytest.mark.parametrize(
    "name",
    ["up", "node_load1", "지표.a", "a|b", 'q"uote', "took", "took_bucket", "took_sum", "took_p95", "x" * 300],
)
def test_metric_that_a_rule_names_is_kept(name: str) -> None:
    assert keeps(name)


@pytest.mark.parametrize("name", ["", "node_load", "node_load15", "지표xa", "a", "b", "took_total", "xup", "x" * 100])
def test_other_metric_is_dropped(name: str) -> None:
    assert not keeps(name)

"""Body mappings: what is refused, by its field; and their paths, which select and do nothing else."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Invalid
from shared.model import body_mapping, body_paths
from shared.model.body_paths import NoPath

BODY: dict[str, Any] = {
    "site": "seoul",
    "alert": {"a": {"b": [{"c": 1}, {"c": 2}]}, "odd key.": "x", "tags": [{"k": "env", "v": "prod"}], "no": None},
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("a.b[0].c", 1),
        ("a.b[-1].c", 2),
        ('"odd key."', "x"),
        ("tags[?k=='env'].v | [0]", "prod"),
        ("tags[?k=='none'].v | [0]", None),
        ("no || a.b[1].c", 2),
        ("a.b[].c", [1, 2]),
        ("$.site", "seoul"),
        ("$", BODY),
        ("$[0]", None),
        ("missing.deeper[3]", None),
        ("a.b[?c > `1`].c", [2]),
        ("a.b[?c < 'x']", None),
    ],
)
def test_path_finds_what_it_names(path: str, found: Any) -> None:
    assert found == body_paths.pick(path, BODY["alert"], BODY)


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("a..b", "cannot be read at character 3"),
        ("a[", "cannot be read at character"),
        ("$.a.#", "cannot be read at character 5"),
        ("length(a)", "a path only selects values; function expression cannot be used"),
        ("[a, b]", "multi select list"),
        ("{a: b}", "cannot be used"),
        ("*.a", "value projection"),
        ("a[0:5]", "slice"),
        ("(" * 150, "cannot be read"),
        ("a" * 201, "200 characters at most"),
        ("`", "cannot be read"),
        ('"\\ud8"', "cannot be read"),
    ],
)
def test_what_is_no_path_is_refused_with_its_place(path: str, why: str) -> None:
    with pytest.raises(NoPath) as caught:
        body_paths.check(path)

    assert why in str(caught.value)


@given(st.text(alphabet="ab.[]?*|&!<>='\"`@$(){},:-0 ", max_size=40))
def test_any_text_is_a_path_or_is_refused(text: str) -> None:
    try:
        body_paths.check(text)
    except NoPath:
        return
    body_paths.pick(text, BODY["alert"], BODY)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"alerts": "a..b"}, "alerts"),
        ({"name": {"path": "length(@)"}}, "name.path"),
        ({"name": {"default": ""}}, ""),
        ({"name": {"default": "a\u200bb"}}, "name.default"),
        ({"severity": {"values": {"x": "awful"}}}, "severity.values.x"),
        ({"severity": {"path": 5}}, "severity.path"),
        ({"state": {"path": "a"}}, "state"),
        ({"state": {"path": "a", "firing": ["Up"], "resolved": ["up "]}}, "state"),
        ({"identity": ["a"] * 5}, "identity"),
        ({"identity": [""]}, ""),
        ({"labels": {"": "a"}}, "labels..[key]"),
        ({"labels": {"a": "b["}}, "labels.a"),
        ({"labels": {f"l{n}": "a" for n in range(31)}}, "labels"),
        ({"expire_minutes": -1}, "expire_minutes"),
        ({"extra": 1}, "extra"),
    ],
)
def test_bad_fields_are_named(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        body_mapping.parse({"webhooks": {"zabbix": fields}})

    assert [f"webhooks.zabbix{f'.{field}' if field else ''}"] == list(caught.value.problems)


@pytest.mark.parametrize("name", ["", "Zabbix", "-a", "a/b", "a" * 33, "한국"])
def test_name_is_a_part_of_an_address(name: str) -> None:
    with pytest.raises(Invalid):
        body_mapping.parse({"webhooks": {name: {}}})


def test_mappings_are_bounded() -> None:
    with pytest.raises(Invalid):
        body_mapping.parse({"webhooks": {f"w{n}": {} for n in range(body_mapping.MAX_MAPPINGS + 1)}})

"""`rules test`: the cookbook passes, what comes out differently is shown, and what cannot be read is named."""

import json
from pathlib import Path

import pytest

from api.change import rule_files
from insight import rule_tests
from shared.errors import Invalid
from shared.model.route_tree import RouteTree
from tests.support.cli import Run
from tests.support.documents import ROOT
from tests.support.factories import a_rule

COOKBOOK = ROOT / "docs" / "cookbook"
RULE = '[[rule]]\nid = "hot"\nname = "Hot"\nmetric = "cpu"\noperator = ">"\nthreshold = 80\nchannels = ["web"]\n'


def write(folder: Path, test: str, rule: str = RULE) -> Path:
    (folder / "hot.toml").write_text(rule)
    (folder / "hot.test.toml").write_text(f'rules = "hot.toml"\n\n[[test]]\nname = "t"\n{test}\n')
    return folder


def test_every_recipe_of_the_cookbook_has_its_tests_and_passes(run: Run) -> None:
    code, out, err = run("rules", "test", str(COOKBOOK), "--json")
    found = json.loads(out)

    assert (0, "", 0) == (code, err, found["failed"])
    assert {path.stem for path in COOKBOOK.glob("*.toml")} == {
        Path(one["file"]).name.removesuffix(".test.toml") for one in found["tests"]
    }
    assert len(found["tests"]) >= 40


def test_files_of_tests_are_no_rules() -> None:
    alone = [rule.id for path in sorted(COOKBOOK.glob("*.toml")) for rule in rule_files.load(path)]

    assert alone == [rule.id for rule in rule_files.load(COOKBOOK)]


def test_difference_is_shown_with_the_reason_and_exit_code_1(run: Run, tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        'given = ["0s p cpu=70", "1m p cpu=90"]\nalerts = ["0s firing p", "1m firing p"]\n'
        'notifications = ["1m web firing p", "2m web resolved p"]',
    )
    code, out, _ = run("rules", "test", str(folder))

    assert 1 == code
    assert [
        f"FAIL {folder}/hot.test.toml: t",
        "  alerts: - expected, + came of it",
        "    - 0s firing p",
        "      1m firing p",
        "  notifications: - expected, + came of it",
        "      1m web firing p",
        "    - 2m web resolved p",
        "  hot at 0s: cpu = 70 is not > 80",
        "0 tests passed, 1 failed.",
    ] == out.splitlines()


@pytest.mark.parametrize(
    ("test", "said"),
    [
        ('given = ["0s p cpu=90"]', "expects nothing"),
        ('given = ["soon p cpu=90"]\nalerts = []', "'soon' is no length of time"),
        ('given = ["0s p cpu=hot"]\nalerts = []', "cannot be read: '0s p cpu=hot'"),
        ('given = ["0s disable cold"]\nalerts = []', "cannot be read: 'disable cold'"),
        ('given = ["0s p cpu=90"]\nalarms = []', "alarms"),
        ("given = []\nalerts = []", "given"),
        ('given = ["0s silence s 5m plugin_id"]\nalerts = []', "plugin_id"),
    ],
)
def test_what_cannot_be_read_is_named(run: Run, tmp_path: Path, test: str, said: str) -> None:
    code, _, err = run("rules", "test", str(write(tmp_path, test)))

    assert 1 == code
    assert "hot.test.toml" in err
    assert said in err


def test_folder_without_tests_and_rules_that_are_missing_are_errors(run: Run, tmp_path: Path) -> None:
    code, _, err = run("rules", "test", str(tmp_path))
    assert (1, True) == (code, ".test.toml" in err)
    write(tmp_path, 'given = ["0s p cpu=90"]\nalerts = []')
    (tmp_path / "hot.toml").unlink()
    code, _, err = run("rules", "test", str(tmp_path))
    assert (1, True) == (code, "hot.toml" in err)


def test_acts_repetition_and_begin_are_played() -> None:
    test = rule_tests.RuleTest.model_validate(
        {
            "name": "t",
            "start": "2026-03-02T09:00:00+09:00",
            "given": [
                "0s silence s 2m plugin_id=q",
                {"at": "0s", "every": "30s", "until": "5m", "plugin": "p", "metrics": {"cpu": 90}},
                "30s q cpu=90",
                "1m ack p",
                "3m resolve p",
                "4m delete r",
            ],
            "alerts": ["0s firing p r", "30s firing q r", "3m resolved p r", "3m firing p r", "4m resolved p r"],
            "notifications": ["0s web firing p", "1m web acknowledged p", "2m web firing q"],
        }
    )
    outcome = rule_tests.run(test, [a_rule()], None)

    assert "+ 4m resolved q r" in outcome.differences["alerts"]
    assert "  0s web firing p" in outcome.differences["notifications"]


def test_routes_choose_channels_of_rules_without_any() -> None:
    tree = RouteTree.model_validate({"route": {"channels": ["email"]}})
    test = rule_tests.RuleTest(name="t", given=["0s p cpu=90"], notifications=["0s email firing p"])

    assert rule_tests.run(test, [a_rule(channels=[])], tree).passed


def test_time_longer_than_a_month_is_refused() -> None:
    with pytest.raises(Invalid):
        rule_tests.span_ms("99d")

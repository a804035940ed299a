"""A command answers a Korean operator in Korean, and a program with codes."""

import json

import pytest

from shared.model import reasons
from shared.model.reasons import Reason
from tests.support.api import SEED_RULE
from tests.support.cli import Run


@pytest.fixture
def korean(run: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("LANG", "ko_KR.UTF-8")
    monkeypatch.setenv("PYTHONUTF8", "1")
    return run


def test_error_is_in_the_operators_language(korean: Run) -> None:
    assert (1, "", "none 규칙이 없습니다.\n") == korean("rules", "show", "none")


def test_error_as_json_has_text_code_and_values_of_each_field(korean: Run) -> None:
    found = json.loads(korean("silences", "add", "plugin_id", "--comment", "x", "--json")[1])

    assert "invalid.fields" == found["code"]
    assert found["error"].startswith("받아들일 수 없는 항목이 있습니다.")
    for error in found["errors"]:
        assert error["message"] == reasons.text(Reason(error["code"], error["values"]), "ko")
    assert ["invalid.matcher_form"] == [error["code"] for error in found["errors"]]


def test_doctor_is_in_the_operators_language_and_its_json_has_codes(korean: Run) -> None:
    _, out, _ = korean("doctor")
    found = json.loads(korean("doctor", "--json")[1])

    assert "FAIL  실행 중인 evaluator 없음\n      시작하세요: enhanced-alerts evaluator\n" in out
    for finding in found:
        assert finding["what"] == reasons.text(Reason(finding["what_code"], finding["what_values"]), "ko")
        assert finding["advice"] == reasons.text(Reason(finding["advice_code"], finding["advice_values"]), "ko")


def test_self_test_is_in_the_operators_language(korean: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_PORT", "1")

    code, out, _ = korean("self-test")
    steps = json.loads(korean("self-test", "--json")[1])

    assert (1, "PASS  Redis 응답 (") == (code, out[:16])
    assert "FAIL  API 응답" in out and "응답이 없습니다" in out
    assert ["step.redis", "step.api"] == [step["name_code"] for step in steps]
    assert "system.api_silent" == steps[1]["said_code"]


def test_notes_on_a_rule_are_in_the_operators_language(korean: Run) -> None:
    fields = [f"--{name}={SEED_RULE[name]}" for name in ("name", "metric", "operator", "threshold")]

    _, _, err = korean("rules", "add", *fields, "--channels=slack")
    found = json.loads(korean("rules", "add", *fields, "--channels=slack", "--json")[1])

    assert "참고: slack 채널이 아직 설정되지 않아 아무에게도 알리지 않음." in err
    assert "note.channel_unconfigured" in [reason["code"] for reason in found["note_reasons"]]
    assert found["notes"] == [f"{reasons.text(Reason(r['code'], r['values']), 'ko')}." for r in found["note_reasons"]]

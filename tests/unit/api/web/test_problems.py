"""A refusal is worded in the language that the request asks for, and has the same code in each."""

import pytest
from flask.testing import FlaskClient

from api.web import problems
from tests.support.api import BASE


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("ko", "ko"),
        ("ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7", "ko"),
        ("en-US,en;q=0.9,ko;q=0.8", "en"),
        ("en;q=0.5, ko;q=0.6", "ko"),
        ("ko;q=0.5, en;q=0.6", "en"),
        ("fr, ko;q=0.1", "ko"),
        ("fr-FR, de;q=0.5", "en"),
        ("*", "en"),
        ("ko;q=0", "en"),
        ("ko;q=nonsense", "en"),
        ("kok-IN", "en"),
        ("\x00;;,=,ko", "ko"),
    ],
)
def test_language_is_the_preferred_one_of_those_the_product_has(header: str, language: str) -> None:
    assert language == problems.language(header)


@pytest.mark.parametrize("unit", ["ko,", "ko;q=0.1,", "ko;q=", "k-", ";", "a;" + "b" * 100 + ",", '"', "\\"])
def test_header_of_100_kilobytes_is_not_read(unit: str) -> None:
    assert "ko" == problems.language("ko," * 300)
    assert "en" == problems.language("ko," + unit * (100_000 // len(unit)))


def test_problem_has_one_code_and_a_sentence_in_each_language(client: FlaskClient) -> None:
    english = client.get(f"{BASE}/rules/none")
    korean = client.get(f"{BASE}/rules/none", headers={"Accept-Language": "ko"})

    assert "There is no rule none." == english.get_json()["detail"]
    assert "none 규칙이 없습니다." == korean.get_json()["detail"]
    for answer, language in ((english, "en"), (korean, "ko")):
        assert 404 == answer.status_code
        assert problems.MEDIA_TYPE == answer.mimetype
        assert language == answer.headers["Content-Language"]
        assert "Accept-Language" in answer.headers["Vary"]
        assert ("missing.rule", {"rule_id": "none"}) == (answer.get_json()["code"], answer.get_json()["values"])


def test_refused_alerts_of_a_bulk_request_carry_code_and_sentence(client: FlaskClient) -> None:
    address, body = f"{BASE}/alerts/bulk/acknowledge", {"alert_ids": ["none"]}
    (english,) = client.post(address, json=body).get_json()["refused"]
    (korean,) = client.post(address, json=body, headers={"Accept-Language": "ko"}).get_json()["refused"]

    assert {"alert_id": "none", "reason_code": "missing.alert", "reason_values": {"alert_id": "none"}} == {
        name: value for name, value in english.items() if name != "reason"
    }
    assert english["reason"].startswith("There is no alert none;")
    assert korean == {**english, "reason": "none 알림이 없습니다. 보관 기간이 지났을 수 있습니다."}


def test_each_bad_field_has_a_code_and_a_sentence_in_each_language(client: FlaskClient) -> None:
    body = {"name": "cpu", "metric": "cpu", "operator": ">", "threshold": "much", "severity": "warning", "channels": []}

    english = client.post(f"{BASE}/rules", json=body).get_json()["errors"]
    korean = client.post(f"{BASE}/rules", json=body, headers={"Accept-Language": "ko"}).get_json()["errors"]

    assert [error["code"] for error in english] == [error["code"] for error in korean]
    assert "숫자여야 합니다" in [error["message"] for error in korean]
    assert all(error["message"].isascii() for error in english)

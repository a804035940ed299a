"""What the labels of external alerts mean."""

import pytest

from shared.model import external


@pytest.mark.parametrize(
    ("labels", "fingerprint"),
    [
        # As Alertmanager 0.33.1 answered.
        ({"alertname": "ok"}, "01167342b0fed1b2"),
        ({"a-b": "x", "alertname": "한국"}, "37fabd8b873783d6"),
        ({"alertname": "한국", "a-b": "x"}, "37fabd8b873783d6"),
        ({}, "cbf29ce484222325"),
    ],
)
def test_fingerprint_is_that_of_alertmanager(labels: dict[str, str], fingerprint: str) -> None:
    assert fingerprint == external.fingerprint(labels)


@pytest.mark.parametrize(
    ("given", "severity"),
    [
        ("critical", "critical"),
        ("Page", "critical"),
        (" P1 ", "critical"),
        ("P0", "emergency"),
        ("high", "error"),
        ("none", "info"),
        ("warn", "warning"),
        ("", "warning"),
        ("심각", "warning"),
    ],
)
def test_severity_is_what_the_label_means(given: str, severity: str) -> None:
    assert severity == external.severity_of({"severity": given})


def test_setting_adds_meanings_and_replaces_usual_ones() -> None:
    mapping = external.parse_severities(" page = emergency, 심각=critical,")

    assert "emergency" == external.severity_of({"severity": "PAGE"}, mapping)
    assert "critical" == external.severity_of({"severity": "심각"}, mapping)
    assert "error" == external.severity_of({"severity": "major"}, mapping)


@pytest.mark.parametrize("text", ["page", "page=", "=critical", "page=loud", "page=critical;x=info"])
def test_unusable_meaning_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="EXTERNAL_SEVERITIES"):
        external.parse_severities(text)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({"alertname": "Watchdog"}, True),
        ({"alertname": "Hot", "heartbeat": "true"}, True),
        ({"alertname": "Hot", "heartbeat": "false"}, False),
        ({"alertname": "Hot"}, False),
    ],
)
def test_watchdog_is_a_heartbeat(labels: dict[str, str], expected: bool) -> None:
    assert expected is external.is_heartbeat(labels)


def test_rule_id_of_a_long_name_fits_and_shows_what_is_hidden() -> None:
    assert "external:Disk 가득" == external.rule_id_of("Disk 가득")
    assert 128 == len(external.rule_id_of("x" * 500))
    assert "external:a\\u{200b}b" == external.rule_id_of("a\u200bb")

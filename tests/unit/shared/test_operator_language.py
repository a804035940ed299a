"""Errors, doctor and self-test speak the operator's language, and so does a process that cannot start."""

import re
import subprocess
import sys

import pytest

from shared import operator_language
from shared.errors import ConfigurationError, Invalid
from shared.model import reasons
from shared.settings import Settings
from tests.support.processes import ROOT
from tests.support.waiting import PATIENCE_S

HANGUL = re.compile("[가-힣]")
BAD_SETTINGS = {
    "API_PORT": "x",
    "PARTITIONS": "0",
    "LEASE_SECONDS": "soon",
    "ALLOW_PRIVATE_ADDRESSES": "perhaps",
    "LOG_LEVEL": "loud",
    "REDIS_URL": "http://a",
    "PUBLIC_URL": "https://alerts.example.com/below",
    "RELAY_PUBLIC_URL": "https://a",
    "HEARTBEAT_URL": "a",
    "API_HOST": "a b",
    "HOST_PLUGIN_ID": "a\u200b",
    "OPERATOR_CHANNELS": "e-mail!",
    "OUTBOUND_ALLOW": "10.1.2.3/8",
    "OUTBOUND_REFUSE": "a b",
    "HTTPS_PROXY": "socks5://proxy:1080",
    "TLS_CERTIFICATE": "/none.pem",
    "JWT_SECRET_KEY": "short",
    "SECRET_KEYS_FILE": "/none",
    "SSL_CERT_FILE": "/none.pem",
}


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, "en"),
        ({"LANG": "ko_KR.UTF-8"}, "ko"),
        ({"LANG": "ko"}, "ko"),
        ({"LANG": "ko-KR"}, "ko"),
        ({"LANG": "KO_KR.eucKR"}, "ko"),
        ({"LANG": "ko.UTF-8"}, "ko"),
        ({"LANG": "ko@dict"}, "ko"),
        ({"LANG": "kok_IN"}, "en"),
        ({"LANG": "en_KO"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "ko_KR.UTF-8"}, "ko"),
        ({"LANG": "ko_KR.UTF-8", "LC_MESSAGES": "C"}, "en"),
        ({"LANG": "ko_KR.UTF-8", "LC_MESSAGES": "ko_KR.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "ko_KR.UTF-8", "LC_ALL": ""}, "ko"),
        ({"LC_CTYPE": "ko_KR.UTF-8"}, "en"),
    ],
)
def test_language_is_that_of_the_first_variable_that_is_set(environ: dict[str, str], language: str) -> None:
    assert language == operator_language.language(environ)


@pytest.mark.parametrize(("name", "value"), BAD_SETTINGS.items())
def test_complaint_about_each_setting_names_it_in_both_languages(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings.from_environment({name: value})

    assert not HANGUL.search(caught.value.in_words("en"))
    assert HANGUL.search(caught.value.in_words("ko"))
    assert all(name in caught.value.in_words(language) for language in ("en", "ko"))


def test_bad_fields_are_all_cited_in_both_languages() -> None:
    error = Invalid({"name": reasons.of("invalid.missing"), "days": reasons.of("invalid.above_0")})

    assert "cannot be accepted: name: is required; days: must be a number above 0" == str(error.cited())
    assert "받아들일 수 없는 항목: name: 필수 항목입니다; days: 0보다 큰 수여야 합니다" == reasons.text(
        error.cited(), "ko"
    )


@pytest.mark.parametrize(
    "process", [("evaluator",), ("dispatchers", "router"), ("api",), ("api.relay",), ("ingest",), ("producers",)]
)
@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("ko_KR.UTF-8", "API_PORT: 1 이상 65535 이하여야 합니다.\n"),
        ("en_US.UTF-8", "API_PORT must be between 1 and 65535.\n"),
    ],
)
def test_process_that_cannot_start_says_why_in_the_operators_language(
    process: tuple[str, ...], language: str, sentence: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *process],
        env={"LANG": language, "API_PORT": "70000", "PYTHONUTF8": "1"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE_S,
        check=False,
    )

    assert (1, sentence) == (done.returncode, done.stderr)

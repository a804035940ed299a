"""Settings come from the environment, and a bad one gets a sentence that names it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import environment, kept_days, log, variables
from shared.errors import ConfigurationError
from shared.settings import Settings
from shared.store import channel_store


def test_settings_take_the_environments_values_in_their_types() -> None:
    environment = {"API_PORT": "5001", "LEASE_SECONDS": "2.5", "DATA_DIR": "/x", "OUTBOUND_ALLOW": "h.example"}

    settings = Settings.from_environment(environment)

    assert (5001, 2.5, Path("/x"), "h.example") == (
        settings.api_port,
        settings.lease_seconds,
        settings.data_dir,
        settings.outbound_allow,
    )


@pytest.mark.parametrize(("text", "is_on"), [("", True), ("on", True), ("off", False), ("No", False), ("0", False)])
def test_the_archive_is_switched_off_by_a_word(text: str, is_on: bool) -> None:
    assert is_on is Settings.from_environment({"ARCHIVE": text}).archive


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("API_PORT", "http", "API_PORT must be a whole number, not 'http'."),
        ("API_PORT", "70000", "API_PORT must be between 1 and 65535."),
        ("PARTITIONS", "0", "PARTITIONS must be between 1 and 1024."),
        ("HOST_INTERVAL_SECONDS", "often", "HOST_INTERVAL_SECONDS must be a number, not 'often'."),
        ("LOG_LEVEL", "loud", "LOG_LEVEL must be debug, info, warning or error."),
        ("REDIS_URL", "localhost:6379", "REDIS_URL must begin with redis://, rediss://, unix:// or sentinel://."),
        ("ALLOW_PRIVATE_ADDRESSES", "maybe", "ALLOW_PRIVATE_ADDRESSES must be true or false, not 'maybe'."),
        *(
            (name, value, f"{name} must be a host or an address alone, like 127.0.0.1; its port is set apart.")
            for name in ("API_HOST", "RELAY_HOST", "INGEST_HOST", "STATSD_HOST")
            for value in ("0.0.0.0:5000", "localhost:", "[::1]:5000", ":::", "a b", "http://x", "x" * 254, "a\u200bb")
        ),
        *(
            ("HOST_PLUGIN_ID", value, "HOST_PLUGIN_ID must have at most 128 characters, none of them invisible.")
            for value in ("x" * 129, "web\u200b1", "web\r\n1")
        ),
        *(
            ("OPERATOR_CHANNELS", value, "OPERATOR_CHANNELS lists names of channels, like web,email.")
            for value in ("web;email", "https://hooks.example.com/x", "Slack", "web,e mail", "-")
        ),
        *(
            (name, value, f"{name} lists hosts and networks, e.g. 10.1.0.0/16: {value} is no host.")
            for name in ("OUTBOUND_ALLOW", "OUTBOUND_REFUSE")
            for value in ("true", "yes", "off", "a b")
        ),
        ("API_PORT", "9" * 5_000, f"API_PORT must be a whole number, not '{'9' * 200}…'."),
    ],
)
def test_bad_setting_is_named(name: str, value: str, sentence: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings.from_environment({name: value})

    assert sentence == str(caught.value)


@pytest.mark.parametrize(
    "url",
    ["https://.", "https://-", "https://a..b", "https://.a", "https://x\\y", "https://x%2fy", f"https://{'a' * 254}"],
)
def test_address_whose_host_can_be_none_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="PUBLIC_URL names no host"):
        Settings.from_environment({"PUBLIC_URL": url})


@pytest.mark.parametrize(
    "url", ["https://[::1]:5000", "https://a.b.", "https://한국.kr", "http://1.2.3.4:5000", "https://a-b"]
)
def test_address_of_any_host_is_taken(url: str) -> None:
    assert url == Settings.from_environment({"PUBLIC_URL": url}).effective_public_url


@pytest.mark.parametrize("host", ["::1", "[::1]", "fe80::1%eth0", "0.0.0.0", "localhost", "db_1.internal", "서버.kr"])
def test_host_may_be_a_name_or_an_address_of_either_kind(host: str) -> None:
    assert host == Settings.from_environment({"API_HOST": host}).api_host


def test_secret_comes_by_file_too(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("redis://:geheim@redis:6379/0\n")

    assert (
        "redis://:geheim@redis:6379/0" == Settings.from_environment({"REDIS_URL_FILE": str(tmp_path / "url")}).redis_url
    )


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"SECRET_KEYS_FILE": "/none/such"}, "SECRET_KEYS_FILE names /none/such, which cannot be read (No such file"),
        ({"SECRET_KEYS_FILE": "/etc/hosts", "SECRET_KEYS": "x"}, "SECRET_KEYS and SECRET_KEYS_FILE are both set"),
    ],
)
def test_secret_file_that_cannot_be_read_is_named(environ: dict[str, str], words: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings.from_environment(environ)

    assert words in str(caught.value)


def test_channel_takes_its_secrets_by_file(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("geheim\n")
    environ = {"SMTP_SERVER": "mail", "SMTP_PASSWORD_FILE": str(tmp_path / "password"), "TO_EMAILS": "a@b.kr, c@d.kr"}

    fields = channel_store.from_environment("email", environ)

    assert {
        "smtp_server": "mail",
        "password": "geheim",
        "to_emails": ["a@b.kr", "c@d.kr"],
        "enabled": True,
    } == fields


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("alerts.example.com", "must begin with http"),
        ("alerts", "must begin with http"),
        ("ftp://alerts.example.com", "must begin with http"),
        ("https://", "names no host"),
        ("https:///x", "names no host"),
        ("https://alerts example.com", "names no host"),
        ("https://alerts.example.com:port", "no web address"),
        ("https://alerts.example.com:0", "names no host"),
        ("https://[::1", "no web address"),
        ("https://kim:secret@alerts.example.com", "must hold no name"),
        ("https://alerts.example.com/?x=1", "must hold no name"),
        ("https://alerts.example.com/ops/", "not below /ops. Give it a host or a port of its own at the proxy"),
    ],
)
def test_public_url_that_nobody_could_open_is_refused_at_the_start(url: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words) as caught:
        Settings.from_environment({"PUBLIC_URL": url})

    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["https://alerts.example.com", "http://board/", "http://[::1]:5000", "http://10.0.0.1:80"]
)
def test_public_url_that_people_open_is_taken(url: str) -> None:
    assert url.rstrip("/") == Settings.from_environment({"PUBLIC_URL": url}).effective_public_url


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("RELAY_PUBLIC_URL", "https://alerts.example.com/live", "must begin with ws:// or wss://"),
        ("RELAY_PUBLIC_URL", "alerts.example.com/live", "must begin with ws:// or wss://"),
        ("INGEST_CORS_ORIGINS", "https://karma.example.com,karma", "must begin with http:// or https://"),
        ("RELAY_PUBLIC_URL", "wss:///live", "names no host"),
        ("RELAY_PUBLIC_URL", "wss://alerts.example.com:99999/live", "is no web address"),
        ("RELAY_PUBLIC_URL", "wss://alerts.example.com/live; script-src *", "names no host"),
        ("RELAY_PUBLIC_URL", "wss://kim:secret@alerts.example.com/live", "must hold no name"),
        ("HEARTBEAT_URL", "checks.example.com/secret", "must begin with http:// or https://"),
        ("HEARTBEAT_URL", "https:///secret", "names no host"),
        ("API_HOST", "http://0.0.0.0", "must be a host or an address alone"),
        ("RELAY_HOST", "0.0.0.0 127.0.0.1", "must be a host or an address alone"),
        ("LEASE_SECONDS", "nan", "must be between"),
        ("HISTORY_DAYS", "inf", "must be between"),
    ],
)
def test_address_or_length_that_cannot_be_used_is_refused_at_the_start(name: str, value: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^{name} .*{words}") as caught:
        Settings.from_environment({name: value})

    assert "secret" not in str(caught.value)


def test_addresses_that_can_be_used_are_taken() -> None:
    given = {"RELAY_PUBLIC_URL": "wss://alerts.example.com/live", "HEARTBEAT_URL": "https://kim:x@hc.example.com/a?b=c"}

    settings = Settings.from_environment({**given, "API_HOST": "::1", "RELAY_HOST": "localhost"})

    assert list(given.values()) == [settings.relay_public_url, settings.heartbeat_url]


@given(name=st.sampled_from([f for f in variables.KNOWN if len(f) >= 9]), at=st.integers(1, 100), data=st.data())
def test_variable_with_one_wrong_letter_is_taken_for_what_was_meant(name: str, at: int, data: st.DataObject) -> None:
    at %= len(name)
    letter = data.draw(st.sampled_from("QXZ"))
    wrong = data.draw(st.sampled_from([name[:at] + name[at + 1 :], name[:at] + letter + name[at:]]))

    found = environment.mistyped([wrong], variables.KNOWN)

    assert wrong in variables.KNOWN or wrong in found


def test_variables_of_others_and_our_own_are_not_taken_for_mistyped() -> None:
    usual = "PATH HOME LANG HOSTNAME SHELL PWD TERM LOGNAME XDG_DATA_DIRS XDG_STATE_HOME SSH_AUTH_SOCK NO_PROXY"
    usual += " HTTPS_PROXY VIRTUAL_ENV PYTHONPATH REDIS_PORT REDIS_HOST DATABASE_URL LC_ALL TMPDIR INVOCATION_ID"

    assert {} == environment.mistyped(usual.split(), variables.KNOWN)
    assert {} == environment.mistyped(variables.KNOWN, variables.KNOWN)


def test_mistyped_variable_is_told_by_its_name_alone(capsys: pytest.CaptureFixture[str]) -> None:
    given = {"PUBLIC_URLL": "https://secret.example.com", "SMTP_PASWORD": "secret"}

    variables.warn(log.set_up("evaluator"), given)
    said = capsys.readouterr().err
    variables.warn(log.set_up("evaluator"), {**given, "PARENT_PID": "1"})

    assert "PUBLIC_URLL is set, but nobody reads it. Did you mean PUBLIC_URL?" in said
    assert "Did you mean SMTP_PASSWORD?" in said
    assert "secret" not in said
    assert "" == capsys.readouterr().err


@pytest.mark.parametrize(
    ("megabytes", "database_url", "expected"),
    [(0, "", 4_096), (0, "postgresql://db/alerts", 0), (900, "postgresql://db/alerts", 900), (64, "", 64), (3, "", 16)],
)
def test_size_of_the_archive_is_bounded_for_a_file_and_for_a_database_if_it_is_said(
    megabytes: int, database_url: str, expected: int
) -> None:
    assert expected == kept_days.most_megabytes(Settings(archive_max_megabytes=megabytes, database_url=database_url))

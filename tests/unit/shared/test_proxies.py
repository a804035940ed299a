"""Which proxy an address is reached through, and that its password is in nothing that is shown."""

import pytest

from shared import proxies, variables
from shared.errors import ConfigurationError
from shared.proxies import Proxies
from shared.settings import Settings


@pytest.mark.parametrize(
    ("text", "address", "credentials"),
    [
        ("http://proxy.example:3128", "proxy.example:3128", ""),
        ("proxy.example:3128", "proxy.example:3128", ""),
        ("http://proxy.example/", "proxy.example:80", ""),
        ("http://kim:p%40ss%3Aword@proxy.example:8080", "proxy.example:8080", "kim:p@ss:word"),
        ("http://[fd00::1]:3128", "[fd00::1]:3128", ""),
        ("kim:word@10.0.0.1:1", "10.0.0.1:1", "kim:word"),
    ],
)
def test_address_of_a_proxy_is_read(text: str, address: str, credentials: str) -> None:
    proxy = proxies.parse(text)

    assert (address, credentials) == (proxy.address, proxy.credentials)
    assert "word" not in repr(proxy)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("https://kim:word@proxy.example", "must begin with http://"),
        ("socks5://kim:word@proxy.example", "SOCKS"),
        ("http://kim:word@proxy.example:99999", "is not the address"),
        ("http://kim:word@proxy.example/path", "without path"),
        ("http://", "without path"),
        ("kim word", "without path"),
    ],
)
@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "http_proxy"])
def test_proxy_that_cannot_be_used_is_said_at_the_start(variable: str, text: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said) as caught:
        Settings.from_environment({variable: text})

    assert str(caught.value).startswith(variable.upper())
    assert "kim" not in str(caught.value) and ":word" not in str(caught.value).replace(proxies.EXAMPLE, "")


def test_small_letters_come_first_as_in_other_programs() -> None:
    given = {"HTTPS_PROXY": "http://a:1", "https_proxy": "http://b:1", "NO_PROXY": "x", "no_proxy": "y"}
    settings = Settings.from_environment(given)

    assert ("http://b:1", "y") == (settings.https_proxy, settings.no_proxy)


PROXIES = Proxies(proxies.parse("http://plain:1"), proxies.parse("http://secure:1"))


@pytest.mark.parametrize(
    ("no_proxy", "host", "port", "is_direct"),
    [
        ("corp.example", "corp.example", 443, True),
        ("corp.example", "Hooks.Corp.Example.", 443, True),
        (".corp.example", "hooks.corp.example", 443, True),
        ("*.corp.example", "hooks.corp.example", 443, True),
        ("corp.example", "evilcorp.example", 443, False),
        ("a.example, b.example", "b.example", 443, True),
        ("corp.example:8443", "corp.example", 8443, True),
        ("corp.example:8443", "corp.example", 443, False),
        ("*", "anything.example", 443, True),
        ("10.0.0.0/8", "10.2.3.4", 443, True),
        ("10.0.0.0/8", "11.2.3.4", 443, False),
        ("10.2.3.4", "10.2.3.4", 443, True),
        ("10.2.3.4:8443", "10.2.3.4", 443, False),
        ("fd00::/8", "fd00::1", 443, True),
        ("[fd00::1]:8443", "fd00::1", 8443, True),
        ("10.0.0.0/8", "ten.example", 443, False),
        (". , :, /, *.", "h.example", 443, False),
        ("", "h.example", 443, False),
        ("", "127.0.0.1", 443, True),
        ("", "::1", 443, True),
        ("", "localhost", 443, True),
    ],
)
def test_no_proxy_names_hosts_domains_networks_and_ports(no_proxy: str, host: str, port: int, is_direct: bool) -> None:
    found = Proxies(PROXIES.http, PROXIES.https, no_proxy).of("https", host, port)

    assert (None if is_direct else PROXIES.https) == found


def test_each_scheme_has_its_proxy() -> None:
    assert ("plain", "secure") == tuple(PROXIES.of(s, "h.example", 1).host for s in ("http", "https"))  # type: ignore[union-attr]
    assert Proxies(https=PROXIES.https).of("http", "h.example", 80) is None


def test_certificates_that_cannot_be_read_are_said_at_the_start(tmp_path) -> None:  # type: ignore[no-untyped-def]
    empty = tmp_path / "empty.pem"
    empty.write_text("nothing")
    for name in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"):
        with pytest.raises(ConfigurationError, match=f"{name} names .*, which holds no certificates"):
            Settings.from_environment({name: str(empty)})
        with pytest.raises(ConfigurationError, match=f"{name} names .*No such file"):
            Settings.from_environment({name: str(tmp_path / "missing.pem")})
    assert str(tmp_path) == Settings.from_environment({"SSL_CERT_DIR": str(tmp_path)}).trusted_certificates


@pytest.mark.parametrize(
    ("value", "said"),
    [("true", "OUTBOUND_ALLOW=loopback"), ("no", "OUTBOUND_REFUSE=private,loopback"), ("", "")],
)
def test_variable_of_earlier_releases_is_named_with_what_replaced_it(value: str, said: str) -> None:
    sentences = [str(warning) for warning in variables.retired({"ALLOW_PRIVATE_ADDRESSES": value})]

    assert bool(said) == (len(sentences) == 1)
    assert said in "".join(sentences)

"""Where requests may go: into private networks for administrators' channels, to metadata services for nobody."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis import Redis

from dispatchers.surroundings import Surroundings
from shared.errors import ConfigurationError
from shared.outbound import Policy, Refused, parse
from shared.settings import Settings

METADATA = [ipaddress.IPv4Address(0xA9FE0000 + offset) for offset in (0, 1, 254, 0xA9FE, 0xFFFF)]
METADATA += [ipaddress.IPv4Address(one) for one in ("169.254.169.254", "100.100.100.200", "168.63.129.16")]
POLICIES = [
    Policy(),
    Policy(is_public=True),
    Policy(allow=("loopback", "private", "169.254.0.0/16", "fe80::/10", "metadata")),
]


def taken(policy: Policy, address: str, host: str = "h.example") -> bool:
    try:
        policy.check(address, host)
    except Refused:
        return False
    return True


def forms(ip: ipaddress.IPv4Address) -> list[str]:
    """Every IPv6 address that only carries *ip*."""
    n = int(ip)
    carried = [(0xFFFF << 32) + n, (0x64FF9B << 96) + n, (0x64FF9B0001 << 80) + n, (0x2002 << 112) + (n << 80)]
    teredo = (0x20010000 << 96) + (n ^ 0xFFFFFFFF)
    return [str(ip), *(str(ipaddress.IPv6Address(one)) for one in [*carried, teredo])]


NEVER = ("fe80::1", "fe80::1%eth0", "fd00:ec2::254", "0.0.0.0", "::", "ff02::1")


@pytest.mark.parametrize("policy", POLICIES)
@given(
    st.one_of(
        st.sampled_from(METADATA),
        st.integers(0, 0xFFFF).map(lambda n: ipaddress.IPv4Address(0xA9FE0000 + n)),
    )
)
def test_metadata_and_link_local_are_never_called(policy: Policy, ip: ipaddress.IPv4Address) -> None:
    assert not any(taken(policy, one) for one in forms(ip))
    assert not any(
        taken(policy, one) for one in ("fe80::1", "fe80::1%eth0", "fd00:ec2::254", "0.0.0.0", "::", "ff02::1")
    )


@given(st.ip_addresses(v=4))
def test_a_carried_address_is_judged_as_itself(ip: ipaddress.IPv4Address) -> None:
    for policy in POLICIES:
        assert 1 == len({taken(policy, one) for one in forms(ip)})


PRIVATE = ["10.0.0.1", "172.16.5.5", "192.168.1.1", "100.64.0.1", "fd00::1"]
LOOPBACK = ["127.0.0.1", "127.8.8.8", "::1"]


@pytest.mark.parametrize(
    ("environment", "private", "loopback"),
    [
        ({}, True, True),
        ({"REDIS_URL": "redis://r"}, True, False),
        ({"REDIS_URL": "redis://r", "OUTBOUND_ALLOW": "loopback"}, True, True),
        ({"REDIS_URL": "redis://r", "OUTBOUND_ALLOW": "127.0.0.0/8,::1/128"}, True, True),
        ({"OUTBOUND_REFUSE": "private"}, False, True),
        ({"OUTBOUND_REFUSE": "private,loopback"}, False, False),
        ({"ALLOW_PRIVATE_ADDRESSES": "true", "REDIS_URL": "redis://r"}, True, True),
        ({"ALLOW_PRIVATE_ADDRESSES": "false"}, False, False),
    ],
)
def test_settings_say_where_channels_may_go(environment: dict[str, str], private: bool, loopback: bool) -> None:
    around = Surroundings.of(Redis(), Settings.from_environment(environment))

    assert [taken(around.network.policy, one) for one in PRIVATE] == [private] * len(PRIVATE)
    assert [taken(around.network.policy, one) for one in LOOPBACK] == [loopback] * len(LOOPBACK)
    assert taken(around.network.policy, "93.184.216.34")


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"OUTBOUND_ALLOW": "private,loopback"},
        {"REDIS_URL": "redis://r"},
        {"ALLOW_PRIVATE_ADDRESSES": "true"},
    ],
)
def test_addresses_of_strangers_are_public(environment: dict[str, str]) -> None:
    around = Surroundings.of(Redis(), Settings.from_environment(environment)).for_strangers()

    assert not any(taken(around.network.policy, one) for one in [*PRIVATE, *LOOPBACK])
    assert taken(around.network.policy, "93.184.216.34")


@pytest.mark.parametrize("text", ["10.0.0.0/99", "a b", "10.0.0.1/8", "::zz", "."])
def test_a_list_that_cannot_be_read_is_said_at_the_start(text: str) -> None:
    with pytest.raises(ConfigurationError, match="OUTBOUND_REFUSE"):
        Settings.from_environment({"OUTBOUND_REFUSE": text})


def test_a_host_is_refused_by_its_name() -> None:
    policy = Policy(refuse=parse("chat.example, *.evil.example, 203.0.113.0/24"))

    assert not taken(policy, "93.184.216.34", "Chat.Example.")
    assert not taken(policy, "93.184.216.34", "a.evil.example")
    assert taken(policy, "93.184.216.34", "other.example")

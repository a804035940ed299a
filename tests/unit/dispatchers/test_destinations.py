"""A secret that is sent back as its mask goes where it was meant to go, and nowhere else; pasted text is trimmed."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatchers.channel import catalogue
from shared.errors import Invalid
from shared.log import MASK
from tests.support.destinations import CASES, STORED, moved_to

HOSTS = st.from_regex(r"[a-z]{1,12}\.(?:example|test)", fullmatch=True)


def test_every_kind_that_has_a_secret_and_an_address_of_its_own_says_which() -> None:
    addressed = {
        k
        for k, kind in catalogue().items()
        if {"api_url", "url", "smtp_server", "proxy_url"} & set(kind.config.model_fields)
    }

    assert {k for k, kind in catalogue().items() if kind.destinations} == addressed == set(STORED)


@pytest.mark.parametrize(("kind", "stored", "name"), CASES, ids=lambda one: one if isinstance(one, str) else "")
@given(host=HOSTS)
def test_changed_destination_needs_the_secret_again(kind: str, stored: dict[str, Any], name: str, host: str) -> None:
    channel = catalogue()[kind]
    shown = channel.masked(channel.check(stored).model_dump(mode="python", exclude_unset=True))
    masked = [field for field in shown if shown[field] == MASK and field != name]
    sent = moved_to(kind, stored, name, host)

    if not masked:
        return
    with pytest.raises(Invalid) as caught:
        channel.merged(sent, stored)
    assert set(caught.value.problems) == set(masked)
    assert "old-secret" not in str(caught.value)
    # Entered again, or with the old destination, it is taken.
    again = channel.merged({**sent, **dict.fromkeys(masked, "new-secret")}, stored)
    assert all(again[field] == "new-secret" for field in masked)
    assert channel.merged(shown, stored) == {**stored, **{k: v for k, v in shown.items() if v != MASK}}


def test_destination_left_out_is_its_default_and_so_another_one() -> None:
    stored = STORED["slack"][0]

    with pytest.raises(Invalid, match="bot_token"):
        catalogue()["slack"].merged({"bot_token": MASK, "channel": "#ops"}, stored)


AROUND = st.text(alphabet=st.sampled_from(" \t\r\n\xa0\u200b\ufeff\u2060"), max_size=4)


@given(AROUND, AROUND)
def test_pasted_secrets_and_addresses_are_trimmed(before: str, after: str) -> None:
    for kind, all_ in STORED.items():
        for stored in all_:
            pasted = {k: f"{before}{v}{after}" if isinstance(v, str) else v for k, v in stored.items()}

            assert catalogue()[kind].check(pasted) == catalogue()[kind].check(stored)

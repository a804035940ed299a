"""A reason is a code with values, and reads in both languages as its sentence says."""

import re
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.describe import reasons as page_words
from dispatchers import masking
from dispatchers.channel import DeliveryError, Receipt
from shared.model import lifecycle, reasons
from shared.model.alerts import Alert, TimelineEntry
from shared.model.encoding import encode
from shared.model.reasons import Reason
from shared.model.sentences import SENTENCES

ROOT = Path(__file__).parents[3]
COMPARED = Reason("comparison.holds", {"subject": "cpu", "value": 99.996, "operator": ">", "threshold": 99.99})


def named(sentence: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", sentence))


@pytest.mark.parametrize("language", ["en", "ko"])
def test_page_has_the_sentences_of_every_code_and_no_others(language: reasons.Language) -> None:
    stored = (ROOT / "api/ui/src/locales" / language / "reasons.json").read_text(encoding="utf-8")

    assert stored == page_words.document(language)


def test_measured_value_has_as_many_digits_as_tell_it_from_its_limit() -> None:
    assert "cpu = 99.996 is > 99.99" == reasons.text(COMPARED)
    assert "cpu = 99.996, > 99.99 조건 충족" == reasons.text(COMPARED, "ko")


def test_reason_within_a_reason_is_put_into_words_too() -> None:
    held = reasons.of("fired.held", because=COMPARED, held_s=35.0)

    assert "cpu = 99.996 is > 99.99, for 35 s" == str(held)
    assert "cpu = 99.996, > 99.99 조건 충족, 35초 동안 계속됨" == reasons.text(held, "ko")


def test_reason_reads_the_same_after_it_was_stored() -> None:
    several = reasons.of("compound.parts", parts=[COMPARED, reasons.of("cooldown.over")])
    line = TimelineEntry(at_ms=1, kind="firing", **reasons.fields(reasons.of("fired.held", because=several, held_s=2)))

    read = msgspec.json.decode(encode(line), type=TimelineEntry)

    assert line == read
    assert read.reason == reasons.text(Reason(read.reason_code, read.reason_values))


def test_code_of_a_newer_release_and_a_missing_value_still_read() -> None:
    assert "future.code" == reasons.text(Reason("future.code", {"x": 1}))
    assert "… = 5 is … …" == reasons.text(Reason("comparison.holds", {"value": 5.0}))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=8), inner, max_size=3)
        | st.fixed_dictionaries({"code": st.sampled_from(sorted(SENTENCES)), "values": inner})
    ),
    max_leaves=5,
)


@given(st.sampled_from(sorted(SENTENCES)), st.data())
def test_any_stored_values_read_as_something(code: str, data: st.DataObject) -> None:
    """A record may come from another release, or be written by hand."""
    values = {name: data.draw(json_values) for name in sorted(named(SENTENCES[code][0]))}

    assert isinstance(reasons.text(Reason(code, values), data.draw(st.sampled_from(["en", "ko"]))), str)


def test_comment_of_a_person_takes_the_place_of_the_code() -> None:
    alert = Alert(
        id="a", rule_id="r", rule_name="R", plugin_id="p", plugin_name="P", severity="warning", state="firing",
        channels=[], condition="", started_at_ms=1, **reasons.fields(COMPARED),
    )  # fmt: skip

    seen = lifecycle.acknowledge(alert, "kim", "looking", 2)

    assert seen is not None
    assert ("looking", "", {}) == (seen.reason, seen.reason_code, seen.reason_values)


def test_secret_in_the_values_of_a_reason_within_a_reason_is_masked() -> None:
    inner = reasons.of("delivery.refused", host="hooks.test", status=404, answer="no such key sesame-open")
    several = reasons.of("delivery.several", parts=[reasons.of("delivery.proxy_broke", proxy="p:1"), inner])

    found = masking.reason_without(several, ["sesame-open"])

    assert "sesame-open" not in str(found.values)
    assert "the proxy p:1 broke off; hooks.test answered 404: no such key •••" == str(found)


def test_failed_attempt_is_on_record_with_its_code_and_the_text_of_a_provider_counts_as_its_answer() -> None:
    typed = DeliveryError("retryable", reasons.of("delivery.timed_out", host="hooks.test"))
    quoted = DeliveryError("retryable", "busy")

    assert ("delivery.timed_out", {"host": "hooks.test"}) == (typed.why.code, typed.why.values)
    assert "hooks.test took the request but sent no answer in time" == typed.reason == str(typed)
    assert ("delivery.answer", "busy") == (quoted.why.code, quoted.reason)


def test_receipt_of_the_product_has_a_code_and_what_a_provider_answered_is_quoted() -> None:
    own = Receipt(reasons.of("delivery.mail_accepted", server="mail.test", accepted=1, recipients=2)).why
    quoted = Receipt("204 No Content").why

    assert "mail.test accepted the mail for 1 of 2 recipients" == str(own)
    assert "mail.test: 수신자 2명 중 1명 접수" == reasons.text(own, "ko")
    assert ("delivery.answer", "204 No Content", "204 No Content") == (
        quoted.code,
        str(quoted),
        reasons.text(quoted, "ko"),
    )
    assert reasons.NONE == Receipt().why

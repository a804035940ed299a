"""A message says the value, the threshold, how long, and where to look; in both languages; and runs nothing."""

import pytest
from msgspec import structs

from dispatchers import render, user_templates
from dispatchers.channel import Item
from shared.errors import Invalid
from shared.model import reasons
from shared.model.alerts import Policy
from tests.support.factories import an_alert

T = 1_700_000_000_000
ALERT = structs.replace(
    an_alert("firing"),
    value=91.5,
    threshold=80.0,
    started_at_ms=T,
    plugin_id="plugin-1",
    description="설명 <b>{{ 7 * 7 }}</b>",
    runbook_url="https://wiki.example.com/cpu",
    reason="cpu = 91.5 is > 80",
)


def test_message_holds_what_an_operator_needs() -> None:
    message = render.notification("email", [Item("firing", ALERT, "http://x/alerts/a")], T + 65_000)

    assert "[FIRING 발생] WARNING: CPU 높음 — 플러그인" == message.title
    for part in ("91.5", "80", "cpu > 80", "1 min 5 s", "플러그인 (plugin-1)", "http://x/alerts/a", "wiki.example.com"):
        assert part in message.text
        assert part.replace(">", "&gt;") in message.html


def test_text_from_people_is_neither_executed_nor_markup() -> None:
    message = render.notification("email", [Item("firing", ALERT, "http://x")], T)

    assert "{{ 7 * 7 }}" in message.text
    assert "<b>" not in message.html
    assert "&lt;b&gt;{{ 7 * 7 }}&lt;/b&gt;" in message.html


def test_several_alerts_make_one_message_that_counts_them() -> None:
    items = [
        Item("firing", ALERT, "http://x/1"),
        Item("resolved", ALERT, "http://x/2"),
        Item("firing", ALERT, "http://x/3"),
    ]

    message = render.notification("email", items, T)

    assert "[FIRING 발생 2, RESOLVED 해결됨 1] CPU 높음" == message.title
    assert all(item.link in message.text for item in items)


@pytest.mark.parametrize(
    ("ms", "expected"),
    [(0, "0 s"), (999, "0 s"), (59_000, "59 s"), (60_000, "1 min"), (3_661_000, "1 h 1 min"), (90_000_000, "1 d 1 h")],
)
def test_duration_is_told_in_at_most_two_units(ms: int, expected: str) -> None:
    assert expected == render.duration(ms)


def with_templates(**policy: str) -> Item:
    return Item("firing", structs.replace(ALERT, policy=Policy(**policy)), "http://x/alerts/a")


def test_rules_template_comes_before_the_channels_and_the_link_stays() -> None:
    item = with_templates(
        title_template="{{ severity|upper }} {{ plugin }}", body_template="값 {{ value }} > {{ threshold }}"
    )
    message = render.notification("email", [item], T, title_template="channel", body_template="channel")

    assert "WARNING 플러그인 (plugin-1)" == message.title
    assert (
        "값 91.5 > 80\nValue 값: 91.5 · Threshold 임계값: 80 · Duration 지속: 0 s\nhttp://x/alerts/a\n" == message.text
    )
    assert "값 91.5 &gt; 80" in message.html
    assert "" == message.template_failure


@pytest.mark.parametrize(
    "template",
    [
        "{{ nothing }}",
        "{{ value.__class__.__mro__ }}",
        "{{ ''.__class__ }}",
        "{{ 'x' * 1000000000 }}",
        "{{ 9 ** 9 ** 9 }}",
        "{% for i in range(10 ** 9) %}x{% endfor %}",
        "{{ 'x'|center(1000000000) }}",
        "{{ 1 / 0 }}",
        "{% include 'notification.txt' %}",
        "{{ cycler }}",
        "{{ '{0.__class__}'.format(value) }}",
        "{{ unclosed",
    ],
)
def test_template_that_fails_leaves_the_default_and_says_so(template: str) -> None:
    message = render.notification("email", [with_templates(title_template=template, body_template=template)], T)

    assert "[FIRING 발생] WARNING: CPU 높음 — 플러그인" == message.title
    assert "Condition 조건: cpu > 80" in message.text
    assert message.template_failure
    assert "class" not in message.title


def test_bad_template_is_refused_before_it_is_stored() -> None:
    with pytest.raises(Invalid, match="title_template"):
        user_templates.check("{{ unclosed", "title_template")


@pytest.mark.parametrize("count", [1, 2, 3, 4, 30])
@pytest.mark.parametrize("template", ["", "봐 주세요", "{{ nothing }}"])
@pytest.mark.parametrize("news", ["firing", "acknowledged", "resolved"])
def test_value_threshold_duration_and_link_are_in_every_message(count: int, template: str, news: str) -> None:
    alert = structs.replace(
        ALERT, condition="avg(cpu over 60 s) > 80", policy=Policy(body_template=template, title_template=template)
    )
    items = [Item(news, alert, f"http://x/alerts/{n}") for n in range(count)]
    message = render.notification("email", items, T + 65_000, board="http://x")

    for said in (message.text, message.html):
        assert all(count == said.count(item) or count < said.count(item) for item in ("91.5", "80", "1 min 5 s"))
        assert all(item.link in said for item in items)
    assert all(part in message.body for part in ("91.5", "80", "1 min 5 s"))
    assert (items[0].link if count == 1 else "http://x") == message.link


@pytest.mark.parametrize(("count", "template"), [(1, ""), (1, "{{ rule }} only"), (5, "")])
def test_what_was_so_long_before_it_was_decided_says_as_of_when(count: int, template: str) -> None:
    past = reasons.of("decided.as_of", because=reasons.of("withdrawn.rule_disabled"), at_ms=1_700_000_000_000)
    alert = an_alert(policy=Policy(body_template=template), **reasons.fields(past))
    told = render.notification("web", [Item("firing", alert, "")] * count, 1_700_003_600_000)

    for form in ("text", "html", "body"):
        assert "2023-11-14 22:13:20 UTC" in told.worded(form)
    assert "as of" not in render.notification("web", [Item("firing", an_alert(), "")], 1).worded("text")

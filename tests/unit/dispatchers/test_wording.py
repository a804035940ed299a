"""A template people write may say what it likes; it cannot eat time or memory, reach into Python or lose a message."""

import resource

import pytest

from dispatchers import user_templates
from shared.errors import Invalid

WORDS = {
    "value": "91.5",
    "threshold": "80",
    "rule": "CPU 높음",
    "plugin": "web-1",
    "reason": "r" * 4_000,
    "runbook": "",
    "alert_labels": {f"label-{i}": "v" * 256 for i in range(64)},
}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ rule }} — {{ plugin|upper }}", "CPU 높음 — WEB-1"),
        ("{{ '%' if value|float > 90 else '' }}{{ (value|float * 10)|round(1) }}", "%915.0"),
        ("{% if runbook %}R{% else %}없음{% endif %}", "없음"),
        ("{% for k, v in alert_labels|items %}{% if k == 'label-7' %}{{ v|length }}{% endif %}{% endfor %}", "256"),
        ("{{ alert_labels['label-1'][:3] }}{{ alert_labels['none']|default('-') }}", "vvv-"),
        ("{{ rule|replace('높음', 'high') }}", "CPU high"),
        ("{{ value|int // 2 }} {{ 7 % 4 }} {{ 'a' ~ 'b' }}", "45 3 ab"),
        ("{{ 1.25|round(1) }} {{ 1.21|round(1, 'ceil') }} {{ 1.5|round(1000000000, 'floor') }}", "1.2 1.3 1.5"),
        ("{{ '%.2f'|format(value|float) }}", "91.50"),
        ("{{ alert_labels|list|sort|first }} {{ alert_labels|join('')|length }}", "label-0 502"),
        ("{# a remark #}{% raw %}{{ }}{% endraw %}", "{{ }}"),
    ],
)
def test_template_says_what_it_is_for(template: str, expected: str) -> None:
    user_templates.check(template, "title_template")

    assert expected == user_templates.render(template, WORDS)


HOSTILE = {
    "padding by a format": "{{ '%1000000000s' % value }}",
    "padding by a filter": "{{ '%1000000000s'|format(value) }}",
    "padding by a method": "{{ value.center(1000000000) }}",
    "padding by str.format": "{{ '{:>1000000000}'.format(value) }}",
    "tabs": "{{ '\t'.expandtabs(1000000000) }}",
    "doubling": "{% set a = reason %}" + "{% set a = a ~ a %}" * 60 + "{{ a }}",
    "doubling in a block": "{% set a %}{{ reason }}{{ reason }}{% endset %}{{ a }}",
    "replacing nothing": "{{ reason|replace('', reason)|replace('', reason)|replace('', reason) }}",
    "growing by replacement": "{{ reason|replace('r', 'rrrrrrrrrr')|replace('r', reason) }}",
    "joining": "{{ reason|join(reason)|join(reason) }}",
    "nested loops": "{% for a in reason %}" * 6 + "x" + "{% endfor %}" * 6,
    "nested loops without a word": "{% for a in reason %}" * 6 + "{% endfor %}" * 6,
    "a macro that calls itself": "{% macro f() %}{{ f() }}{{ f() }}{% endmacro %}{{ f() }}",
    "a loop that calls itself": "{% for a in reason recursive %}{{ loop(reason) }}{% endfor %}",
    "powers": "{{ 9 ** 9 ** 9 ** 9 }}",
    "deep brackets": "{{ " + "(" * 1_900 + "1" + ")" * 1_900 + " }}",
    "deep filters": "{{ reason" + "|escape" * 500 + " }}",
    "deep minus": "{{ " + "-" * 3_900 + "1 }}",
    "python": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "python by a filter": "{{ value|attr('__class__') }}",
    "files": "{% include '/etc/passwd' %}",
    "other templates": "{% extends 'notification.txt' %}",
    "an import": "{% import 'x' as y %}",
    "what is not there": "{{ nothing }}",
    "division by zero": "{{ 1 / 0 }}",
    "unclosed": "{{ unclosed",
    "no such filter": "{{ value|nope }}",
}


@pytest.mark.parametrize("template", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_template_fails_at_once_with_a_reason(template: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(Invalid) as caught:
        user_templates.check(template, "body_template")
        user_templates.render(template, WORDS)
    grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before

    # One that hangs is ended by the tests' time limit.
    assert all(caught.value.problems.values())
    assert grown_kib < 200_000


def test_longest_output_is_cut_and_not_made_whole_first() -> None:
    text = user_templates.render("{% for a in alert_labels %}{{ reason }}{% endfor %}", WORDS)

    assert user_templates.MAX_RESULT_CHARS == len(text)


def test_what_cannot_be_used_is_named_before_it_is_stored() -> None:
    with pytest.raises(Invalid, match="set"):
        user_templates.check("{% set x = 1 %}", "title_template")
    with pytest.raises(Invalid, match=r"line 2"):
        user_templates.check("one\n{{ a( }}", "title_template")

"""Templates made at random out of all that a template may use: bounded in memory and work, and unchanged if modest."""

import subprocess
import sys
import time
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatchers import user_templates
from shared.errors import Invalid

MAX_CHARS = 4_000
"""What a rule and a preview take."""
WORDS = {
    "rule": "규칙 ß & <b>" * 400,
    "reason": "\x00😀" * 2_000,
    "value": "9" * 4_000,
    "plugin": "web-1",
    "alert_labels": {f"label-{i}": "v & ß" * 50 for i in range(64)},
}
FILTERS = (
    *("upper", "lower", "title", "capitalize", "trim", "int", "float", "abs", "default('x')", "truncate(99999, true)"),
    *("length", "first", "last", "string", "e", "escape", "sort", "list", "items", "round(9)", "int(0, 16)"),
    *("replace('', rule)", "replace('v', reason)", "join(reason)", "join", "format(reason, reason)", "trim(reason)"),
    *("sort(case_sensitive=true)", "sort(attribute='0')", "truncate(5, end=reason)", "nope", "format"),
)
NAMES = st.sampled_from(["rule", "reason", "value", "plugin", "alert_labels", "name", "one", "loop", "nothing"])
LITERALS = st.sampled_from(["'%99s%s'", "'%999s'", "''", "'ß'", "9", "1.5", "9999999999999", "[]", "true", "none"])


def expressions() -> st.SearchStrategy[str]:
    def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        chains = st.lists(st.sampled_from(FILTERS), min_size=1, max_size=30)
        cycles = st.tuples(chains, st.integers(1, 20)).map(lambda drawn: drawn[0] * drawn[1])
        return st.one_of(
            st.tuples(inner, cycles).map(lambda drawn: "|".join([f"({drawn[0]})", *drawn[1]])),
            st.tuples(inner, st.sampled_from(["~", "+", "-", "*", "/", "//", "%", "==", "in", "<", "and"]), inner).map(
                lambda drawn: f"({drawn[0]} {drawn[1]} {drawn[2]})"
            ),
            st.lists(inner, min_size=1, max_size=6).map(lambda drawn: f"[{', '.join(drawn)}]"),
            st.tuples(inner, st.integers(1, 300)).map(lambda drawn: " ~ ".join([drawn[0]] * drawn[1])),
            st.tuples(inner, inner).map(lambda drawn: f"({drawn[0]})[{drawn[1]}]"),
            inner.map(lambda drawn: f"({drawn})[::-1]"),
            st.tuples(inner, inner, inner).map(lambda drawn: f"({drawn[0]} if {drawn[1]} else {drawn[2]})"),
        )

    return st.recursive(st.one_of(NAMES, LITERALS), larger, max_leaves=12)


def templates() -> st.SearchStrategy[str]:
    pieces = st.one_of(
        expressions().map(lambda one: "{{ " + one + " }}"),
        st.tuples(expressions(), expressions()).map(lambda one: f"{{% if {one[0]} %}}{{{{ {one[1]} }}}}{{% endif %}}"),
        expressions().map(
            lambda one: f"{{% for name, one in alert_labels|items %}}{{% if {one} %}}{{% endif %}}{{% endfor %}}"
        ),
        st.text(max_size=20),
    )
    return st.tuples(st.lists(pieces, min_size=1, max_size=6), st.integers(1, 8)).map(
        lambda drawn: "".join(drawn[0] * drawn[1])[:MAX_CHARS]
    )


@settings(max_examples=150, deadline=None)
@given(templates())
def test_any_template_is_rendered_or_refused_within_bounds(template: str) -> None:
    tracemalloc.start()
    begun_s = time.process_time()
    try:
        user_templates.check(template, "body_template")
        assert len(user_templates.render(template, WORDS)) <= user_templates.MAX_RESULT_CHARS
    except Invalid:
        pass
    finally:
        took_s = time.process_time() - begun_s
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

    assert most < 60_000_000
    # Of processor time, with room for tracing: what is bounded is work.
    assert took_s < 10


GROWING = {
    "texts of lists of texts": "{{ rule" + "|list|string" * 10 + " }}",
    "as a condition": "{% if rule" + "|list|string" * 10 + " %}{% endif %}",
    "in each turn of a loop": "{% for a in alert_labels %}{% if rule|list|string|list|string|list %}"
    "{% endif %}{% endfor %}",
    "adding": "{{ (" + "+".join(["reason"] * 70) + ")|length }}",
    "adding lists": "{{ (" + "+".join(["reason|list"] * 70) + ")|length }}",
    "a tilde": "{{ (" + "~".join(["reason"] * 400) + ")|list|length }}",
    "a list shown": "{{ [" + ",".join(["reason"] * 500) + "] }}",
    "formats of formats": "{{ '%s%s%s%s'"
    + "|replace('s', 's%s')|format(reason, reason, reason, reason, reason, reason, reason, reason)" * 30
    + " }}",
    "numbers": "{{ (" + "*".join(["(value|int)"] * 70) + ") > 1 }}",
    "a chain of a thousand": "{{ 1" + "+1" * 1_000 + " }}",
    "trimming": "{{ (" + "~".join(["rule|trim(reason)"] * 200) + ") }}",
    "constants, which Jinja2 works out while it reads": "{{ 'aaaaaaaaaa'" + "|list|string" * 12 + " }}",
    "a constant product": "{{ " + "*".join(["99999999999999999999999999999999"] * 70) + " > 1 }}",
}


@pytest.mark.parametrize("template", GROWING.values(), ids=GROWING.keys())
def test_what_grows_is_refused_before_it_is_large(template: str) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(Invalid, match=r"SecurityError|TypeError|nests too deeply"):
            user_templates.render(template, WORDS)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert most < 60_000_000


def test_a_process_renders_the_reported_template_in_little_memory() -> None:
    """Two gigabytes and 49 s on the first release."""
    program = (
        "import resource; from dispatchers import user_templates; from shared.errors import Invalid\n"
        "resource.setrlimit(resource.RLIMIT_AS, (700_000_000, 700_000_000))\n"
        "try: user_templates.render('{{ rule' + '|list|string' * 10 + ' }}', {'rule': 'CPU'})\n"
        "except Invalid as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=600, check=True)

    assert "SecurityError" in done.stdout

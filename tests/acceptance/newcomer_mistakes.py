"""
Thirty mistakes a newcomer makes, and the sentence each one gets: data for a test that makes every one of them, and for the
table in docs/mistakes.md. `python -m tests.acceptance.newcomer_mistakes` writes the table anew.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

DOCUMENT = Path(__file__).parents[2] / "docs" / "mistakes.md"
BEGIN, END = "<!-- mistakes: made from tests/acceptance/newcomer_mistakes.py -->", "<!-- end of mistakes -->"


@dataclass(frozen=True)
class Mistake:
    """
    One mistake.

    `command` is what is typed after `enhanced-alerts`, or `METHOD /path [body]` for the API. In what is said, `…` stands
    for what differs from machine to machine.
    """

    what: str
    command: str
    says: str
    environment: dict[str, str] = field(default_factory=dict)
    is_error: bool = True
    """Else a note: what was asked for is done."""


ADD = "rules add --id cpu --name CPU --metric cpu_usage --operator > --threshold 80"
MISTAKES = (
    # -- where --
    Mistake("wrong port of Redis", "rules list", "Redis at redis://127.0.0.1:{unused}/0 cannot be reached; start it, or correct REDIS_URL (…).", {"REDIS_URL": "redis://127.0.0.1:{unused}/0"}),
    Mistake("REDIS_URL without its scheme", "rules list", "REDIS_URL must begin with redis://, ….", {"REDIS_URL": "localhost:6379"}),
    Mistake("wrong password of Redis", "rules list", "Redis at redis://127.0.0.1:{redis}/0 refuses the user or password in REDIS_URL (…).", {"REDIS_URL": "redis://:wrong@127.0.0.1:{redis}/0"}),
    Mistake("port that is taken", "api", "Port {taken} on 127.0.0.1 cannot be used (Address already in use); stop what uses it, or set API_PORT to another.", {"API_PORT": "{taken}"}),
    Mistake("a word where a number belongs", "api", "API_PORT must be a whole number, not 'http'.", {"API_PORT": "http"}),
    Mistake("another number of partitions later on", "evaluator", "This system was set up with 8 partitions, and PARTITIONS says 4; set PARTITIONS=8: another count would split plugins' histories between streams.", {"PARTITIONS": "4"}),
    Mistake("a secret's file that is not there", "api", "SECRET_KEYS_FILE names /run/secrets/none, which cannot be read (No such file or directory).", {"SECRET_KEYS_FILE": "/run/secrets/none", "SECRET_KEYS": ""}),
    Mistake("a sealing key that is none", "channels list", "SECRET_KEYS does not hold keys; `enhanced-alerts secrets key` makes one.", {"SECRET_KEYS": "my-password"}),
    Mistake("certificate without its key", "api", "TLS_CERTIFICATE and TLS_KEY belong together; set both, or neither.", {"TLS_CERTIFICATE": "/etc/hostname"}),
    Mistake("self-test while nothing runs", "self-test", "FAIL  API answers (… ms): Nothing answers at http://127.0.0.1:{unused}/api/enhanced-alerts; start it (make run), or set API_HOST and API_PORT.", {"API_PORT": "{unused}"}),
    # -- rules --
    Mistake("rule on a metric that nobody publishes", ADD.replace("cpu_usage", "cpu_usge"), "Note: no plugin has published the metric cpu_usge yet; did you mean cpu_usage?", is_error=False),
    Mistake("rule for a plugin that nobody heard of", f"{ADD} --plugin-id web1", "Note: no plugin this rule covers has been heard of yet; did you mean web-1?", is_error=False),
    Mistake("channel without configuration", f"{ADD} --channels email", "Note: the channel email is not configured yet, so it tells nobody; configure it with PUT /api/enhanced-alerts/channels/email/config, and try it with `enhanced-alerts channels test email`.", is_error=False),
    Mistake("operator the wrong way round", ADD.replace("--operator >", "--operator =>"), "The rule cannot be accepted: operator: Input should be '>', '>=', '<', '<=', '==' or '!='…."),
    Mistake("rule without a condition", "rules add --name CPU", "The rule cannot be accepted: body: Value error, …metric, operator, threshold missing…."),
    Mistake("threshold that is no number", "rules add --name CPU --metric cpu_usage --operator > --threshold high", "Error: Invalid value for '--threshold': 'high' is not a valid float."),
    Mistake("severity that there is not", f"{ADD} --severity fatal", "The rule cannot be accepted: severity: Input should be 'info', 'warning', 'error', 'critical' or 'emergency'."),
    Mistake("channel that there is not", f"{ADD} --channels mail", "The rule cannot be accepted: channels: there is no channel mail; choose from …, or e.g. slack-ops."),
    Mistake("kind of condition that there is not", 'rules add --name CPU --condition {"kind":"average"}', "The rule cannot be accepted: condition.kind: there is no condition 'average'; choose one of …."),
    Mistake("condition that is not JSON", "rules add --name CPU --condition {kind:window}", "The input cannot be accepted: --condition: is not valid JSON: …."),
    Mistake("window longer than events are kept", 'rules add --name CPU --condition {"kind":"window","metric":"cpu_usage","statistic":"avg","seconds":86400,"operator":">","threshold":80}', "The rule cannot be accepted: condition.seconds: looks 86400 s back, but events are kept for 3600 s (STREAM_KEEP_SECONDS)."),
    Mistake("rule file without ids", "rules apply {folder}/no-id.toml", "The file cannot be accepted: no-id.toml, rule 1: has no id; a file's rule needs one, to be found again."),
    Mistake("id with a typing error", "rules show cpuu", "There is no rule cpuu."),
    # -- events, alerts --
    Mistake("metric without a value", "publish web-1 cpu_usage", "The event cannot be accepted: METRIC=VALUE: write it as name=value, not 'cpu_usage'."),
    Mistake("metric that is no number", "publish web-1 cpu_usage=high", "The event cannot be accepted: cpu_usage: must be a number, not 'high'."),
    Mistake("alert that there is not (any more)", "alerts ack a1b2", "There is no alert a1b2; it may be older than the history is kept."),
    Mistake("silence that never ends", "silences add plugin_id=web-* --hours 9000 --comment deploy", "The silence cannot be accepted: body: Value error, may last 30 days at most."),
    Mistake("channel tried before it is configured", "channels test slack", "Not accepted: …not configured… (… ms)"),
    # -- the API --
    Mistake("API without a token", "GET /api/enhanced-alerts/rules", "Sign in first, or send an API key: Authorization: Bearer ….", is_error=True),
    Mistake("address of the API with a typing error", "GET /api/enhanced-alert/rules", "…", is_error=True),
    Mistake("field of a channel with a typing error", 'PUT /api/enhanced-alerts/channels/slack/config {"webhok_url": "https://hooks.slack.com/services/x"}', "…webhok_url: …"),
    Mistake("webhook of a channel without https://", 'PUT /api/enhanced-alerts/channels/slack/config {"webhook_url": "hooks.slack.com/services/x"}', "…webhook_url: …must be an address that begins with http:// or https://…"),
)  # fmt: skip


def pattern(says: str, **known: object) -> str:
    """Return the regular expression of a sentence: `…` is anything, `{name}` what is known only when it is run."""
    filled = says
    for name, value in known.items():
        filled = filled.replace(f"{{{name}}}", str(value))
    return ".*".join(re.escape(part) for part in filled.split("…"))


def table() -> str:
    """Return the table for people, in Markdown."""
    rows = ["| what one does | with | what it says |", "|---|---|---|"]
    for mistake in MISTAKES:
        settings = "".join(f"{name}={_cell(value)} " for name, value in mistake.environment.items())
        command = mistake.command if mistake.command.split()[1:2] and mistake.command.split()[0].isupper() else (
            f"enhanced-alerts {mistake.command}"
        )
        rows.append(f"| {mistake.what} | `{settings}{_cell(command)}` | {_cell(mistake.says)} |")
    return "\n".join(rows)


def _cell(text: str) -> str:
    for name in ("unused", "redis", "taken"):
        text = text.replace(f"{{{name}}}", {"unused": "6380", "redis": "6379", "taken": "5000"}[name])
    return text.replace("{folder}", "rules").replace("|", "\\|")


def document(text: str) -> str:
    """Return the document *text* with the table as it is now between its marks."""
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    assert begin and end, f"{DOCUMENT} lacks its marks"
    return f"{head}{BEGIN}\n{table()}\n{END}{tail}"


if __name__ == "__main__":
    DOCUMENT.write_text(document(DOCUMENT.read_text("utf-8")), "utf-8")

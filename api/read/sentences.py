"""A rule in words, in English and Korean, for a person who checks it. Pure."""

from evaluator.condition import Condition
from shared.model import fleet
from shared.model.numbers import exact, number
from shared.model.reasons import Language
from shared.model.rules import Rule

_END_EN = {"resolve": "the alert resolves", "hold": "the alert stays as it is", "fire": "the alert fires"}
_END_KO = {"resolve": "알림이 해결됩니다", "hold": "알림을 그대로 둡니다", "fire": "알림이 발생합니다"}
_SEVERITY_KO = {"info": "정보", "warning": "경고", "error": "오류", "critical": "심각", "emergency": "긴급"}


def sentence(rule: Rule, checked: Condition, language: Language) -> str:
    """
    Describe a rule in words.

    Args:
        checked: Its condition, as `evaluator.condition.check` returned it.
    """
    return _korean(rule, checked) if language == "ko" else _english(rule, checked)


def _english(rule: Rule, checked: Condition) -> str:
    scope = f"plugins {rule.plugins}" if rule.plugins else "any plugin"
    if rule.plugin_id:
        scope = f"plugin {rule.plugin_id}"
    if required := _labels(rule):
        scope += f" with {required}"
    holds = f" for {_seconds_en(rule.for_seconds)}" if rule.for_seconds else ""
    notified = f"{', '.join(rule.channels)} {'is' if len(rule.channels) == 1 else 'are'} notified"
    on = "over all " + scope.replace("any plugin", "plugins") if checked.spans_plugins else f"on {scope}"
    sentences = [f"When {checked.describe('en')}{holds} {on}, the alert fires ({rule.severity})"]
    sentences[0] += f" and {notified}." if rule.channels else "; only the board shows it."
    if rule.cooldown_minutes:
        sentences.append(f"It is announced at most once every {_minutes_en(rule.cooldown_minutes)}.")
    if repeat_ms := rule.policy().repeat_ms:
        sentences.append(f"A reminder follows every {_minutes_en(repeat_ms / 60_000)} until someone acknowledges it.")
    for step in rule.escalation:
        channels = ", ".join(step.channels)
        verb = "is" if len(step.channels) == 1 else "are"
        sentences.append(
            f"After {_minutes_en(step.after_minutes)} without acknowledgement, {channels} {verb} notified too."
        )
    sentences += [_recovery_en(rule), *_end_en(rule, checked)]
    return " ".join(sentences)


def _labels(rule: Rule) -> str:
    """Return what is required of a plugin's labels."""
    equal = [f"{name}={value}" for name, value in sorted(rule.labels.items())]
    return ", ".join([*equal, *(matcher.written() for matcher in rule.label_matchers)])


def _recovery_en(rule: Rule) -> str:
    if not rule.auto_resolve:
        return "Only a person can resolve it."
    if rule.recover is None:
        return "It resolves when the condition ends."
    past = f" past {exact(rule.recover.threshold)}" if rule.recover.threshold is not None else ""
    held = f" for {_seconds_en(rule.recover.for_seconds)}" if rule.recover.for_seconds else ""
    return f"It resolves when the value has recovered{past}{held}."


def _end_en(rule: Rule, checked: Condition) -> list[str]:
    if checked.spans_plugins:
        counts = (
            f"A plugin counts for {_seconds_en(rule.gone_after_seconds or fleet.STALE_MS / 1000)} after its last value."
        )
        return [counts] if rule.when_gone == "resolve" else [counts, f"When none is left, {_END_EN[rule.when_gone]}."]
    if not checked.needs().metrics or (rule.when_gone == "resolve" and rule.gone_after_seconds is None):
        return []
    when = "When its sender states that the series has ended"
    if rule.gone_after_seconds is not None:
        when += f", or after {_seconds_en(rule.gone_after_seconds)} of silence"
    return [f"{when}, {_END_EN[rule.when_gone]}."]


def _korean(rule: Rule, checked: Condition) -> str:
    one = rule.plugin_id or rule.plugins
    scope = f"플러그인 {one}" if one else "모든 플러그인"
    if required := _labels(rule):
        scope += f"({required})"
    holds = f" 조건이 {_seconds_ko(rule.for_seconds)} 동안 계속되면" if rule.for_seconds else " 조건이 성립하면"
    sentences = [f"{scope}에서 [{checked.describe('ko')}]{holds} {_SEVERITY_KO[rule.severity]} 알림이 발생하고"]
    sentences[0] += f" {', '.join(rule.channels)} 채널에 알립니다." if rule.channels else " 실시간 현황에만 표시됩니다."
    if rule.cooldown_minutes:
        sentences.append(f"{_minutes_ko(rule.cooldown_minutes)}에 한 번까지만 알립니다.")
    if repeat_ms := rule.policy().repeat_ms:
        sentences.append(f"누군가 확인할 때까지 {_minutes_ko(repeat_ms / 60_000)}마다 다시 알립니다.")
    for step in rule.escalation:
        channels = ", ".join(step.channels)
        sentences.append(f"{_minutes_ko(step.after_minutes)} 동안 확인되지 않으면 {channels} 채널에도 알립니다.")
    sentences += [_recovery_ko(rule), *_end_ko(rule, checked)]
    return " ".join(sentences)


def _recovery_ko(rule: Rule) -> str:
    if not rule.auto_resolve:
        return "사람이 직접 해결해야 합니다."
    if rule.recover is None:
        return "조건이 해소되면 자동으로 해결됩니다."
    past = f" 임계값 {exact(rule.recover.threshold)}까지" if rule.recover.threshold is not None else ""
    held = f" {_seconds_ko(rule.recover.for_seconds)} 동안" if rule.recover.for_seconds else ""
    return f"값이{past}{held} 회복되면 자동으로 해결됩니다."


def _end_ko(rule: Rule, checked: Condition) -> list[str]:
    if checked.spans_plugins:
        kept = _seconds_ko(rule.gone_after_seconds or fleet.STALE_MS / 1000)
        counts = f"마지막 값을 받은 뒤 {kept} 동안 그 플러그인을 집계에 넣습니다."
        return (
            [counts] if rule.when_gone == "resolve" else [counts, f"남은 플러그인이 없으면 {_END_KO[rule.when_gone]}."]
        )
    if not checked.needs().metrics or (rule.when_gone == "resolve" and rule.gone_after_seconds is None):
        return []
    when = "송신 측이 시계열이 끝났다고 알리면"
    if rule.gone_after_seconds is not None:
        when = f"송신 측이 시계열이 끝났다고 알리거나 {_seconds_ko(rule.gone_after_seconds)} 동안 샘플이 없으면"
    return [f"{when} {_END_KO[rule.when_gone]}."]


def _seconds_en(seconds: float) -> str:
    return f"{exact(seconds / 60)} min" if seconds >= 60 and seconds % 60 == 0 else f"{exact(seconds)} s"


def _minutes_en(minutes: float) -> str:
    return f"{exact(minutes / 60)} h" if minutes >= 60 and minutes % 60 == 0 else f"{number(minutes)} min"


def _seconds_ko(seconds: float) -> str:
    return f"{exact(seconds / 60)}분" if seconds >= 60 and seconds % 60 == 0 else f"{exact(seconds)}초"


def _minutes_ko(minutes: float) -> str:
    return f"{exact(minutes / 60)}시간" if minutes >= 60 and minutes % 60 == 0 else f"{number(minutes)}분"

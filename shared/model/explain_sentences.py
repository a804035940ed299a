"""The sentences of explanations (`insight.explain`): what each step found, for `sentences`. Data."""

EXPLAIN_SENTENCES: dict[str, tuple[str, str]] = {
    # The names of the steps.
    "explain.step_rule": ("rule", "규칙"),
    "explain.step_event": ("event", "이벤트"),
    "explain.step_scope": ("scope", "적용 대상"),
    "explain.step_verdict": ("condition", "조건"),
    "explain.step_duration": ("duration", "지속 시간"),
    "explain.step_state": ("alert", "알림"),
    "explain.step_cooldown": ("cooldown", "쿨다운"),
    "explain.step_silence": ("silences", "무음"),
    "explain.step_inhibition": ("inhibition", "억제"),
    "explain.step_flapping": ("flapping", "플래핑"),
    "explain.step_mute": ("muted times", "알림 제한"),
    "explain.step_route": ("channels", "채널 선택"),
    "explain.step_grouping": ("group", "그룹"),
    "explain.step_channel": ("channel", "채널"),
    # From the rule to the alert.
    "explain.rule_was": ("the rule {rule_id} was on: {condition}", "{rule_id} 규칙이 켜져 있음: {condition}"),
    "explain.rule_external": (
        "the alert was decided by its sender, not by a rule of this system",
        "이 시스템의 규칙이 아니라 송신 측이 판단한 알림",
    ),
    "explain.rule_not_yet": (
        "the rule {rule_id} did not exist yet: it was made at {at_ms}",
        "{rule_id} 규칙이 아직 없었음. 만든 시각: {at_ms}",
    ),
    "explain.rule_unknown": (
        "the archive knows no rule {rule_id}; `enhanced-alerts rules list` lists the rules",
        "아카이브에 {rule_id} 규칙이 없음. 규칙 목록: `enhanced-alerts rules list`",
    ),
    "explain.rule_deleted": (
        "the rule {rule_id} did not exist any more: it was deleted at {at_ms}",
        "{rule_id} 규칙이 이미 없었음. 삭제 시각: {at_ms}",
    ),
    "explain.rule_off": (
        "the rule {rule_id} was off since {at_ms}",
        "{rule_id} 규칙이 꺼져 있음. 꺼진 시각: {at_ms}",
    ),
    "explain.rule_unreadable": (
        "this release cannot read the rule {rule_id} as it was then",
        "이 버전은 당시의 {rule_id} 규칙을 읽을 수 없음",
    ),
    "explain.event": (
        "newest event of {plugin_id} at {at_ms}: {samples}",
        "{plugin_id}의 최신 이벤트({at_ms}): {samples}",
    ),
    "explain.other_event": (
        "newest event of {plugin_id} at {at_ms}, without anything that the rule looks at",
        "{plugin_id}의 최신 이벤트({at_ms}), 규칙이 보는 값은 없음",
    ),
    "explain.no_event": (
        "no event from {plugin_id} since {since_ms}",
        "{since_ms} 이후 받은 이벤트 없음: {plugin_id}",
    ),
    "explain.no_metric": (
        "no event of {plugin_id} since {since_ms} has {metrics}",
        "{since_ms} 이후 {plugin_id} 이벤트에 지표가 없음: {metrics}",
    ),
    "explain.covered": ("the rule covers the plugin", "규칙의 적용 대상인 플러그인"),
    "explain.plugin_unknown": (
        "the plugin's labels are not known without an event of it",
        "이벤트가 없어 플러그인의 레이블을 알 수 없음",
    ),
    "explain.scope_plugin": ("the rule is about {wanted} only", "규칙의 적용 대상이 아님: {wanted} 전용"),
    "explain.scope_label": (
        "the rule is about plugins with {wanted} only; {label} of this one is '{present}'",
        "규칙의 적용 대상이 아님: {wanted} 전용, 이 플러그인의 {label} 값은 '{present}'",
    ),
    "explain.no_verdict": (
        "the condition had no verdict: there were not enough samples, or the series had ended",
        "샘플이 부족하거나 시계열이 끝나 조건을 판단할 수 없음",
    ),
    "explain.held": ("it had lasted for {for_s} s", "{for_s}초 동안 계속됨"),
    "explain.waits": (
        "it must last for {for_s} s and has held since {since_ms}",
        "{for_s}초 동안 계속되어야 하며 {since_ms}부터 조건 충족",
    ),
    "explain.idle": ("no alert was open", "열린 알림 없음"),
    "explain.judged_next": (
        "no alert was open: the condition held by what had arrived, but nothing had had it judged since",
        "열린 알림 없음. 도착한 값은 조건을 충족하지만 그 뒤로 조건을 판단하게 하는 이벤트가 없었음",
    ),
    "explain.pending": ("the alert {alert_id} was pending", "{alert_id} 알림 대기 중"),
    "explain.cooling": (
        "no alert was open; the cooldown of {alert_id} lasts until {until_ms}",
        "열린 알림 없음. {alert_id} 알림의 쿨다운 종료 시각: {until_ms}",
    ),
    "explain.firing": ("the alert {alert_id} was firing", "{alert_id} 알림 발생 중"),
    # From the alert to the channels.
    "explain.not_cooling": ("no cooldown held it back", "쿨다운으로 보류되지 않음"),
    "explain.not_silenced": ("no silence matched", "일치하는 무음 없음"),
    "explain.not_inhibited": ("no other alert held it back", "다른 알림으로 인한 보류 없음"),
    "explain.not_flapping": ("it was not flapping", "플래핑 아님"),
    "explain.not_muted": ("no route muted it at this time", "이 시간에 알림을 제한하는 라우트 없음"),
    "explain.held_until": ("{because}; until {until_ms}", "{because}, 종료 시각: {until_ms}"),
    "explain.routed": ("the routes {routes} name {channels}", "{routes} 라우트의 채널: {channels}"),
    "explain.rule_channels": ("the rule names {channels}", "규칙의 채널: {channels}"),
    "explain.no_channels": ("neither its rule nor a route names a channel", "규칙과 라우트 어디에도 채널이 없음"),
    "explain.grouped": (
        "its news goes out with that of the group {group}",
        "{group} 그룹의 소식과 함께 보냄",
    ),
    "explain.group_by_labels": (
        "the group follows from the labels that the alert began with, which may have changed since",
        "그룹은 알림이 시작될 때의 레이블로 정해지며, 레이블은 그 뒤에 바뀌었을 수 있음",
    ),
    # Channels.
    "explain.sent": (
        "{channel} accepted it at {sent_ms}, attempt {attempt}",
        "{channel} 채널 전송 성공({sent_ms}, {attempt}번째 시도)",
    ),
    "explain.sent_answer": (
        "{channel} accepted it at {sent_ms}, attempt {attempt}: {because}",
        "{channel} 채널 전송 성공({sent_ms}, {attempt}번째 시도): {because}",
    ),
    "explain.received": (
        "{channel} accepted it at {sent_ms}, and confirmed that it was delivered",
        "{channel} 채널 전송 성공({sent_ms}), 도착 확인됨",
    ),
    "explain.undelivered": (
        "{channel} accepted it, but it was not delivered: {because}",
        "{channel} 채널이 접수했지만 전달되지 않음: {because}",
    ),
    "explain.given_up": (
        "{channel}: given up after {attempts} attempts: {because}",
        "{channel} 채널 전송 포기(시도 {attempts}회): {because}",
    ),
    "explain.failing": (
        "{channel}: {attempts} attempts failed: {because}",
        "{channel} 채널 전송 실패(시도 {attempts}회): {because}",
    ),
    "explain.uncertain": (
        "{channel}: no answer, so nobody knows whether it was accepted ({attempts} attempts): {because}",
        "{channel} 채널 응답이 없어 접수 여부를 알 수 없음(시도 {attempts}회): {because}",
    ),
    "explain.channel_held": ("{channel} was not notified: {because}", "{channel} 채널에 알리지 않음: {because}"),
    "explain.ended_held": (
        "{channel} was not notified: {because}; it ended at {ended_ms}",
        "{channel} 채널에 알리지 않음: {because}. 알림 종료 시각: {ended_ms}",
    ),
    "explain.ended_before": (
        "{channel} was not notified: the alert ended at {ended_ms}, before it was sent",
        "{channel} 채널에 보내기 전에 알림이 끝남({ended_ms})",
    ),
    "explain.channel_muted": (
        "its route mutes {channel} during {interval}",
        "라우트가 {interval} 시간대에 {channel} 채널의 알림을 제한함",
    ),
    "explain.channel_gone": ("there is no channel {channel}", "{channel} 채널이 존재하지 않음"),
    "explain.channel_off": ("{channel} was not configured", "{channel} 채널이 설정되지 않음"),
    "explain.channel_not_named": (
        "neither the alert's rule nor a route names {channel}",
        "알림의 규칙과 라우트 어디에도 {channel} 채널이 없음",
    ),
    "explain.circuit_open": (
        "deliveries to {channel} were paused, because too many in a row had failed",
        "연속된 전송 실패로 {channel} 채널 전송이 중단된 상태",
    ),
    "explain.gathered": (
        "{channel}: news of the group {group} is gathered for a while after a notification",
        "{channel} 채널: 알림을 보낸 뒤 {group} 그룹의 소식을 잠시 모으는 중",
    ),
    "explain.not_attempted": (
        "{channel}: the archive has no attempt",
        "{channel} 채널: 아카이브에 전송 시도 기록 없음",
    ),
    "explain.is_news": ("{channel} is to be notified", "{channel} 채널에 알려야 함"),
    "explain.no_news": ("{channel} is not to be notified now", "{channel} 채널에 지금 알리지 않아야 함"),
    # What came of it.
    "explain.told": (
        "{because}; {channels} notified at {sent_ms}",
        "{because}. {channels} 알림 전송({sent_ms})",
    ),
    "explain.told_after": (
        "{because}; held back at first ({held}), {channels} notified at {sent_ms}",
        "{because}. 처음에는 보류됨({held}), {channels} 알림 전송({sent_ms})",
    ),
    "explain.fired_held": (
        "{because}; nobody was notified: {held}",
        "{because}. 아무에게도 알리지 않음: {held}",
    ),
    "explain.fired_untold": (
        "{because}; nobody was notified: {why}",
        "{because}. 아무에게도 알리지 않음: {why}",
    ),
    "explain.still_pending": ("it has not fired: {because}", "아직 발생하지 않음: {because}"),
    "explain.cleared": (
        "it did not fire, for at {at_ms} the condition ended: {because}",
        "발생하지 않음. {at_ms}에 조건이 끝남: {because}",
    ),
    "explain.pending_resolved": (
        "it did not fire, for {name} resolved it at {at_ms} while it was pending",
        "발생하지 않음. 대기 중일 때 {name} 님이 해결함({at_ms})",
    ),
    # What the archive does not know.
    "explain.gap": (
        "the archive lost {entries} entries between {from_ms} and {until_ms}, so this may not be the whole truth",
        "아카이브에서 {from_ms}부터 {until_ms}까지 항목 {entries}개가 유실되어 실제와 다를 수 있음",
    ),
    "explain.rule_changed_since": (
        "the rule {rule_id} was changed at {at_ms}; this is about the rule as it was before",
        "{rule_id} 규칙은 {at_ms}에 바뀜. 이 설명은 바뀌기 전의 규칙 기준",
    ),
    "explain.not_recorded_yet": (
        "the newest entry of the archive is of {until_ms}; what came later is not in this",
        "아카이브의 최신 기록 시각은 {until_ms}. 그 뒤의 내용은 이 설명에 없음",
    ),
    "explain.samples_gone": (
        "events from before {since_ms} are not kept, so the decision cannot be computed again",
        "{since_ms} 이전의 이벤트가 보관되어 있지 않아 다시 계산할 수 없음",
    ),
    "explain.only_while_running": (
        "time in which no evaluator ran is not silence of a plugin, and the archive does not keep when none ran: "
        "compare the two with that in mind",
        "평가기가 실행되지 않은 시간은 플러그인의 침묵으로 세지 않으며 아카이브에 남지도 않음. 비교할 때 감안하세요",
    ),
    "explain.events_left_out": (
        "the plugin sent more events than can be read; those from before {since_ms} are left out",
        "플러그인의 이벤트가 너무 많아 {since_ms} 이전 이벤트는 제외함",
    ),
    "explain.alerts_left_out": (
        "more than {count} other alerts were open then; the others are left out",
        "당시 열린 다른 알림이 {count}건보다 많아 나머지는 제외함",
    ),
    "explain.again": ("computed again: {because}", "다시 계산한 결과: {because}"),
    "explain.one_question": (
        "give an alert, or --rule and --plugin",
        "알림 ID를 주거나 --rule과 --plugin을 함께 지정하세요",
    ),
    "explain.no_instant": (
        "'{given}' is no instant: write '2026-03-01 03:00', '03:00' or '2h'",
        "시각으로 읽을 수 없음: '{given}'. '2026-03-01 03:00', '03:00', '2h' 형식으로 쓰세요",
    ),
    "explain.at_future": (
        "is in the future; give an instant that has passed",
        "미래의 시각입니다. 지난 시각을 지정하세요",
    ),
}

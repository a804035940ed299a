"""
The sentence of each reason code: code → (English, Korean), with `{values}` as placeholders. Data.

The page has the same codes in `api/ui/src/locales/{en,ko}/reasons.json`; a test compares them. A Korean sentence has no
particle after a value, because the particle would depend on the last syllable of the value.
"""

from shared.model.archive_sentences import ARCHIVE_SENTENCES
from shared.model.delivery_sentences import DELIVERY_SENTENCES
from shared.model.doctor_sentences import DOCTOR_SENTENCES
from shared.model.event_sentences import EVENT_SENTENCES
from shared.model.explain_sentences import EXPLAIN_SENTENCES
from shared.model.external_sentences import EXTERNAL_SENTENCES
from shared.model.field_sentences import FIELD_SENTENCES
from shared.model.file_sentences import FILE_SENTENCES
from shared.model.fleet_sentences import FLEET_SENTENCES
from shared.model.formula_sentences import FORMULA_SENTENCES
from shared.model.import_file_sentences import IMPORT_FILE_SENTENCES
from shared.model.import_sentences import IMPORT_SENTENCES
from shared.model.ingest_sentences import INGEST_SENTENCES
from shared.model.insight_sentences import INSIGHT_SENTENCES
from shared.model.problem_sentences import PROBLEM_SENTENCES
from shared.model.request_sentences import REQUEST_SENTENCES
from shared.model.route_sentences import ROUTE_SENTENCES
from shared.model.rule_test_sentences import RULE_TEST_SENTENCES
from shared.model.scrape_sentences import SCRAPE_SENTENCES
from shared.model.setting_sentences import SETTING_SENTENCES
from shared.model.step_sentences import STEP_SENTENCES
from shared.model.walk_sentences import WALK_SENTENCES
from shared.model.webhook_sentences import WEBHOOK_SENTENCES

_DECISIONS: dict[str, tuple[str, str]] = {
    # Conditions: the value that was judged, and the comparison.
    "comparison.holds": (
        "{subject} = {value} is {operator} {threshold}",
        "{subject} = {value}, {operator} {threshold} 조건 충족",
    ),
    "comparison.ended": (
        "{subject} = {value} is not {operator} {threshold}",
        "{subject} = {value}, {operator} {threshold} 조건 미충족",
    ),
    "comparison.not_recovered": (
        "{subject} = {value} is not {operator} {threshold}, but still {operator} {recover_threshold}, "
        "its recovery threshold",
        "{subject} = {value}, {operator} {threshold} 조건은 미충족이나 "
        "회복 임계값 {recover_threshold} 기준으로는 아직 회복되지 않음",
    ),
    "samples.cut": (
        "{because}, counting only the newest {kept} samples, which is the limit",
        "{because} (보관 한도에 따라 최근 샘플 {kept}개만 계산)",
    ),
    "window.avg": ("avg({metric} over {seconds} s)", "{metric}의 최근 {seconds}초 평균"),
    "window.min": ("min({metric} over {seconds} s)", "{metric}의 최근 {seconds}초 최솟값"),
    "window.max": ("max({metric} over {seconds} s)", "{metric}의 최근 {seconds}초 최댓값"),
    "window.sum": ("sum({metric} over {seconds} s)", "{metric}의 최근 {seconds}초 합계"),
    "window.count": ("count({metric} over {seconds} s)", "{metric}의 최근 {seconds}초 개수"),
    "window.p50": ("p50({metric} over {seconds} s)", "{metric}의 최근 {seconds}초 중앙값(p50)"),
    "window.p95": ("p95({metric} over {seconds} s)", "{metric}의 최근 {seconds}초 95백분위수(p95)"),
    "window.p99": ("p99({metric} over {seconds} s)", "{metric}의 최근 {seconds}초 99백분위수(p99)"),
    "window.stddev": ("stddev({metric} over {seconds} s)", "{metric}의 최근 {seconds}초 표준편차"),
    "rate.per_second": (
        "change per second of {metric} over {seconds} s",
        "{metric}의 최근 {seconds}초 초당 변화량",
    ),
    "rate.increase": ("increase of {metric} over {seconds} s", "{metric}의 최근 {seconds}초 증가량"),
    "rate.of": ("change per second of {metric}", "{metric} 초당 변화량"),
    "rate.percent": (
        "change in percent of {metric} over {seconds} s",
        "{metric}의 최근 {seconds}초 변화율(%)",
    ),
    "absence.silent": (
        "no event for {silent_s} s is >= {limit_s} s",
        "{silent_s}초 동안 이벤트 수신 없음, 기준({limit_s}초) 이상",
    ),
    "absence.heard": (
        "no event for {silent_s} s is not >= {limit_s} s",
        "마지막 이벤트 수신 {silent_s}초 전, 기준({limit_s}초) 미만",
    ),
    "absence.metric_silent": (
        "no {metric} for {silent_s} s is >= {limit_s} s",
        "{silent_s}초 동안 {metric} 수신 없음, 기준({limit_s}초) 이상",
    ),
    "absence.metric_heard": (
        "no {metric} for {silent_s} s is not >= {limit_s} s",
        "마지막 {metric} 수신 {silent_s}초 전, 기준({limit_s}초) 미만",
    ),
    "errors.enough": (
        "{errors} errors in {seconds} s is >= {limit}",
        "{seconds}초 동안 오류 {errors}건, 기준({limit}건) 이상",
    ),
    "errors.few": (
        "{errors} errors in {seconds} s is not >= {limit}",
        "{seconds}초 동안 오류 {errors}건, 기준({limit}건) 미만",
    ),
    "errors.cut": (
        "{because}, counting only the newest {kept} reports, which is the limit",
        "{because} (보관 한도에 따라 최근 오류 보고 {kept}건만 계산)",
    ),
    "state.is": ("{state} is {value_now}", "{state} 상태: {value_now}"),
    "state.changed": (
        "{state} is {value_now}, was {value_before}",
        "{state} 상태: {value_before} → {value_now}",
    ),
    "state.unchanged": ("{state} is {value_now}, unchanged", "{state} 상태: {value_now}, 변화 없음"),
    "compound.parts": ("{parts}", "{parts}"),
    # Series that ended.
    "gone.stated": ("{metrics} has ended, as its sender states", "{metrics} 시계열이 끝났다고 송신 측이 알림"),
    "gone.silent": (
        "no {metrics} for {silent_s} s: it has ended",
        "{silent_s}초 동안 {metrics} 수신 없음, 끝난 것으로 판단",
    ),
    # Decisions: what the verdict changes about the alert.
    "decided.as_of": ("as of {at_ms}: {because}", "{at_ms} 기준: {because}"),
    "pending.begun": (
        "{because}; waiting until this has lasted {for_s} s",
        "{because}, {for_s}초 동안 계속되는지 지켜보는 중",
    ),
    "pending.goes_on": ("{because}; pending since {since_ms}", "{because}, {since_ms}부터 대기 중"),
    "fired.held": ("{because}, for {held_s} s", "{because}, {held_s}초 동안 계속됨"),
    "recovery.goes_on": ("{because}; recovering since {since_ms}", "{because}, {since_ms}부터 회복 중"),
    "recovery.needs_person": (
        "{because}; only a person resolves it (auto_resolve is off)",
        "{because}, 자동 해결(auto_resolve)이 꺼져 있어 사람이 해결해야 함",
    ),
    "cooldown.goes_on": ("the cooldown is not over", "쿨다운이 아직 끝나지 않음"),
    "cooldown.over": ("the cooldown is over", "쿨다운 종료"),
    "cooldown.still_firing": ("still firing when its cooldown ended", "쿨다운이 끝난 뒤에도 계속 발생 중"),
    "clock.nothing_due": ("nothing waits for the clock", "시간 경과를 기다리는 항목 없음"),
    "resolved.by_person": ("resolved by {name}", "{name} 님이 해결함"),
    "withdrawn.rule_deleted": ("the rule was deleted", "규칙이 삭제됨"),
    "withdrawn.rule_disabled": ("the rule was disabled", "규칙이 꺼짐"),
    "withdrawn.rule_replaced": (
        "the rule now has a condition of another kind",
        "규칙의 조건 종류가 바뀜",
    ),
    "withdrawn.rule_overridden": (
        "the plugin has a rule of its own that overrides {overrides}",
        "이 플러그인의 전용 규칙이 우선함(overrides: {overrides})",
    ),
    "withdrawn.plugin_renamed": (
        "the mapping has changed: its plugin is now called {plugin_id}",
        "매핑이 바뀌어 플러그인 이름이 달라짐: {plugin_id}",
    ),
    "withdrawn.out_of_scope": ("the rule no longer covers this plugin", "규칙이 더 이상 이 플러그인에 적용되지 않음"),
    "withdrawn.rule_edited": (
        "the rule's condition was edited; its duration starts again",
        "규칙의 조건이 수정되어 지속 시간을 처음부터 다시 셈",
    ),
    # Notifications: why one is held back, released, repeated or escalated.
    "suppressed.cooldown": (
        "within the cooldown until {until_ms}; channels are notified then if it still fires",
        "쿨다운 중({until_ms}까지), 그때도 발생 중이면 채널에 알림",
    ),
    "suppressed.silence": (
        "silenced by {author} ({silence_id}): {comment}",
        "무음({silence_id}, 설정한 사람: {author}): {comment}",
    ),
    "suppressed.silence_unsigned": (
        "silenced ({silence_id}): {comment}",
        "무음({silence_id}): {comment}",
    ),
    "suppressed.stronger_alert": (
        "inhibited by {severity} alert {alert_id} ({rule_name})",
        "{severity} 알림 {alert_id}({rule_name}) 때문에 억제됨",
    ),
    "suppressed.equal_labels": (
        "inhibited by {severity} alert {alert_id} ({rule_name}) of {plugin_id}, which has the same labels: {labels}",
        "{plugin_id}의 {severity} 알림 {alert_id}({rule_name}) 때문에 억제됨. 같은 레이블: {labels}",
    ),
    "suppressed.inhibit_rule": (
        "inhibited by {severity} alert {alert_id} ({rule_name}) of {plugin_id}, by the inhibit rule {rule}; equal "
        "labels: {labels}",
        "억제 규칙 {rule}에 따라 {plugin_id}의 {severity} 알림 {alert_id}({rule_name}) 때문에 억제됨. "
        "같은 레이블: {labels}",
    ),
    "suppressed.flapping": (
        "flapping: {changes} changes within {minutes} minutes",
        "플래핑: {minutes}분 동안 {changes}번 바뀜",
    ),
    "suppressed.several": ("{parts}", "{parts}"),
    "released": ("no longer {because}", "보류 사유 해소: {because}"),
    "escalated": (
        "not acknowledged for {minutes} min; now also {channels}",
        "{minutes}분 동안 확인되지 않아 다음 채널에도 알림: {channels}",
    ),
    "reminded": ("still firing and not acknowledged", "계속 발생 중이고 아직 확인되지 않음"),
    # Delivery.
    "channel.unknown": (
        "there is no channel {channel}; choose one of {kinds}",
        "{channel} 채널이 없음. 사용할 수 있는 종류: {kinds}",
    ),
    "channel.delivers_again": ("channel {channel} delivers again", "{channel} 채널 전송이 정상으로 돌아옴"),
    # Alerts of the system about itself.
    "board.full": (
        "{left_out} alerts fired and are not on the board, because the board is full",
        "활성 알림 한도를 넘어 알림 {left_out}건이 실시간 현황에 표시되지 않음",
    ),
    "board.has_room": ("there is room on the board again", "활성 알림이 한도 아래로 줄어듦"),
    "system.record_unreadable": ("its record could not be read", "알림 기록을 읽을 수 없음"),
    "system.recovered": ("the problem is over", "정상으로 돌아옴"),
    "system.evaluation_late": (
        "an event has waited {waited_s} s to be evaluated",
        "이벤트가 {waited_s}초 동안 평가를 기다리고 있음",
    ),
    "system.routing_stopped": (
        "a transition or notification has waited {waited_s} s for the router",
        "전이나 전송이 {waited_s}초 동안 라우터를 기다리고 있음",
    ),
    "system.events_refused": (
        "{events} events could not be evaluated; `enhanced-alerts dead-letters` gives the reasons",
        "이벤트 {events}건을 평가하지 못함. 이유 확인: `enhanced-alerts dead-letters`",
    ),
    "system.notifications_given_up": (
        "{notifications} notifications could not be delivered; `enhanced-alerts notifications dead` gives the reasons",
        "알림 {notifications}건의 전송을 포기함. 이유 확인: `enhanced-alerts notifications dead`",
    ),
    "system.redis_full": (
        "Redis uses {value}% of its memory limit",
        "Redis가 메모리 한도의 {value}%를 사용 중",
    ),
    "system.samples_late": (
        "samples are late, so they fire and resolve nothing: {plugins}; check the clocks of these plugins",
        "늦은 샘플이라 판정에 쓰이지 않음: {plugins}. 이 플러그인들의 시계를 확인하세요",
    ),
    "system.series_refused": (
        "new series are refused, because a key or a scrape job has as many as it may have (INGEST_MAX_SERIES): "
        "{sources}; drop the label or the metric in the mapping, or where it comes from",
        "키나 스크레이프 작업의 시계열이 한도(INGEST_MAX_SERIES)에 이르러 새 시계열을 받지 않음: {sources}. 매핑이나 "
        "보내는 쪽에서 해당 레이블이나 지표를 제외하세요",
    ),
    "system.series_of": (
        "{source} (limit {limit}): the label {label} of the metric {metric} has {different_values} or more values",
        "{source}(한도 {limit}개): 지표 {metric}의 레이블 {label} 값이 {different_values}개 이상",
    ),
    "system.series_of_job": (
        "the scrape job {source} (limit {limit}): the label {label} of the metric {metric} has {different_values} or "
        "more values",
        "스크레이프 작업 {source}(한도 {limit}개): 지표 {metric}의 레이블 {label} 값이 {different_values}개 이상",
    ),
    "system.set_aside": (
        "another program wrote to keys of the product; they were renamed to ...:set-aside:...: {keys}",
        "다른 프로그램이 제품의 키에 데이터를 써서 ...:set-aside:...로 이름을 바꿈: {keys}",
    ),
    "system.left_out": ("evaluators went on without {what}", "평가에서 제외됨: {what}"),
    "system.producers_stopped": (
        "stopped without signing off: {hosts}",
        "정상 종료 없이 중단된 수집기: {hosts}",
    ),
    "system.no_events": ("no event has come in for {waited_s} s", "{waited_s}초 동안 이벤트 수신 없음"),
    "system.process_missing": (
        "no {process} has been ready for {waited_s} s",
        "{process}: {waited_s}초 동안 준비된 프로세스 없음",
    ),
    "severity.info": ("info", "정보"),
    "severity.warning": ("warning", "경고"),
    "severity.error": ("error", "오류"),
    "severity.critical": ("critical", "심각"),
    "severity.emergency": ("emergency", "긴급"),
}
SENTENCES: dict[str, tuple[str, str]] = {
    **_DECISIONS,
    **ARCHIVE_SENTENCES,
    **DELIVERY_SENTENCES,
    **DOCTOR_SENTENCES,
    **EVENT_SENTENCES,
    **EXPLAIN_SENTENCES,
    **EXTERNAL_SENTENCES,
    **FIELD_SENTENCES,
    **FILE_SENTENCES,
    **FLEET_SENTENCES,
    **FORMULA_SENTENCES,
    **IMPORT_FILE_SENTENCES,
    **IMPORT_SENTENCES,
    **INGEST_SENTENCES,
    **INSIGHT_SENTENCES,
    **RULE_TEST_SENTENCES,
    **SCRAPE_SENTENCES,
    **PROBLEM_SENTENCES,
    **REQUEST_SENTENCES,
    **ROUTE_SENTENCES,
    **STEP_SENTENCES,
    **SETTING_SENTENCES,
    **WALK_SENTENCES,
    **WEBHOOK_SENTENCES,
}

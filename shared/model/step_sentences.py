"""The sentences of `enhanced-alerts self-test`: its steps (`step.…`), and what was seen of each (`test.…`). Data."""

STEP_SENTENCES: dict[str, tuple[str, str]] = {
    "step.redis": ("Redis answers", "Redis 응답"),
    "step.api": ("API answers", "API 응답"),
    "step.relay": ("relay accepts a connection", "릴레이 연결"),
    "step.rule": ("rule is made", "규칙 추가"),
    "step.fires": ("event is published, and the alert fires", "이벤트 전송과 알림 발생"),
    "step.relay_sends": ("relay sends the alert", "릴레이의 알림 전달"),
    "step.told": ("open pages are notified", "열린 페이지에 알림"),
    "step.acknowledged": ("alert is acknowledged", "알림 확인"),
    "step.resolves": ("alert resolves with the next event", "다음 이벤트로 알림 해결"),
    "step.told_end": ("open pages are notified of the end", "열린 페이지에 해결 알림"),
    "test.text": ("{text}", "{text}"),
    "test.failed": ("{error}", "{error}"),
    "test.missing": (
        "no {processes} is running; `enhanced-alerts doctor` says how to start it",
        "실행 중이 아닌 프로세스: {processes}. 시작 방법은 `enhanced-alerts doctor`로 확인하세요",
    ),
    "test.counts": ("{processes} processes, {rules} rules on", "프로세스 {processes}개, 켜진 규칙 {rules}개"),
    "test.relay_refuses": ("the relay lets nobody listen: {error}", "릴레이가 연결을 거부함: {error}"),
    "test.no_hello": ("the relay answered {answer} instead of a hello", "릴레이가 hello 대신 보낸 응답: {answer}"),
    "test.listening": ("from {entry_id} on", "{entry_id}부터 수신"),
    "test.not_taken_up": ("no evaluator took the rule up; see its log", "규칙을 적용한 평가기 없음. 로그를 확인하세요"),
    "test.no_alert": (
        "no alert appeared; `enhanced-alerts doctor` tells which link is broken",
        "알림이 발생하지 않음. 끊긴 곳은 `enhanced-alerts doctor`로 확인하세요",
    ),
    "test.alert": ("{condition}, alert {alert_id}", "{condition}, 알림 {alert_id}"),
    "test.entry": ("entry {entry_id}", "항목 {entry_id}"),
    "test.not_sent": (
        "the alert is on the board, but the relay did not send it; see logs/alert_websocket.log",
        "알림이 실시간 현황에 있지만 릴레이가 보내지 않음. 로그: logs/alert_websocket.log",
    ),
    "test.no_worker": (
        "no dispatch worker delivered it; is one running for the channel web?",
        "전송한 워커가 없음. web 채널을 맡은 워커가 실행 중인지 확인하세요",
    ),
    "test.told": ("web was notified of '{news}'", "web: '{news}' 알림을 보냄"),
    "test.acknowledged": ("{state} by {name}", "{state}, 확인한 사람: {name}"),
    "test.not_resolved": (
        "it did not resolve; see the evaluator's log",
        "알림이 해결되지 않음. 평가기의 로그를 확인하세요",
    ),
    "test.answered": ("{request} answered {status}: {answer}", "{request} 응답 {status}: {answer}"),
    "test.waited": ("waited {wait_s} s in vain: {because}", "{wait_s}초를 기다림: {because}"),
}

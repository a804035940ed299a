"""The sentences of JSON webhooks: their bodies, and the mappings of these; for `sentences`. Data."""

WEBHOOK_SENTENCES: dict[str, tuple[str, str]] = {
    # Bodies of JSON webhooks.
    "body.no_json": ("The body is no JSON: {error}.", "본문이 JSON이 아닙니다: {error}"),
    "body.alerts": ("The body holds more than {limit} alerts.", "본문에 알림이 {limit}개보다 많습니다."),
    "body.no_name": (
        "Send to /webhook/json/NAME, where NAME is that of a body mapping.",
        "/webhook/json/이름 주소로 보내세요. 이름은 본문 매핑의 이름입니다.",
    ),
    "body.unknown": (
        "No body mapping is called {name}. The body is kept for a week: draw its mapping on the page Settings, "
        "JSON webhooks.",
        "이름이 {name}인 본문 매핑이 없습니다. 받은 본문은 1주일 동안 보관됩니다. "
        "설정의 JSON 웹훅 화면에서 매핑을 만드세요.",
    ),
    "body.field": ("{field}: {because}", "{field}: {because}"),
    "body.no_list": (
        "at {path} must be an object or a list of alerts, and there is: {given}",
        "{path} 경로에 객체나 알림 목록이 있어야 하지만 찾은 값: {given}",
    ),
    "body.no_object": (
        "must be an object, and there is: {given}",
        "객체여야 하지만 찾은 값: {given}",
    ),
    "body.nothing": ("nothing was found at {path}", "{path} 경로에 값이 없음"),
    "body.state": (
        "the word '{given}' is in none of the lists: {wanted}",
        "'{given}' 값이 목록에 없음: {wanted}",
    ),
    "body.severity": (
        "the word '{given}' means no severity; the alert is a warning",
        "'{given}'에 해당하는 심각도가 없어 경고로 처리됨",
    ),
    "body.instant": (
        "'{given}' is no instant; send ISO 8601, or a number since 1970 in s, ms, µs or ns",
        "'{given}' 값은 시각이 아님. ISO 8601이나 1970년부터의 숫자(s, ms, µs, ns)로 보내야 함",
    ),
    "body.no_end": (
        "no field states an end: give the minutes after which an alert ends of which nothing more is heard",
        "종료를 알리는 필드가 없음. 소식이 없을 때 알림을 끝낼 시간(분)을 정해야 함",
    ),
    # Body mappings.
    "invalid.body_path": (
        "cannot be read at character {column}; write for example data.host, items[0].name or tags[?key=='env'].value",
        "{column}번째 글자부터 읽을 수 없습니다. 예: data.host, items[0].name, tags[?key=='env'].value",
    ),
    "invalid.body_path_selects": (
        "a path only selects values; {kind} cannot be used",
        "경로로는 값을 고를 수만 있습니다. 쓸 수 없는 식: {kind}",
    ),
    "invalid.body_state_words": (
        "list the words that mean that an alert has ended",
        "알림이 끝났음을 뜻하는 값을 적으세요",
    ),
    "invalid.body_name": ("name: give a path or a default", "name: 경로나 기본값을 입력하세요"),
    "invalid.body_identity": ("identity: a path must not be empty", "identity: 빈 경로는 쓸 수 없습니다"),
    "missing.body_mappings": (
        "There is no version {version} of the body mappings; `enhanced-alerts ingest webhooks history` lists those "
        "kept.",
        "본문 매핑의 {version}번 버전이 없습니다. 남아 있는 버전은 `enhanced-alerts ingest webhooks history`로 "
        "확인하세요.",
    ),
    "problem.body_mappings_unreadable": (
        "The stored body mappings cannot be read; an administrator must save valid ones.",
        "저장된 본문 매핑을 읽을 수 없습니다. 관리자가 올바른 매핑을 저장해야 합니다.",
    ),
    "missing.body_mapping": (
        "No body mapping is called {name}; there are: {names}.",
        "이름이 {name}인 본문 매핑이 없습니다. 있는 매핑: {names}",
    ),
    "stale.body_mappings": (
        "The body mappings have been changed since you read them; read them again, and send your change again.",
        "본문 매핑을 읽은 뒤에 다른 사람이 변경했습니다. 다시 읽고 변경 내용을 다시 보내세요.",
    ),
}

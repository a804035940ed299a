"""The sentences of external alerts, for `sentences`. Data."""

EXTERNAL_SENTENCES: dict[str, tuple[str, str]] = {
    # Why an alert is in its state.
    "external.fires": ("{sender} reports that it fires", "{sender}에서 발생을 알림"),
    "external.ended": ("{sender} reports that it has ended", "{sender}에서 종료를 알림"),
    "external.no_word": (
        "no word from {sender} for {silent_s} s; the sender may be down, and the problem may go on",
        "{silent_s}초 동안 {sender}에서 소식이 없음. 보내는 쪽이 중단되었을 수 있고 문제가 계속되고 있을 수 있음",
    ),
    # Entries of the stream.
    "event.no_statements": (
        "not a list of statements about external alerts: {error}",
        "외부 알림 목록이 아님: {error}",
    ),
    "event.too_many_external": (
        "the external alert {name} is not taken: its partition watches {limit} external alerts, the most",
        "외부 알림 {name}: 파티션의 외부 알림이 한도인 {limit}건에 이르러 받지 않음",
    ),
    # Requests to Alertmanager's API.
    "ingest.alert": ("alert {number}: {because}", "{number}번째 알림: {because}"),
    "ingest.alert_labels": ("at least one label pair required", "레이블이 하나 이상 있어야 합니다"),
    "ingest.alert_label_name": ("a label has no name", "이름이 없는 레이블이 있습니다"),
    "ingest.alert_ends_first": ("start time must be before end time", "시작 시각은 종료 시각보다 앞서야 합니다"),
    "ingest.body_alerts": (
        "The body holds more than {limit} alerts.",
        "본문에 알림이 {limit}건보다 많이 들어 있습니다.",
    ),
    "ingest.no_alerts": ("The body is no list of alerts: {error}", "본문이 알림 목록이 아닙니다: {error}"),
    "ingest.other_method": (
        "This address takes only: {methods}.",
        "이 주소에서 사용할 수 있는 메서드: {methods}",
    ),
    "ingest.any_key_needed": (
        "Send an API key as `Authorization: Bearer KEY` or as the password of Basic.",
        "API 키를 `Authorization: Bearer 키` 또는 Basic 인증의 비밀번호로 보내세요.",
    ),
    "ingest.other_role_needed": (
        "{name} has the role {role}; this needs the role {needed}.",
        "{name}의 역할은 {role}입니다. {needed} 역할이 필요합니다.",
    ),
    "ingest.bad_matcher": ("bad matcher format: {given}", "매처 형식이 올바르지 않습니다: {given}"),
    "ingest.many_filters": (
        "a request may have at most {limit} filters",
        "필터는 요청 하나에 {limit}개까지 쓸 수 있습니다",
    ),
    "ingest.no_flag": (
        "{name} must be true or false, not '{given}'",
        "{name}: true나 false여야 합니다(받은 값: '{given}')",
    ),
    "ingest.required": ("{field} in body is required", "본문에 필요한 값이 없습니다: {field}"),
    "ingest.no_matchers": ("matchers in body should have at least 1 items", "매처가 하나 이상 있어야 합니다"),
    "ingest.no_uuid": ('silenceID in path must be of type uuid: "{given}"', '무음의 ID는 UUID여야 합니다: "{given}"'),
    "ingest.silence_past": ("end time can't be in the past", "종료 시각은 지금보다 뒤여야 합니다"),
    "ingest.no_glob": (
        "the regular expression {pattern} has no equal glob; use .*, .+, ., [abc] and plain characters, or one silence "
        "for each alternative",
        "정규식 {pattern}: 같은 뜻의 글롭이 없습니다. .*, .+, ., [abc]와 일반 문자만 쓰거나 "
        "대안마다 무음을 따로 만드세요",
    ),
    # Settings.
    "setting.severity_mapping": (
        "EXTERNAL_SEVERITIES lists words and their severities, like page=emergency,ticket=warning; '{given}' is none. "
        "Severities: {severities}",
        "EXTERNAL_SEVERITIES에는 page=emergency,ticket=warning처럼 단어와 심각도를 적으세요. "
        "읽을 수 없는 부분: '{given}'. 심각도: {severities}",
    ),
}

"""The sentences of what is wrong with rule files, backups and templates, for `sentences`. Data."""

FILE_SENTENCES: dict[str, tuple[str, str]] = {
    "file.yaml_alias": (
        "uses anchors and aliases (& and *), which are not supported; write the value out",
        "앵커와 별칭(&, *)은 지원하지 않습니다. 값을 그대로 적으세요",
    ),
    # Files of rules.
    "file.folder_empty": ("holds no .toml or .json file", ".toml 파일도 .json 파일도 없습니다"),
    "file.too_large": ("is larger than {megabytes} MB", "{megabytes}MB보다 큽니다"),
    "file.unreadable": ("cannot be read: {error}", "읽을 수 없습니다: {error}"),
    "file.no_tables": ("must hold [[rule]] tables", "[[rule]] 테이블이 들어 있어야 합니다"),
    "file.no_list": ("must hold a list of rules", "규칙의 목록이 들어 있어야 합니다"),
    "file.long_key": (
        "cannot be read: line {line} has a key of more than {limit} parts",
        "읽을 수 없습니다: {line}번째 줄에 {limit}부분보다 긴 키가 있습니다",
    ),
    "file.id_twice": ("occurs twice", "같은 ID가 두 번 나옵니다"),
    "file.no_id": (
        "has no id; each rule in a file needs an id, so that the next apply finds it",
        "ID가 없습니다. 파일의 규칙은 다시 찾을 수 있도록 ID가 있어야 합니다",
    ),
    "file.nested_too_deep": ("is nested too deep", "너무 깊게 중첩되었습니다"),
    "file.no_json": ("is not valid JSON: {error}", "올바른 JSON이 아닙니다: {error}"),
    # Templates.
    "template.not_here": ("{what} cannot be used here", "여기에서는 쓸 수 없습니다: {what}"),
    "template.loop": (
        "a loop may go over {labels} only, and contain no other loop",
        "반복문은 {labels}에만 쓸 수 있고, 안에 다른 반복문을 둘 수 없습니다",
    ),
    "template.too_deep": (
        "it nests too deeply: {depth} filters, operators and brackets within each other are allowed",
        "너무 깊게 중첩되었습니다. 필터, 연산자, 괄호는 {depth}단계까지 중첩할 수 있습니다",
    ),
    "template.at_line": ("{because} (line {line})", "{because}({line}번째 줄)"),
    # Backups.
    "backup.missing": ("is missing", "빠져 있습니다"),
    "backup.unreadable": ("cannot be read ({error})", "읽을 수 없습니다({error})"),
    "backup.unknown_part": (
        "is no part of a backup that this release knows",
        "이 버전이 아는 백업 항목이 아닙니다",
    ),
    "backup.too_large": ("is larger than {megabytes} MB, so it is no backup", "{megabytes}MB보다 커서 백업이 아닙니다"),
    "backup.wrong_checksum": (
        "has been altered or damaged: its checksum is wrong",
        "변경되었거나 손상되었습니다. 체크섬이 맞지 않습니다",
    ),
    "backup.not_signed": (
        "is not signed: a release before 0.2 wrote it, or the signature was removed. If you know that nobody "
        "has changed it, restore it with --unsigned",
        "서명이 없습니다. 0.2보다 앞선 버전이 만들었거나 누군가 서명을 지웠습니다. 아무도 변경하지 않은 것이 확실하면 "
        "--unsigned로 복원하세요",
    ),
    "backup.wrong_signature": (
        "has been altered or damaged, or was made with other keys: its signature does not fit those of {place}",
        "변경되었거나 손상되었거나 다른 키로 만들어졌습니다. 서명이 {place}의 키와 맞지 않습니다",
    ),
    "backup.damaged": ("is damaged or not a backup ({error})", "손상되었거나 백업이 아닙니다({error})"),
    "backup.none": ("is not a backup of Enhanced Alerts", "Enhanced Alerts의 백업이 아닙니다"),
    "backup.newer_version": (
        "is of version {version}; this is {known}, so restore it with a newer release",
        "백업 형식은 버전 {version}, 이 릴리스는 버전 {known}입니다. 더 새로운 릴리스로 복원하세요",
    ),
    "backup.partitions": (
        "has alerts of {stored} partitions; this system has {partitions}",
        "파티션 {stored}개의 알림이 들어 있지만 이 시스템의 파티션은 {partitions}개입니다",
    ),
    "backup.other_rule": ("is the rule of another id", "ID가 다른 규칙입니다"),
    "backup.other_silence": ("is the silence of another id", "ID가 다른 무음입니다"),
    "backup.other_user": ("is another user", "다른 사용자입니다"),
    "backup.no_password": ("has no hashed password", "해시된 비밀번호가 없습니다"),
    "backup.other_key": ("is another key", "다른 키입니다"),
    "backup.other_body_mappings": ("is another version of the body mappings", "본문 매핑의 다른 버전입니다"),
    "backup.other_mapping": ("is another version of the mapping", "매핑의 다른 버전입니다"),
    "backup.other_schedule": ("is another version of the schedule", "일정의 다른 버전입니다"),
    "backup.other_month": ("is no month with its mail", "메일을 보낸 달이 아닙니다"),
    "backup.other_routes": ("is another version of the routes", "라우트 설정의 다른 버전입니다"),
    "backup.other_search": ("is another saved search", "다른 저장된 검색입니다"),
    "backup.no_search": ("is no saved search", "저장된 검색이 아닙니다"),
    "backup.no_secret": ("has no hashed secret", "해시된 비밀 값이 없습니다"),
    "backup.other_browser": ("is another browser", "다른 브라우저입니다"),
    "backup.no_part": ("is no part of a backup", "백업 항목이 아닙니다"),
    "backup.no_setting": ("is no setting of a backup", "백업의 설정이 아닙니다"),
    "backup.no_number": ("must be a whole number", "정수여야 합니다"),
    "backup.other_alert": ("is another alert", "다른 알림입니다"),
    "backup.other_plugin": ("is another plugin", "다른 플러그인입니다"),
    "backup.no_partition": ("is no number of a partition", "파티션 번호가 아닙니다"),
    "backup.no_series": ("names no rule and plugin", "규칙과 플러그인의 이름이 없습니다"),
    "backup.no_hour": ("is no hour", "시각(시 단위)이 아닙니다"),
    "backup.no_counts": ("holds something else than whole numbers", "정수가 아닌 값이 들어 있습니다"),
    "backup.no_audit_id": ("is no id of an audit entry", "감사 기록의 ID가 아닙니다"),
    "backup.no_text": ("must be a text", "문자열이어야 합니다"),
    "backup.not_sealed": ("is not sealed", "봉인되어 있지 않습니다"),
    "backup.no_instant": ("has an impossible time", "있을 수 없는 시각이 들어 있습니다"),
}

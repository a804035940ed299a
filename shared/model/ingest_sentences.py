"""The sentences of what `ingest` does not take: requests, parts of a body, lines of StatsD; for `sentences`. Data."""

INGEST_SENTENCES: dict[str, tuple[str, str]] = {
    # The request.
    "ingest.no_such_address": (
        "Nothing is received at {path}; send to one of: {paths}.",
        "{path} 주소에서는 아무것도 받지 않습니다. 사용할 수 있는 주소: {paths}",
    ),
    "ingest.post_only": ("Send POST to {path}.", "{path} 주소에는 POST 요청을 보내세요."),
    "ingest.key_needed": (
        "Send an API key with the role publisher, as `Authorization: Bearer KEY` or as the password of Basic.",
        "publisher 역할의 API 키를 `Authorization: Bearer 키` 또는 Basic 인증의 비밀번호로 보내세요.",
    ),
    "ingest.role_needed": (
        "{name} has the role {role}; a publisher's key is needed.",
        "{name}의 역할은 {role}입니다. publisher 역할의 API 키가 필요합니다.",
    ),
    "ingest.other_door": (
        "The key {name} may not publish by {door}, only by: {doors}.",
        "{name} 키로는 {door} 방식으로 보낼 수 없습니다. 보낼 수 있는 방식: {doors}",
    ),
    "ingest.redis_away": (
        "Redis takes nothing at the moment; send the same again.",
        "지금은 Redis에 저장할 수 없습니다. 같은 내용을 다시 보내세요.",
    ),
    "ingest.no_mapping": (
        "The stored mapping of labels cannot be read; an administrator must save a valid one. Send the same again.",
        "저장된 레이블 매핑을 읽을 수 없습니다. 관리자가 올바른 매핑을 저장해야 합니다. 같은 내용을 다시 보내세요.",
    ),
    "ingest.encoding_gzip": (
        "Content-Encoding '{given}' is not supported; send gzip, deflate or none.",
        "지원하지 않는 Content-Encoding입니다: '{given}'. gzip이나 deflate로 압축하거나 압축하지 말고 보내세요.",
    ),
    "ingest.encoding_snappy": (
        "Content-Encoding '{given}' is not supported; send snappy.",
        "지원하지 않는 Content-Encoding입니다: '{given}'. snappy로 압축해 보내세요.",
    ),
    "ingest.content_type": (
        "Content-Type '{given}' is not supported; send one of: {wanted}.",
        "지원하지 않는 Content-Type입니다: '{given}'. 지원하는 값: {wanted}",
    ),
    "ingest.message": (
        "The message '{given}' is not supported; send one of: {wanted}.",
        "지원하지 않는 메시지입니다: '{given}'. 지원하는 메시지: {wanted}",
    ),
    "ingest.precision": (
        "The precision '{given}' does not exist; use ns, us, ms or s.",
        "없는 precision입니다: '{given}'. ns, us, ms, s 중 하나를 쓰세요.",
    ),
    # The body as a whole.
    "ingest.body_bytes": ("The body has more than {limit} bytes.", "본문이 {limit}바이트보다 큽니다."),
    "ingest.unpacked_bytes": (
        "The body has more than {limit} bytes when unpacked.",
        "본문의 압축을 풀면 {limit}바이트보다 큽니다.",
    ),
    "ingest.body_samples": (
        "The body holds more than {limit} samples.",
        "본문에 샘플이 {limit}개보다 많이 들어 있습니다.",
    ),
    "ingest.body_depth": (
        "The body is nested deeper than {depth} levels.",
        "본문이 {depth}단계보다 깊게 중첩되었습니다.",
    ),
    "ingest.not_compressed_so": (
        "The body is not what Content-Encoding {encoding} says; it cannot be unpacked.",
        "본문이 Content-Encoding에 적힌 형식({encoding})이 아니어서 압축을 풀 수 없습니다.",
    ),
    "ingest.compressed_cut_off": (
        "The body ends before its compressed data does.",
        "압축된 본문이 중간에 끊겼습니다.",
    ),
    "ingest.snappy_length": (
        "The body is no snappy block; its length cannot be read.",
        "본문이 snappy 블록이 아니어서 길이를 읽을 수 없습니다.",
    ),
    "ingest.no_snappy": (
        "The body is no snappy block; it cannot be unpacked.",
        "본문이 snappy 블록이 아니어서 압축을 풀 수 없습니다.",
    ),
    "ingest.not_utf8": ("The body is not UTF-8.", "본문이 UTF-8이 아닙니다."),
    "ingest.no_remote_write": (
        "The body is no remote-write request; its protocol buffer cannot be parsed.",
        "본문이 remote-write 요청이 아니어서 프로토콜 버퍼를 읽을 수 없습니다.",
    ),
    "ingest.no_otlp": (
        "The body is no ExportMetricsServiceRequest; it cannot be parsed.",
        "본문이 ExportMetricsServiceRequest가 아니어서 읽을 수 없습니다.",
    ),
    "ingest.no_otlp_json": (
        "The body is no ExportMetricsServiceRequest in JSON: {error}.",
        "본문이 JSON으로 쓴 ExportMetricsServiceRequest가 아닙니다: {error}",
    ),
    "ingest.no_value_lists": (
        "The body is no list of value lists in JSON: {error}.",
        "본문이 JSON으로 쓴 값 목록(value list)의 배열이 아닙니다: {error}",
    ),
    # Parts of a body: the others are taken.
    "ingest.parts": ("Not taken: {parts}", "받아들이지 않은 부분: {parts}"),
    "ingest.series_limit": (
        "this key has {limit} series already (INGEST_MAX_SERIES), so new series are not taken",
        "이 키의 시계열이 이미 {limit}개(INGEST_MAX_SERIES)라서 새 시계열은 받지 않음",
    ),
    "ingest.of_line": ("line {line}: {because}", "{line}번째 줄: {because}"),
    "ingest.of_metric": ("{metric}: {because}", "{metric}: {because}"),
    "ingest.of_labels": (
        "the labels of a series cannot be read: {because}",
        "시계열의 레이블을 읽을 수 없음: {because}",
    ),
    "ingest.value_list": ("a value list cannot be read: {error}", "값 목록을 읽을 수 없음: {error}"),
    "ingest.data_source_count": (
        "{samples} values for {names} dsnames; there must be one name a value, and {limit} at most",
        "값 {samples}개에 dsnames {names}개. 값마다 이름이 하나씩 있어야 하며 {limit}개까지 보낼 수 있음",
    ),
    "ingest.host_and_time": (
        "a host and a time in seconds are needed",
        "host와 초 단위의 time이 필요함",
    ),
    "ingest.plugin_or_type": ("a plugin or a type is needed", "plugin이나 type이 필요함"),
    "ingest.histogram_without_count": (
        'has no bucket with le="+Inf"',
        'le="+Inf" 버킷이 없음',
    ),
    "ingest.delta_start": (
        "a delta needs a start time before its time",
        "delta에는 시각보다 앞선 시작 시각이 필요함",
    ),
    "ingest.label_bytes": (
        "a series has {bytes} bytes of labels; {limit} are the most",
        "시계열의 레이블이 {bytes}바이트. {limit}바이트까지 보낼 수 있음",
    ),
    "ingest.tag_characters": (
        "{characters} characters of tags; {limit} are the most",
        "태그가 {characters}자. {limit}자까지 보낼 수 있음",
    ),
    "ingest.symbol_missing": (
        "a series refers to a symbol that is not there",
        "시계열이 가리키는 심벌이 없음",
    ),
    "ingest.label_value_missing": ("a label has no value", "레이블에 값이 없음"),
    "ingest.label_name_missing": ("a label has no name", "레이블에 이름이 없음"),
    "ingest.label_twice": ("the label '{label}' comes twice", "같은 레이블이 두 번 나옴: '{label}'"),
    "ingest.label_not_utf8": ("a label is not UTF-8", "레이블이 UTF-8이 아님"),
    "ingest.no_label": ("a label is no label message", "레이블이 Label 메시지가 아님"),
    "ingest.name_missing": ("there is no __name__", "__name__ 레이블이 없음"),
    "ingest.reference_too_large": ("a reference is too large", "참조 번호가 너무 큼"),
    "ingest.reference_cut_off": ("a reference is cut off", "참조 번호가 중간에 끊김"),
    "ingest.tag_form": ("the tag '{tag}' is no name=value", "이름=값 형식이 아닌 태그: '{tag}'"),
    "ingest.measurement_missing": ("there is no measurement", "measurement가 없음"),
    "ingest.field_missing": ("there is no field name=value", "이름=값 형식의 필드가 없음"),
    "ingest.field_form": ("a field is no name=value", "이름=값 형식이 아닌 필드가 있음"),
    "ingest.no_number": ("'{given}' is no number", "숫자가 아님: '{given}'"),
    "ingest.number_too_large": ("'{given}' is too large", "너무 큰 수: '{given}'"),
    "ingest.no_time": ("the time '{given}' is no whole number", "정수가 아닌 시각: '{given}'"),
    "ingest.time_out_of_range": (
        "the time {given} in {unit} is out of range; is the precision right?",
        "범위를 벗어난 시각: {given}(단위 {unit}). precision이 맞는지 확인해야 함",
    ),
    "ingest.year": (
        "the time {at_ms} (in milliseconds) is before 1970 or after the year 9999",
        "시각이 1970년 이전이거나 9999년 이후임: {at_ms}(밀리초)",
    ),
    # Alerts of other products.
    "ingest.door_key_needed": (
        "Send an API key with the role publisher: PagerDuty's senders as routing_key, Opsgenie's as "
        "`Authorization: GenieKey KEY`, others as `Authorization: Bearer KEY`.",
        "publisher 역할의 API 키를 보내세요. PagerDuty 송신기는 routing_key, Opsgenie 송신기는 "
        "`Authorization: GenieKey 키`, 그 밖에는 `Authorization: Bearer 키`로 보냅니다.",
    ),
    "ingest.key_in_address": (
        "The key {name} may do more than send webhooks, so it must not stand in an address. Create one with "
        "`--role publisher --door {door}`, or send it as `Authorization: Bearer KEY`.",
        "{name} 키는 웹훅 말고도 쓸 수 있으므로 주소에 넣을 수 없습니다. "
        "`--role publisher --door {door}` 옵션으로 키를 만들거나, `Authorization: Bearer 키`로 보내세요.",
    ),
    "ingest.failed": (
        "The request met an error that is logged; send the same again later.",
        "요청을 처리하다 오류가 나서 로그에 남겼습니다. 나중에 같은 내용을 다시 보내세요.",
    ),
    "ingest.unsigned_github": (
        "The header {header} is not the signature of this body. Enter the key as the secret of GitHub's webhook, too.",
        "{header} 헤더가 이 본문의 서명이 아닙니다. GitHub 웹훅의 Secret에도 키를 입력하세요.",
    ),
    "ingest.unsigned_sentry": (
        "The header {header} is not the signature of this body. SENTRY_CLIENT_SECRETS must hold the client secret of "
        "the integration.",
        "{header} 헤더가 이 본문의 서명이 아닙니다. SENTRY_CLIENT_SECRETS에 해당 연동의 Client Secret이 있어야 합니다.",
    ),
    "ingest.unsigned_sns": (
        "SNS has not signed this message, or it was changed on the way.",
        "SNS가 서명하지 않았거나 도중에 바뀐 메시지입니다.",
    ),
    "ingest.not_of_sns": (
        "'{field}' is not an address of SNS (https://sns.REGION.amazonaws.com).",
        "'{field}' 항목이 SNS의 주소가 아닙니다(https://sns.REGION.amazonaws.com).",
    ),
    "ingest.sns_raw": (
        "Raw message delivery leaves out the signature: switch it off for this subscription.",
        "원시 메시지 전송(raw message delivery)에는 서명이 없습니다. 이 구독에서 원시 메시지 전송을 끄세요.",
    ),
    "ingest.sns_certificate_over": (
        "The certificate of the message is not valid now; check the clock of this machine.",
        "메시지의 인증서가 지금은 유효하지 않습니다. 이 서버의 시각을 확인하세요.",
    ),
    "ingest.sns_away": (
        "The signature cannot be checked, because SNS cannot be reached: {because}. SNS sends the message again.",
        "SNS에 연결할 수 없어 서명을 확인하지 못했습니다({because}). SNS가 메시지를 다시 보냅니다.",
    ),
    "ingest.sns_no_certificate": (
        "what stands at the address of the certificate is none that can be used",
        "인증서 주소의 응답이 사용할 수 있는 인증서가 아님",
    ),
    "ingest.sns_busy": ("other messages are being checked", "다른 메시지를 확인하는 중"),
    "ingest.no_json_object": ("The body is no JSON object: {error}.", "본문이 JSON 객체가 아닙니다: {error}"),
    "ingest.field_blank": ("'{field}' is missing or blank", "필드가 없거나 비어 있음: '{field}'"),
    "ingest.field_one_of": (
        "'{field}' is invalid (must be one of: {wanted})",
        "잘못된 필드 값: '{field}'. 사용할 수 있는 값: {wanted}",
    ),
    "ingest.field_text": (
        "'{field}' must be a text of at most {limit} characters",
        "'{field}' 필드에는 {limit}자 이하의 텍스트가 필요함",
    ),
    # Lines of StatsD.
    "ingest.statsd_line": ("'{line}': {because}", "'{line}': {because}"),
    "ingest.line_length": (
        "a line has {characters} characters; {limit} are the most",
        "한 줄이 {characters}자. {limit}자까지 보낼 수 있음",
    ),
    "ingest.statsd_form": ("a line is name:value|type", "줄의 형식은 name:value|type"),
    "ingest.statsd_event_form": (
        "an event is _e{{length,length}}:title|text",
        "이벤트의 형식은 _e{{length,length}}:title|text",
    ),
    "ingest.statsd_check_form": ("a check is _sc|name|0, 1, 2 or 3", "상태 점검의 형식은 _sc|name|0~3"),
    "ingest.statsd_type": (
        "the type '{given}' does not exist; c, g, ms, h, d and s do",
        "없는 종류: '{given}'. c, g, ms, h, d, s만 있음",
    ),
    "ingest.statsd_rate": (
        "the sample rate must be above 0 and at most 1",
        "샘플 비율은 0보다 크고 1 이하여야 함",
    ),
    "ingest.statsd_series": ("more than {limit} series in one interval", "한 구간의 시계열이 {limit}개를 넘음"),
    "ingest.statsd_plugins": ("more than {limit} plugins", "플러그인이 {limit}개를 넘음"),
}

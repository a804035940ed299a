"""The sentences of what is wrong with a field of a request, for `sentences`. Data."""

FIELD_SENTENCES: dict[str, tuple[str, str]] = {
    # Fields, as pydantic names what is wrong with them.
    "invalid.other": ("{message}", "{message}"),
    "invalid.missing": ("is required", "필수 항목입니다"),
    "invalid.extra_forbidden": ("is not a known field", "지원하지 않는 항목입니다"),
    "invalid.greater_than": ("must be greater than {gt}", "{gt}보다 커야 합니다"),
    "invalid.greater_than_equal": ("must be {ge} or more", "{ge} 이상이어야 합니다"),
    "invalid.less_than": ("must be less than {lt}", "{lt}보다 작아야 합니다"),
    "invalid.less_than_equal": ("must be {le} or less", "{le} 이하여야 합니다"),
    "invalid.finite_number": ("must be a finite number", "유한한 수여야 합니다"),
    "invalid.string_too_short": (
        "is too short: {min_length} or more characters are needed",
        "{min_length}자 이상이어야 합니다",
    ),
    "invalid.string_too_long": (
        "is too long: at most {max_length} characters are allowed",
        "{max_length}자 이하여야 합니다",
    ),
    "invalid.string_pattern_mismatch": ("does not have the form {pattern}", "형식이 맞지 않습니다: {pattern}"),
    "invalid.too_short": (
        "has too few items ({actual_length}): {min_length} or more are needed",
        "{min_length}개 이상이어야 합니다(현재 {actual_length}개)",
    ),
    "invalid.too_long": (
        "has too many items ({actual_length}): at most {max_length} are allowed",
        "{max_length}개 이하여야 합니다(현재 {actual_length}개)",
    ),
    "invalid.literal_error": ("must be {expected}", "다음 중 하나여야 합니다: {expected}"),
    "invalid.enum": ("must be {expected}", "다음 중 하나여야 합니다: {expected}"),
    "invalid.string_type": ("must be text", "문자열이어야 합니다"),
    "invalid.int_type": ("must be a whole number", "정수여야 합니다"),
    "invalid.int_parsing": (
        "must be a whole number",
        "정수여야 합니다",
    ),
    "invalid.int_from_float": (
        "must be a whole number, without a fraction",
        "소수점이 없는 정수여야 합니다",
    ),
    "invalid.float_type": ("must be a number", "숫자여야 합니다"),
    "invalid.float_parsing": (
        "must be a number",
        "숫자여야 합니다",
    ),
    "invalid.bool_type": ("must be true or false", "true 또는 false여야 합니다"),
    "invalid.bool_parsing": (
        "must be true or false",
        "true 또는 false여야 합니다",
    ),
    "invalid.list_type": ("must be a list", "목록이어야 합니다"),
    "invalid.tuple_type": ("must be a list", "목록이어야 합니다"),
    "invalid.model_type": ("must be an object, with names and values", "이름과 값의 모음(객체)이어야 합니다"),
    "invalid.dict_type": ("must be an object, with names and values", "이름과 값의 모음(객체)이어야 합니다"),
    "invalid.json_invalid": ("is not valid JSON: {error}", "올바른 JSON이 아닙니다: {error}"),
    "invalid.more_fields": ("{more} more fields are wrong", "그 밖에 잘못된 항목 {more}개"),
    "invalid.listed": ("cannot be accepted: {fields}", "받아들일 수 없는 항목: {fields}"),
    "invalid.field": ("{field}: {because}", "{field}: {because}"),
    "invalid.in_condition": ("conditions.{number}: {because}", "conditions.{number}: {because}"),
    "invalid.see_option": ("{because} ({option})", "{because}({option})"),
    # Fields, as the product's own rules name it.
    "invalid.name_length": ("must have 1 to {max_length} characters", "1~{max_length}자여야 합니다"),
    "invalid.equal_alone": (
        "needs inhibited_by, the rules that hold this one back; name them, or leave equal empty",
        "억제하는 규칙(inhibited_by)이 필요합니다. 규칙을 적거나 equal을 비우세요",
    ),
    "invalid.label_name": (
        "the name of a label has 1 to {max_length} characters",
        "레이블 이름은 1~{max_length}자여야 합니다",
    ),
    "invalid.too_many_characters": ("must have {max_length} characters at most", "{max_length}자 이하여야 합니다"),
    "invalid.rule_too_long": (
        "the rule as JSON is longer than {max_bytes} bytes; make its lists and texts shorter",
        "JSON으로 쓴 규칙이 {max_bytes}바이트보다 깁니다. 목록과 문구를 줄이세요",
    ),
    "invalid.name_hidden": (
        "must not hold invisible, control or direction characters",
        "보이지 않는 문자, 제어 문자, 방향 문자를 쓸 수 없습니다",
    ),
    "invalid.name_spaces": (
        "must not begin or end with a space, nor contain two spaces in a row or a special space character",
        "앞뒤 공백, 연속된 공백, 일반 공백이 아닌 공백을 쓸 수 없습니다",
    ),
    "invalid.name_composed": (
        "must be written in composed characters (Unicode NFC)",
        "조합형이 아닌 완성형 문자(유니코드 NFC)로 써야 합니다",
    ),
    "invalid.condition_missing": (
        "give a condition, or metric, operator and threshold ({missing} missing)",
        "조건을 지정하거나 지표, 비교, 임계값을 모두 지정하세요(빠진 항목: {missing})",
    ),
    "invalid.condition_disagrees": (
        "condition and metric/operator/threshold disagree; give one of them",
        "condition과 metric/operator/threshold의 내용이 다릅니다. 하나만 지정하세요",
    ),
    "invalid.condition_twice": (
        "metric, operator and threshold belong to a threshold condition; remove them",
        "metric, operator, threshold는 임계값 조건에만 씁니다. 삭제하세요",
    ),
    "invalid.condition_kind": (
        "there is no condition {kind}; choose one of {kinds}",
        "{kind} 조건이 없습니다. 다음 중에서 고르세요: {kinds}",
    ),
    "invalid.recover_threshold": (
        "a {kind} condition compares no value with a threshold; give recover.for_seconds only",
        "{kind} 조건은 임계값과 비교하지 않습니다. recover.for_seconds만 지정하세요",
    ),
    "invalid.gone_without_metric": (
        "a {kind} condition looks at no metric whose series could end; leave gone_after_seconds out",
        "{kind} 조건은 끝날 수 있는 지표의 시계열을 보지 않습니다. gone_after_seconds를 빼세요",
    ),
    "invalid.state_choice": (
        "give exactly one of is_in, changed_to and changed",
        "is_in, changed_to, changed 중 하나만 지정하세요",
    ),
    "invalid.compound_n_misplaced": (
        "n belongs to at_least, and to nothing else",
        "n은 at_least에만 쓰며, at_least에는 반드시 지정해야 합니다",
    ),
    "invalid.compound_n_too_large": (
        "n is {n}, but there are only {conditions} conditions",
        "n은 {n}인데 조건은 {conditions}개뿐입니다",
    ),
    "invalid.compound_not": ("not takes exactly one condition", "not에는 조건을 하나만 지정하세요"),
    "invalid.compound_depth": ("nested deeper than {depth}", "{depth}단계보다 깊게 중첩할 수 없습니다"),
    "invalid.one_of_ends": (
        "give either ends_at_ms or length_ms",
        "ends_at_ms와 length_ms 중 하나만 지정하세요",
    ),
    "invalid.series_of": ("give either metric or rule_id", "metric과 rule_id 중 하나만 지정하세요"),
    "invalid.series_rules": (
        "only one series of a request may be that of a rule",
        "rule_id로 지정하는 시계열은 요청 하나에 하나뿐입니다",
    ),
    "invalid.cursor": (
        "is no cursor of this API; leave it out to begin at the first page",
        "이 API가 준 커서가 아닙니다. 비워 두면 첫 페이지부터 시작합니다",
    ),
    "invalid.above_0": ("must be a number above 0", "0보다 큰 수여야 합니다"),
    "invalid.days": ("must be more than 0 and at most {most}", "0보다 크고 {most}일 이하여야 합니다"),
    "invalid.pair_form": ("write it as name=value, not {given}", "이름=값 형식으로 쓰세요(받은 값: {given})"),
    "invalid.matcher_form": (
        "write it as name=value, name!=value, name=~regex or name!~regex, not {given}",
        "이름=값, 이름!=값, 이름=~정규식, 이름!~정규식 가운데 하나로 쓰세요(받은 값: {given})",
    ),
    "invalid.unreadable": ("cannot be read: {error}", "읽을 수 없습니다: {error}"),
    # The mapping of foreign labels.
    "invalid.mapping_twice": ("names {text} twice", "같은 값이 두 번 있습니다: {text}"),
    "invalid.mapping_metric_label": (
        "{label} belongs to the metric's name and cannot name a plugin",
        "지표 이름에 속하는 레이블이라 플러그인을 구분하는 데 쓸 수 없습니다: {label}",
    ),
    "invalid.mapping_id_dropped": (
        "{label} is in id_labels, and drop_labels drops it ({glob}); remove it from one of them",
        "{label} 레이블이 id_labels에 있는데 drop_labels의 {glob} 때문에 제외됩니다. 둘 중 한 곳에서 지우세요",
    ),
    "invalid.mapping_source": (
        "'{source}' cannot be the name of a source: it {because}",
        "소스 이름으로 쓸 수 없습니다: '{source}' ({because})",
    ),
    "invalid.name_in_address": ("must not hold / ? or #", "/, ?, #을 쓸 수 없습니다"),
    "invalid.name_dots": ("must not be dots alone", "점만으로 된 이름은 쓸 수 없습니다"),
    "password.length": (
        "must have {least} to {most} characters; a sentence is best",
        "{least}~{most}자여야 합니다. 문장을 쓰면 가장 좋습니다",
    ),
    "password.no_letters": (
        "has no letters, and needs {least} characters then; a sentence is best",
        "글자가 없으면 {least}자 이상이어야 합니다. 문장을 쓰면 가장 좋습니다",
    ),
    "password.too_easy": (
        "is too easy to guess (a common word, the name, a row of keys or a repetition); a sentence is best",
        "짐작하기 쉽습니다(흔한 단어, 사용자 이름, 나란한 자판, 반복). 문장을 쓰면 가장 좋습니다",
    ),
    "invalid.needed_beside": ("is needed beside {field}", "{field} 항목과 함께 지정해야 합니다"),
    "invalid.half_characters": (
        "holds half a character (a lone surrogate); send whole ones",
        "온전하지 않은 문자(짝이 없는 서로게이트)가 있습니다. 온전한 문자로 보내세요",
    ),
    "invalid.matcher_never": (
        "no alert has a {name} that is not {value}",
        "{name} 속성이 다음 값이 아닌 알림은 없습니다: {value}",
    ),
    "invalid.matcher_idle": (
        "{value} matches alerts without this label too, so it selects nothing; write ?* for any value, or leave it out",
        "{value} 패턴은 이 레이블이 없는 알림에도 맞아서 조건이 되지 않습니다. "
        "값이 있기만 하면 될 때는 ?*를 쓰거나 조건을 빼세요",
    ),
    "invalid.matchers_hide_all": (
        "these matchers fit nearly every alert there is or will be; name a rule, plugin or label, or confirm that "
        "everything shall be silenced",
        "이 조건은 지금 있거나 앞으로 생길 거의 모든 알림에 맞습니다. 규칙, 플러그인, 레이블을 지정하거나 "
        "모든 알림을 무음으로 할 것임을 확인하세요",
    ),
    "invalid.cron": (
        "must be a cron expression of five fields, e.g. `0 2 * * 6`",
        "필드 다섯 개로 된 cron 식이어야 합니다. 예: `0 2 * * 6`",
    ),
    "invalid.cron_never": ("names a day that never comes", "존재하지 않는 날짜입니다"),
    "invalid.month": ("must be a month, e.g. 2026-10", "달이어야 합니다. 예: 2026-10"),
    "invalid.time_zone": ("must be a time zone, e.g. UTC or Asia/Seoul", "시간대여야 합니다. 예: UTC, Asia/Seoul"),
    "invalid.ends_before_start": ("ends_at_ms must be after starts_at_ms", "종료는 시작보다 뒤여야 합니다"),
    "invalid.cron_and_duration": (
        "cron and duration_minutes belong together",
        "일정(cron)과 길이(duration_minutes)는 함께 지정하세요",
    ),
    "invalid.too_many_days": ("may last {days} days at most", "최대 {days}일까지 지정할 수 있습니다"),
    "invalid.push_key": ("must be a P-256 point, base64url", "base64url로 인코딩한 P-256 공개 키여야 합니다"),
    "invalid.push_secret": ("must be 16 bytes, base64url", "base64url로 인코딩한 16바이트여야 합니다"),
    "invalid.https_address": ("must be an address that begins with https://", "https://로 시작하는 주소여야 합니다"),
    "invalid.token": (
        "must be the token alone: letters, digits and the signs : . _ ~ + = -",
        "토큰만 넣으세요. 영문자, 숫자와 기호 : . _ ~ + = - 만 쓸 수 있습니다",
    ),
    "invalid.http_address": (
        "must be an address that begins with http:// or https://",
        "http:// 또는 https://로 시작하는 주소여야 합니다",
    ),
    "invalid.push_address": (
        "must be the address of a push service on the internet",
        "인터넷에 있는 푸시 서비스의 주소여야 합니다",
    ),
    "invalid.subscriptions_full": (
        "there are {limit} subscriptions already",
        "구독은 {limit}개까지이며 이미 모두 찼습니다",
    ),
    "invalid.secret_again": (
        "enter it again: {fields} changed, and the stored value was for the old destination",
        "다시 입력하세요. 다음 항목이 변경되었고, 저장된 값은 이전 대상의 것입니다: {fields}",
    ),
    "invalid.channels_unknown": (
        "there is no channel {channels}; choose from {kinds}, or e.g. slack-ops",
        "없는 채널입니다: {channels}. 사용할 수 있는 종류: {kinds}(slack-ops 같은 이름도 가능)",
    ),
    "invalid.proxy": (
        "is not the address of a proxy; write it like {example}",
        "프록시 주소가 아닙니다. 예: {example}",
    ),
    "invalid.proxy_scheme": (
        "must begin with http:// (not {scheme}://): SOCKS and proxies that speak TLS themselves cannot be used; HTTPS "
        "requests stay encrypted on their way through an http:// proxy",
        "http://로 시작해야 합니다(현재 {scheme}://). SOCKS와 TLS를 직접 쓰는 프록시는 쓸 수 없습니다. "
        "HTTPS 요청은 http:// 프록시를 거쳐도 암호화됩니다",
    ),
    "invalid.proxy_path": (
        "must be the address of a proxy without path and query, like {example}",
        "경로와 쿼리가 없는 프록시 주소여야 합니다. 예: {example}",
    ),
    "invalid.mail_address": (
        "must be an e-mail address, e.g. admin@yourcompany.com",
        "메일 주소여야 합니다. 예: admin@yourcompany.com",
    ),
    "invalid.mail_dots": (
        "must be an e-mail address, e.g. admin@yourcompany.com; a dot must stand between letters",
        "메일 주소여야 합니다. 예: admin@yourcompany.com. 점은 글자 사이에만 쓸 수 있습니다",
    ),
    "invalid.mail_domain": ("has an invalid domain: {domain}", "도메인이 올바르지 않습니다: {domain}"),
    "invalid.private_key": (
        "contains a private key; paste certificates only, because this field is shown to every viewer",
        "개인 키가 들어 있습니다. 이 항목은 모든 사용자에게 보이므로 인증서만 붙여 넣으세요",
    ),
    "invalid.no_certificates": (
        "must contain certificates in PEM form: -----BEGIN CERTIFICATE----- …",
        "PEM 형식의 인증서가 들어 있어야 합니다: -----BEGIN CERTIFICATE----- …",
    ),
    "invalid.sms_words": (
        "{name}: only {words} are filled in; write $$ for a dollar sign",
        "{name}: {words}만 채워집니다. 달러 기호는 $$로 쓰세요",
    ),
    "invalid.twilio_account": (
        "twilio needs account_sid and auth_token",
        "twilio에는 account_sid와 auth_token이 필요합니다",
    ),
    "invalid.twilio_sender": (
        "twilio needs from_number or messaging_service_sid",
        "twilio에는 from_number나 messaging_service_sid가 필요합니다",
    ),
    "invalid.sms_gateway": (
        "http needs url, and fields of which one holds $text",
        "http에는 url과, $text가 들어 있는 필드가 필요합니다",
    ),
    "invalid.sms_form": (
        "a form's fields are texts; content json may be nested",
        "폼의 필드는 문자열이어야 합니다. 중첩하려면 content를 json으로 지정하세요",
    ),
    "invalid.slack_choice": ("give either webhook_url or bot_token", "webhook_url과 bot_token 중 하나만 지정하세요"),
    "invalid.slack_channel": (
        "bot_token needs the channel to write to",
        "bot_token을 쓸 때는 메시지를 보낼 채널이 필요합니다",
    ),
}

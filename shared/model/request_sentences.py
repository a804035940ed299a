"""Sentences for refused requests: sign-in and roles, rate limits, the state of the system. Data."""

REQUEST_SENTENCES: dict[str, tuple[str, str]] = {
    # Text without a code of its own: a library's, or a text that is too long to be shown in full.
    "problem.text": ("{text}", "{text}"),
    # Sign-in and roles.
    "http.sign_in_first": (
        "Sign in first: send Authorization: Bearer <token>; `enhanced-alerts token` makes one.",
        "먼저 로그인하세요. 프로그램은 Authorization: Bearer <토큰>을 보내야 합니다. "
        "토큰은 `enhanced-alerts token`으로 만듭니다.",
    ),
    "http.role_needed": (
        "This needs the role {role}; {name} is {own_role}.",
        "{role} 역할이 필요합니다. {name}의 역할: {own_role}",
    ),
    "http.for_nobody": ("No role may do this.", "어떤 역할에도 허용되지 않은 요청입니다."),
    "http.not_twilios": (
        "The request is not signed by Twilio for this channel.",
        "이 채널의 Twilio 서명이 없거나 올바르지 않습니다.",
    ),
    # A body that cannot be read.
    "http.zero_bytes": (
        "The body is not valid JSON: send it as UTF-8, without zero bytes.",
        "본문이 올바른 JSON이 아닙니다. 0 바이트 없이 UTF-8로 보내세요.",
    ),
    "http.not_utf8": (
        "The body is not UTF-8: byte {byte} is wrong.",
        "본문이 UTF-8이 아닙니다. {byte}번째 바이트가 잘못되었습니다.",
    ),
    "http.bad_chunks": (
        "The body cannot be read: its chunks are not framed as HTTP/1.1 asks for.",
        "본문을 읽을 수 없습니다. 청크의 형식이 HTTP/1.1에 맞지 않습니다.",
    ),
    "http.invalid_json": ("The body is not valid JSON.", "본문이 올바른 JSON이 아닙니다."),
    "http.invalid_json_at": (
        "The body is not valid JSON at line {line}, column {column}.",
        "본문이 올바른 JSON이 아닙니다({line}번째 줄 {column}번째 글자).",
    ),
    "http.too_deep": (
        "The body is nested more than {depth} deep.",
        "본문이 {depth}단계보다 깊게 중첩되었습니다.",
    ),
    "http.nested_too_deeply": ("The body is nested too deeply.", "본문이 너무 깊게 중첩되었습니다."),
    # Rate limits and repetitions.
    "limit.try_again": ("{because}; try again in {wait_s} s.", "{because}. {wait_s}초 뒤 다시 시도하세요."),
    "limit.requests_per_second": (
        "{name} may send {limit} requests a second",
        "{name}의 요청은 1초에 {limit}건까지 허용됩니다",
    ),
    "limit.replays_per_day": (
        "{name} may send {limit} requests with an Idempotency-Key a day",
        "{name}의 Idempotency-Key 요청은 하루 {limit}건까지 허용됩니다",
    ),
    "limit.megabytes_per_hour": (
        "{name} may publish {megabytes} MB an hour",
        "{name}의 이벤트는 1시간에 {megabytes}MB까지 허용됩니다",
    ),
    "limit.all_megabytes_per_hour": (
        "All API keys together may publish {megabytes} MB an hour",
        "모든 API 키의 이벤트는 합쳐서 1시간에 {megabytes}MB까지 허용됩니다",
    ),
    "limit.plugins_per_day": (
        "{name} may publish for {limit} plugins a day (PUBLISH_PLUGINS), all API keys for {total_limit} "
        "(PUBLISH_TOTAL_PLUGINS); {plugin_id} would be one more",
        "하루에 이벤트를 보낼 수 있는 플러그인은 {name} {limit}개(PUBLISH_PLUGINS), 모든 API 키 {total_limit}개"
        "(PUBLISH_TOTAL_PLUGINS)까지이며, {plugin_id} 플러그인은 이 한도를 넘습니다",
    ),
    "limit.names_per_day": (
        "{name} may publish {limit} different metric names a day (PUBLISH_NAMES), all API keys {total_limit} "
        "(PUBLISH_TOTAL_NAMES)",
        "하루에 보낼 수 있는 지표 이름은 {name} {limit}개(PUBLISH_NAMES), 모든 API 키 {total_limit}개"
        "(PUBLISH_TOTAL_NAMES)까지입니다",
    ),
    "limit.sign_in_tries": ("There were too many tries to sign in", "로그인 시도가 너무 많았습니다"),
    "limit.many_sign_in": (
        "Many people are signing in at the moment; try again in a second.",
        "지금 로그인이 몰려 있습니다. 1초 뒤 다시 시도하세요.",
    ),
    "idempotency.bad_key": (
        "Idempotency-Key must have 1 to {max_length} visible ASCII characters.",
        "Idempotency-Key는 눈에 보이는 ASCII 문자 1~{max_length}자여야 합니다.",
    ),
    "idempotency.other_body": (
        "This Idempotency-Key was used for another body; use a new key.",
        "이 Idempotency-Key는 다른 본문에 이미 쓰였습니다. 새 키를 쓰세요.",
    ),
    "idempotency.under_way": (
        "The first request with this Idempotency-Key is still under way.",
        "이 Idempotency-Key의 첫 요청을 아직 처리하고 있습니다.",
    ),
    "idempotency.answer_not_kept": (
        "The request was carried out, and answered with {status}; the answer was too large to be stored.",
        "이미 처리한 요청이며 응답은 {status}였습니다. 응답이 너무 커서 보관하지 않았습니다.",
    ),
    # Another caller changed the rule or channel first.
    "stale.rule": (
        "Rule {rule_id} has been changed since you read it; read it again, and send your change again.",
        "{rule_id} 규칙을 읽은 뒤에 다른 사람이 변경했습니다. 다시 읽고 변경 내용을 다시 보내세요.",
    ),
    "stale.channel": (
        "Channel {channel} has been changed since you read it; read it again, and send your change again.",
        "{channel} 채널을 읽은 뒤에 다른 사람이 변경했습니다. 다시 읽고 변경 내용을 다시 보내세요.",
    ),
    "stale.mapping": (
        "The mapping has been changed since you read it; read it again, and send your change again.",
        "매핑을 읽은 뒤에 다른 사람이 변경했습니다. 다시 읽고 변경 내용을 다시 보내세요.",
    ),
    # The system.
    "redis.silent": ("Redis does not answer ({error}).", "Redis가 응답하지 않습니다({error})."),
    "redis.refuses_login": (
        "Redis at {address} refuses the user or password in REDIS_URL ({error}).",
        "Redis({address})가 REDIS_URL의 사용자나 비밀번호를 거부합니다({error}).",
    ),
    "redis.no_master": (
        "No sentinel at {address} knows a master now ({error}).",
        "지금 마스터를 아는 Sentinel이 없습니다({address}, {error}).",
    ),
    "redis.not_reached": (
        "Redis at {address} cannot be reached; start it, or correct REDIS_URL ({error}).",
        "Redis({address})에 연결할 수 없습니다. Redis를 시작하거나 REDIS_URL을 고치세요({error}).",
    ),
    "redis.answered_error": (
        "Redis at {address} answered with an error: {error}.",
        "Redis({address})의 오류 응답: {error}",
    ),
    "redis.cluster": (
        "Redis at {address} is a Redis Cluster, which is not supported; use a single server, or one with replicas "
        "behind Sentinel.",
        "Redis({address})는 지원하지 않는 Redis Cluster입니다. 단일 서버나 Sentinel 뒤의 복제 구성을 쓰세요.",
    ),
    "redis.too_old": (
        "{server} at {address} is too old; Enhanced Alerts needs Redis 7 or Valkey 8, or newer.",
        "{server}({address}) 버전이 너무 낮습니다. Redis 7 또는 Valkey 8 이상이 필요합니다.",
    ),
    "redis.is_replica": (
        "Redis is a read-only replica: nothing can be written; point REDIS_URL at the master.",
        "Redis가 읽기 전용 복제본이어서 저장할 수 없습니다. REDIS_URL을 마스터의 주소로 바꾸세요.",
    ),
    "redis.memory_full": (
        "Redis is full ({megabytes} MB, maxmemory): nothing can be written; give it more memory.",
        "Redis 메모리가 가득 차서({megabytes}MB, maxmemory) 저장할 수 없습니다. 메모리를 늘리세요.",
    ),
    "redis.may_drop": (
        "When Redis is full, it may drop alerts without an error (maxmemory-policy {policy}); set the policy to "
        "noeviction.",
        "Redis 메모리가 가득 차면 알림이 예고 없이 사라질 수 있습니다(maxmemory-policy {policy}). "
        "noeviction으로 설정하세요.",
    ),
    "system.api_silent": (
        "Nothing answers at {address}; start it (make run), or set API_HOST and API_PORT.",
        "{address}에서 응답이 없습니다. 시스템을 시작하거나(make run) API_HOST와 API_PORT를 설정하세요.",
    ),
    "system.relay_silent": (
        "The relay does not answer at {address}; is its port (RELAY_PORT) open in the firewall?",
        "릴레이가 {address}에서 응답하지 않습니다. 방화벽에서 릴레이의 포트(RELAY_PORT)가 열려 있는지 확인하세요.",
    ),
}

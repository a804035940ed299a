"""The sentences of what is wrong with a request, for `sentences`. Data."""

PROBLEM_SENTENCES: dict[str, tuple[str, str]] = {
    "invalid.fields": ("Some fields cannot be accepted.", "받아들일 수 없는 항목이 있습니다."),
    # What is asked for does not exist.
    "missing.rule": ("There is no rule {rule_id}.", "{rule_id} 규칙이 없습니다."),
    "missing.silence": ("There is no silence {silence_id}.", "{silence_id} 무음이 없습니다."),
    "missing.mapping": (
        "There is no version {version} of the mapping; `enhanced-alerts ingest mapping history` lists those kept.",
        "매핑의 {version}번 버전이 없습니다. 남아 있는 버전은 `enhanced-alerts ingest mapping history`로 확인하세요.",
    ),
    "missing.user": ("There is no user {name}.", "{name} 사용자가 없습니다."),
    "missing.user_readable": (
        "The record of user {name} cannot be read; delete the user and create it again.",
        "{name} 사용자의 기록을 읽을 수 없습니다. 사용자를 삭제하고 다시 만드세요.",
    ),
    "missing.api_key": ("There is no API key {key_id}.", "{key_id} API 키가 없습니다."),
    "missing.session": (
        "There is no session {session_id} of yours; it may have ended.",
        "{session_id} 세션이 없습니다. 이미 끝났을 수 있습니다.",
    ),
    "missing.alert": (
        "There is no alert {alert_id}; it may have been removed from the history.",
        "{alert_id} 알림이 없습니다. 보관 기간이 지났을 수 있습니다.",
    ),
    "missing.alert_readable": (
        "The record of alert {alert_id} cannot be read; the dead letters may show it.",
        "{alert_id} 알림의 기록을 읽을 수 없습니다. 데드 레터에 남아 있을 수 있습니다.",
    ),
    "missing.given_up": (
        "No notification of alert {alert_id} to channel {channel} was given up.",
        "{alert_id} 알림에는 {channel} 채널로 보내다 포기한 전송이 없습니다.",
    ),
    "missing.channel": (
        "There is no channel {channel}; its name must be, or begin with, a kind: {kinds} (e.g. slack-ops).",
        "{channel} 채널이 없습니다. 채널 이름은 종류와 같거나 종류로 시작해야 합니다(예: slack-ops). 종류: {kinds}",
    ),
    # The state of things does not allow it.
    "conflict.alert_not_firing": (
        "Alert {alert_id} is {state}; only a firing alert can be acknowledged.",
        "{alert_id} 알림은 발생 중이 아니어서({state}) 확인할 수 없습니다.",
    ),
    "conflict.alert_resolved": (
        "Alert {alert_id} is already resolved (by {name}).",
        "{alert_id} 알림은 이미 해결되었습니다({name}).",
    ),
    "conflict.alert_unassignable": (
        "Alert {alert_id} is resolved; there is nothing left to assign.",
        "{alert_id} 알림은 해결되어 담당자를 지정할 수 없습니다.",
    ),
    "conflict.rule_exists": (
        "There is already a rule {rule_id}; change it with PUT, or choose another id.",
        "{rule_id} 규칙이 이미 있습니다. 그 규칙을 변경하거나 다른 ID를 쓰세요.",
    ),
    "conflict.rules_full": (
        "There may be {limit} rules; delete some, or let one rule cover more plugins.",
        "규칙은 {limit}개까지 만들 수 있습니다. 일부를 삭제하거나 규칙 하나의 대상 플러그인을 넓히세요.",
    ),
    "conflict.silence_exists": (
        "There is already a silence {silence_id}; change it with PUT, or leave the id out.",
        "{silence_id} 무음이 이미 있습니다. 그 무음을 변경하거나 ID를 비우세요.",
    ),
    "conflict.user_exists": ("There is already a user {name}.", "{name} 사용자가 이미 있습니다."),
    "conflict.user_changed": (
        "{name} was changed by someone else at the same time; reload and try again.",
        "다른 사람이 동시에 {name} 사용자를 변경했습니다. 확인한 뒤 다시 시도하세요.",
    ),
    "conflict.last_admin": (
        "{name} is the only user who can administer; make another user an admin first.",
        "{name} 사용자가 유일한 관리자입니다. 먼저 다른 관리자를 지정하세요.",
    ),
    "conflict.yourself": (
        "You cannot change or remove yourself here; another admin can, or PUT /me/password.",
        "자신의 계정은 여기서 변경하거나 삭제할 수 없습니다. 다른 관리자에게 요청하세요.",
    ),
    "conflict.old_password": (
        "The old password is not right, or you did not sign in as a user.",
        "현재 비밀번호가 맞지 않거나, 사용자로 로그인하지 않았습니다.",
    ),
    "conflict.silences_full": (
        "There are {limit} silences, which is the most; a silence is deleted a month after its end. Use a glob or a "
        "label, so that one silence matches many alerts.",
        "무음은 {limit}개까지 만들 수 있습니다. 끝난 지 한 달이 지난 무음은 자동으로 삭제됩니다. "
        "글롭이나 레이블로 무음 하나의 대상을 넓히세요.",
    ),
    "conflict.channels_full": (
        "There are {limit} channels, which is the most; delete some first.",
        "채널은 {limit}개까지 만들 수 있습니다. 먼저 일부를 삭제하세요.",
    ),
    "conflict.api_keys_full": (
        "There are {limit} API keys, which is the most; revoke some first.",
        "API 키는 {limit}개까지 만들 수 있습니다. 먼저 일부를 폐기하세요.",
    ),
    "conflict.users_full": (
        "There are {limit} users, which is the most; remove some first.",
        "사용자는 {limit}명까지 만들 수 있습니다. 먼저 일부를 삭제하세요.",
    ),
    "conflict.subscription_of_another": (
        "This browser's subscription belongs to another user; unsubscribe in the browser, and subscribe again.",
        "이 브라우저의 구독은 다른 사용자의 것입니다. 브라우저에서 구독을 취소하고 다시 구독하세요.",
    ),
    "conflict.older_processes": (
        "{processes} of an older release could not read schema {schema}; stop or upgrade it first, then run "
        "`enhanced-alerts migrate` again.",
        "이전 릴리스의 프로세스는 스키마 {schema}의 데이터를 읽을 수 없습니다: {processes}. "
        "먼저 중지하거나 업그레이드한 뒤 "
        "`enhanced-alerts migrate`를 다시 실행하세요.",
    ),
    # The request as such.
    "http.no_such_address": (
        "There is nothing at this address; /openapi/ lists all addresses.",
        "없는 주소입니다. 사용할 수 있는 주소는 /openapi/에 있습니다.",
    ),
    "http.method_not_allowed": (
        "{method} is not possible here; {methods} is.",
        "이 주소에는 {method} 요청을 보낼 수 없습니다. 가능한 요청: {methods}",
    ),
    "http.body_too_large": ("The body is larger than {megabytes} MB.", "본문이 {megabytes}MB보다 큽니다."),
    "http.not_json": (
        "Send the body as JSON, with Content-Type: application/json.",
        "본문을 JSON으로 보내세요(Content-Type: application/json).",
    ),
    "http.failed": (
        "Something went wrong here, and is logged as {number}.",
        "서버에서 오류가 발생했습니다. 로그 번호: {number}",
    ),
    "http.sign_in": ("The name or the password is wrong.", "이름 또는 비밀번호가 맞지 않습니다."),
    "http.another_site": (
        "This request came from another site; it was not carried out.",
        "다른 사이트에서 온 요청이어서 처리하지 않았습니다.",
    ),
    "http.refresh_ended": (
        "This refresh token is not valid, or no longer valid; sign in again.",
        "리프레시 토큰이 유효하지 않거나 만료되었습니다. 다시 로그인하세요.",
    ),
    "http.channel_missing": ("Name the channel too.", "채널도 지정하세요."),
    "channel.test_refused": ("{answer}", "{answer}"),
    "redis.unavailable": (
        "Redis cannot be reached or cannot serve now; try again shortly.",
        "지금은 Redis에 연결할 수 없거나 Redis가 요청을 처리할 수 없습니다. 잠시 뒤 다시 시도하세요.",
    ),
    "redis.full": (
        "Redis is full, and nothing can be written; give it more memory (maxmemory).",
        "Redis 메모리가 가득 차서 저장할 수 없습니다. 메모리를 늘리세요(maxmemory).",
    ),
    "redis.read_only": (
        "Redis is a read-only replica, and nothing can be written; a failover may be under way.",
        "Redis가 읽기 전용 복제본이어서 저장할 수 없습니다. 장애 조치가 진행 중일 수 있습니다.",
    ),
}

"""The sentences of events that were refused, and of other dead letters, for `sentences`. Data."""

EVENT_SENTENCES: dict[str, tuple[str, str]] = {
    # One event: what is wrong with it or with one of its values.
    "event.not_object": ("an event must be an object, not {given}", "이벤트는 객체여야 합니다(받은 값: {given})"),
    "event.plugin_id": ("plugin_id {because}", "plugin_id: {because}"),
    "event.no_instant": (
        "at_ms must be a whole number of milliseconds since 1970, not {given}",
        "at_ms는 1970년부터 센 밀리초 정수여야 합니다(받은 값: {given})",
    ),
    "event.other_unit": (
        "at_ms {given} looks like {unit}; at_ms is milliseconds since 1970 in UTC",
        "at_ms {given}의 단위가 다른 것 같습니다(추정: {unit}). at_ms는 1970년부터 UTC로 센 밀리초입니다",
    ),
    "event.before_2000": (
        "at_ms {given} is before the year 2000; at_ms is milliseconds since 1970 in UTC",
        "at_ms {given}: 2000년보다 앞선 시각입니다. at_ms는 1970년부터 UTC로 센 밀리초입니다",
    ),
    "event.in_future": (
        "at_ms is {ahead_s} s in the future; check the clock of the plugin",
        "at_ms가 현재보다 {ahead_s}초 뒤입니다. 플러그인의 시계를 확인하세요",
    ),
    "event.no_mapping": ("must be an object, not {given}", "객체여야 합니다(받은 값: {given})"),
    "event.no_list": ("must be a list, not {given}", "목록이어야 합니다(받은 값: {given})"),
    "event.no_text": ("must be a text, not {given}", "문자열이어야 합니다(받은 값: {given})"),
    "event.no_number": ("must be a number, not {given}", "숫자여야 합니다(받은 값: {given})"),
    "event.not_finite": ("must be a finite number, not {given}", "유한한 수여야 합니다(받은 값: {given})"),
    "event.no_count": (
        "must be a whole number from 1 to {most}, not {given}",
        "1부터 {most}까지의 정수여야 합니다(받은 값: {given})",
    ),
    "event.histogram_buckets": (
        "has {buckets} buckets; at most {limit} are allowed",
        "버킷은 {limit}개까지 담을 수 있습니다(현재 {buckets}개)",
    ),
    "event.histogram_bounds": (
        "has {counts} counts for {bounds} bounds of its buckets",
        "버킷의 경계는 {bounds}개인데 횟수는 {counts}개입니다",
    ),
    "event.histogram_order": (
        "must have finite bounds, each larger than the one before",
        "경계는 유한한 수여야 하고 앞의 경계보다 커야 합니다",
    ),
    "event.histogram_scale": (
        "has the scale {given}; it must be from {least} to {most}",
        "scale은 {least}부터 {most}까지여야 합니다(받은 값: {given})",
    ),
    "event.histogram_count": (
        "counts {given}; a count must be a finite number from 0, and a sum a finite number",
        "횟수는 0 이상의 유한한 수, 합계는 유한한 수여야 합니다(받은 값: {given})",
    ),
    "event.histogram_spans": (
        "has {counts} counts for {buckets} buckets in its spans",
        "span의 버킷은 {buckets}개인데 횟수는 {counts}개입니다",
    ),
    "event.histogram_form": ("is no histogram: {error}", "히스토그램이 아닙니다({error})"),
    "event.no_unicode_text": (
        "must be a text of Unicode characters, not {given}",
        "유니코드 문자열이어야 합니다(받은 값: {given})",
    ),
    "event.no_unicode": ("holds something that is no Unicode character", "유니코드 문자가 아닌 것이 들어 있습니다"),
    "event.hidden_character": (
        "holds an invisible character, or one that changes the direction of the text",
        "보이지 않는 문자나 글의 방향을 바꾸는 문자가 들어 있습니다",
    ),
    "event.name": ("its name {because}", "이름: {because}"),
    "event.name_empty": ("is empty", "비어 있습니다"),
    "event.name_length": (
        "is {length} characters long; at most {most} are allowed",
        "{most}자까지 쓸 수 있습니다(현재 {length}자)",
    ),
    "event.text_length": (
        "is {length} characters long; at most {most} are allowed",
        "{most}자까지 쓸 수 있습니다(현재 {length}자)",
    ),
    "event.message_cut": (
        "was {length} characters long; the first {most} are kept",
        "{length}자 가운데 앞의 {most}자만 남겼습니다",
    ),
    "event.over_the_limit": (
        "an event may have at most {most}; {more} more were dropped",
        "이벤트 하나에 {most}개까지 담을 수 있어 나머지 {more}개를 버렸습니다",
    ),
    "given.object": ("an object", "객체"),
    "given.list": ("a list", "목록"),
    "unit.seconds": ("seconds", "초"),
    "unit.microseconds": ("microseconds", "마이크로초"),
    "unit.nanoseconds": ("nanoseconds", "나노초"),
    # An entry of an event stream.
    "event.of_plugin": ("plugin {plugin_id}: {because}", "플러그인 {plugin_id}: {because}"),
    "event.field": ("{field} {because}", "{field}: {because}"),
    "event.more": ("{more} more", "그 밖에 {more}개"),
    "event.partly": (
        "plugin {plugin_id}: dropped, the rest is evaluated: {parts}",
        "플러그인 {plugin_id}: 다음 값을 버리고 나머지는 평가함: {parts}",
    ),
    "event.unreadable": ("{error}", "읽을 수 없음: {error}"),
    "event.entry_size": (
        "entry of {bytes} bytes is over the limit of {limit}",
        "항목 크기 {bytes}바이트, 한도({limit}바이트) 초과",
    ),
    "event.entry_events": (
        "{events} events in one entry; the limit is {limit}",
        "항목 하나에 이벤트 {events}건, 한도({limit}건) 초과",
    ),
    "event.nothing_known": (
        "the entry has neither an event in field `e` nor a command in field `c`",
        "항목에 이벤트(필드 `e`)도 명령(필드 `c`)도 없음",
    ),
    "event.no_command": ("not a command: {error}", "명령이 아님: {error}"),
    "event.deciding_failed": ("deciding it failed: {error}", "평가 중 오류 발생: {error}"),
    "event.too_many_plugins": (
        "plugin {plugin_id} is not evaluated: {limit} plugins of its partition are known, the most (MAX_PLUGINS)",
        "플러그인 {plugin_id}: 그 파티션의 플러그인이 한도인 {limit}개에 이르러 평가하지 않음(MAX_PLUGINS)",
    ),
    # A request that publishes events.
    "event.none_sent": ("Send an event, or a list of them.", "이벤트 하나 또는 이벤트 목록을 보내세요."),
    "event.body_empty": ("must hold an event", "이벤트가 들어 있어야 합니다"),
    "event.too_many_sent": ("Send {limit} events at most.", "이벤트는 한 번에 {limit}건까지 보낼 수 있습니다."),
    "event.body_events": ("holds {events} events", "이벤트 {events}건이 들어 있습니다"),
    "event.too_many_names": (
        "Send fewer metric names in one request.",
        "요청 하나에 담는 지표 이름의 수를 줄이세요.",
    ),
    "event.body_names": (
        "holds {names} different metric names; {limit} are the most",
        "지표 이름이 {names}개 들어 있습니다. {limit}개까지 보낼 수 있습니다",
    ),
    "event.none_taken": ("None of the events can be taken.", "받아들일 수 있는 이벤트가 없습니다."),
    "event.no_more_plugins": (
        "The limit of plugins is reached.",
        "이벤트를 보낼 수 있는 플러그인 수의 한도에 이르렀습니다.",
    ),
    "event.not_your_plugin": (
        "{name} may not publish for the plugin {plugin_id}",
        "{name}에는 플러그인 {plugin_id}의 이벤트를 보낼 권한이 없습니다",
    ),
    # Other records that could not be used.
    "letter.not_kept": (
        "{count} more events were refused before the next dead letter; they were too many to be stored",
        "이 사이에 {count}건이 더 거부되었으나 너무 많아 남기지 않음",
    ),
    "letter.cut_unread": (
        "{count} entries after this one were cut from the stream before they were evaluated, because the stream was "
        "full",
        "이 뒤의 항목 {count}건은 스트림이 가득 차서 평가하기 전에 잘려 나감",
    ),
    "letter.foreign_job": (
        "a worker performs the product's own jobs only: {error}",
        "워커는 이 제품의 작업만 실행함: {error}",
    ),
    "letter.not_routed": ("it cannot be routed: {error}", "라우팅할 수 없음: {error}"),
    "letter.no_group": (
        "this names no channel and group that notifications can go to",
        "알림을 보낼 수 있는 채널과 그룹이 아님",
    ),
    "letter.queue": (
        "the queue of a channel cannot be read, and is deleted: {error}",
        "채널의 큐를 읽을 수 없어 삭제함: {error}",
    ),
    "letter.alert": ("the record of an alert cannot be read", "알림의 기록을 읽을 수 없음"),
    "letter.ledger": ("the ledger of an alert cannot be read: {error}", "알림의 원장을 읽을 수 없음: {error}"),
    "letter.cursor": ("this is no position in an outbox", "아웃박스의 위치가 아님"),
    "letter.cursor_beyond": (
        "the outbox ends at {newest}, before this place; it is routed from its beginning",
        "아웃박스가 이 위치보다 앞({newest})에서 끝나 처음부터 다시 라우팅함",
    ),
    "letter.transition": ("the transition cannot be read: {error}", "전이를 읽을 수 없음: {error}"),
    "letter.command": ("the operator's command cannot be read: {error}", "운영자의 명령을 읽을 수 없음: {error}"),
}

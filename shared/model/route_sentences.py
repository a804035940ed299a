"""The sentences of routes: bad fields of the tree, and where an alert goes; for `sentences`. Data."""

ROUTE_SENTENCES: dict[str, tuple[str, str]] = {
    "invalid.pattern": (
        "'{pattern}' is not a regular expression of RE2: {error}",
        "RE2 정규식이 아닙니다: '{pattern}' ({error})",
    ),
    "invalid.route_matcher": (
        '\'{given}\' is not a matcher; write for example severity="critical", host=~"web-.*", team!="" or '
        'host glob "web-*"',
        '조건 형식이 아닙니다: \'{given}\'. 예: severity="critical", host=~"web-.*", team!="", host glob "web-*"',
    ),
    "invalid.many_routes": ("has more than {limit} routes", "라우트는 {limit}개 이하여야 합니다"),
    "invalid.deep_routes": (
        "has routes more than {limit} levels deep",
        "라우트 단계는 {limit}단계 이하여야 합니다",
    ),
    "invalid.routes_too_long": (
        "the routes have more than {max_bytes} bytes",
        "라우트 설정은 {max_bytes}바이트 이하여야 합니다",
    ),
    "invalid.root_channels": (
        "the first route must name a channel: it takes every alert that no other route takes",
        "최상위 라우트에는 채널이 하나 이상 있어야 합니다. 다른 라우트가 맡지 않은 알림은 모두 여기로 갑니다",
    ),
    "invalid.root_matchers": (
        "the first route takes every alert: it can have no matchers, no `continue`, no `mute_times` and no "
        "`active_times`",
        "최상위 라우트는 모든 알림을 받으므로 matchers, continue, mute_times, active_times를 지정할 수 없습니다",
    ),
    "invalid.no_interval": (
        "{route} names the time interval {interval}, which is not in `time_intervals`",
        "{route} 라우트가 지정한 시간 구간 {interval} 항목이 `time_intervals`에 없습니다",
    ),
    "invalid.clock_time": (
        "must be a time of day, e.g. 09:00; 24:00 is the end of the day",
        "시각이어야 합니다. 예: 09:00. 하루의 끝은 24:00입니다",
    ),
    "invalid.time_range": ("must be later than `start_time`", "`start_time`보다 늦어야 합니다"),
    "invalid.calendar_range": (
        "'{given}' is not a range; write for example monday:friday, january:march, 1:3 or 2026:2027",
        "범위 형식이 아닙니다: '{given}'. 예: monday:friday, january:march, 1:3, 2026:2027",
    ),
    "invalid.day_range": (
        "'{given}' is not a range of days of a month; write for example 1:5, or -3:-1 for the last three days",
        "날짜 범위 형식이 아닙니다: '{given}'. 예: 1:5, 월의 마지막 사흘은 -3:-1",
    ),
    "missing.routes": (
        "There is no version {version} of the routes; `enhanced-alerts routes history` lists those kept.",
        "라우트 설정의 {version}번 버전이 없습니다. 남아 있는 버전은 `enhanced-alerts routes history`로 확인하세요.",
    ),
    "stale.routes": (
        "The routes have been changed since you read them; read them again, and send your change again.",
        "라우트 설정을 읽은 뒤에 다른 사람이 변경했습니다. 다시 읽고 변경 내용을 다시 보내세요.",
    ),
    "problem.routes_unreadable": (
        "The stored routes cannot be read; an administrator must save valid ones.",
        "저장된 라우트 설정을 읽을 수 없습니다. 관리자가 올바른 설정을 저장해야 합니다.",
    ),
    "routed.to": (
        "the routes send it to {channels}, by {routes}",
        "알릴 채널: {channels} (적용된 라우트: {routes})",
    ),
    "suppressed.muted": (
        "its routes are muted by the time interval {interval}",
        "시간 구간 {interval} 때문에 라우트가 알리지 않음",
    ),
    "muted.channels": (
        "muted by time intervals: {channels}",
        "시간 구간 때문에 알리지 않는 채널: {channels}",
    ),
    "doctor.channel_muted": ("{channel} is not notified: {because}", "{channel}에 알리지 않음: {because}"),
    "remedy.muted": (
        "Channels are notified when the time interval ends, if it fires then: `enhanced-alerts routes show`.",
        "시간 구간이 끝날 때 계속 발생 중이면 채널에 알립니다: `enhanced-alerts routes show`",
    ),
    "muted.over": ("no channel is muted any more", "모든 채널의 알림 제한이 끝남"),
}

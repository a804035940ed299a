"""The sentences of `enhanced-alerts doctor`: what was found (`doctor.…`) and what to do (`remedy.…`). Data."""

DOCTOR_SENTENCES: dict[str, tuple[str, str]] = {
    # Settings and Redis.
    "doctor.settings": ("settings", "설정"),
    "doctor.settings_wrong": ("settings", "설정 오류"),
    "doctor.redis": ("redis", "Redis"),
    "doctor.redis_answers": ("{server} answers", "{server} 응답함"),
    "doctor.redis_stopped": ("it stopped answering: {error}", "응답이 중단됨: {error}"),
    "remedy.is_it_running": ("{because} Is `make run` running?", "{because} `make run`이 실행 중인지 확인하세요."),
    "doctor.clocks_differ": ("clocks differ by {skew} ms", "시계가 {skew}밀리초 차이 남"),
    "remedy.synchronise": (
        "Synchronise this machine's clock and the server's (NTP).",
        "이 서버와 Redis 서버의 시계를 맞추세요(NTP).",
    ),
    "doctor.clocks_agree": ("clocks agree within {skew} ms", "시계 차이 {skew}밀리초 이내"),
    "doctor.no_append_only_file": ("redis keeps no append-only file", "Redis에 추가 전용 파일(AOF)이 없음"),
    "remedy.append_only_file": (
        "A restart of Redis loses alerts; set appendonly yes.",
        "Redis를 다시 시작하면 알림을 잃습니다. appendonly yes로 설정하세요.",
    ),
    "doctor.redis_may_lose": ("redis may lose alerts", "Redis에서 알림을 잃을 수 있음"),
    "doctor.redis_takes_nothing": ("redis takes nothing", "Redis에 저장할 수 없음"),
    "doctor.older_shape": ("stored data have an older shape: {step}", "저장된 데이터가 이전 스키마임: {step}"),
    "remedy.migrate": (
        "When no old process is left: enhanced-alerts migrate.",
        "이전 버전의 프로세스를 모두 끝낸 뒤 실행하세요: enhanced-alerts migrate",
    ),
    "doctor.never_started": ("no evaluator ever started here", "이 Redis에서 평가기를 시작한 적이 없음"),
    "remedy.start_system": ("Start the system: make run.", "시스템을 시작하세요: make run"),
    "doctor.partitions_differ": (
        "PARTITIONS is {given}, but {stored} here",
        "PARTITIONS 설정은 {given}, 이 시스템의 파티션은 {stored}개",
    ),
    "remedy.partitions": ("Set PARTITIONS={stored}.", "PARTITIONS 설정을 바꾸세요: PARTITIONS={stored}"),
    "doctor.little_room": (
        "{megabytes} MB free on the disk of DATA_DIR",
        "DATA_DIR이 있는 디스크의 남은 공간 {megabytes}MB",
    ),
    "remedy.make_room": (
        "Make room; Redis stops writing when it is full.",
        "공간을 확보하세요. 디스크가 가득 차면 Redis가 저장을 멈춥니다.",
    ),
    "doctor.password_needed": (
        "redis lets nobody in without a password",
        "비밀번호 없이는 Redis에 접속할 수 없음",
    ),
    "doctor.no_password": (
        "anybody who reaches redis can enter it: it asks for no password",
        "Redis가 비밀번호를 요구하지 않아 누구나 접속할 수 있음",
    ),
    "remedy.password": (
        "Set one (requirepass), or a user a process: enhanced-alerts redis-acl.",
        "비밀번호를 설정하거나(requirepass) 프로세스마다 사용자를 두세요: enhanced-alerts redis-acl",
    ),
    # Processes and the pipeline.
    "doctor.not_running": ("no {process} is running", "실행 중인 {process} 없음"),
    "remedy.start": ("Start one: enhanced-alerts {process}.", "시작하세요: enhanced-alerts {process}"),
    "doctor.not_ready": ("{process} is not ready", "{process} 준비되지 않음"),
    "remedy.see_log": ("See its log, {log}.", "로그를 확인하세요: {log}"),
    "doctor.running": ("{process}: {count} running", "{process}: {count}개 실행 중"),
    "doctor.no_active_router": ("no router is active", "활성 라우터 없음"),
    "remedy.router": (
        "A router becomes active within seconds; if not, see its log.",
        "라우터는 몇 초 안에 활성화됩니다. 그렇지 않으면 라우터의 로그를 확인하세요.",
    ),
    "doctor.partitions_without_owner": (
        "nobody evaluates partition {partitions}",
        "평가하는 평가기가 없는 파티션: {partitions}",
    ),
    "remedy.another_evaluator": (
        "Start another evaluator: enhanced-alerts evaluator.",
        "평가기를 하나 더 시작하세요: enhanced-alerts evaluator",
    ),
    "doctor.lag": ("{entries} entries wait to be evaluated", "평가를 기다리는 항목 {entries}건"),
    "doctor.events_refused": ("{events} events were refused", "거부된 이벤트 {events}건"),
    "remedy.dead_letters": (
        "GET /api/enhanced-alerts/dead-letters gives the reason of each.",
        "이벤트마다 이유를 확인하세요: GET /api/enhanced-alerts/dead-letters",
    ),
    "doctor.letters_not_kept": (
        "{events} refused events were too many to be kept as dead letters",
        "거부된 이벤트가 너무 많아 데드 레터에 남기지 못한 이벤트 {events}건",
    ),
    "remedy.unreadable_events": (
        "A plugin, or a host with access to redis, publishes what cannot be read; see the dead letters.",
        "플러그인이나 Redis에 접근할 수 있는 호스트에서 읽을 수 없는 이벤트를 보내고 있습니다. 데드 레터를 확인하세요.",
    ),
    "doctor.plugins_refused": (
        "{events} events were refused, since evaluators know as many plugins as MAX_PLUGINS allows",
        "평가기가 아는 플러그인이 MAX_PLUGINS 한도에 이르러 거부된 이벤트 {events}건",
    ),
    "remedy.plugins_refused": (
        "Find the host that invents plugins (see the dead letters), or raise MAX_PLUGINS; silent ones go after a week.",
        "플러그인을 지어내는 호스트를 데드 레터에서 찾거나 MAX_PLUGINS를 늘리세요. 일주일간 조용하면 자리가 납니다.",
    ),
    "doctor.entries_lost": (
        "{entries} entries were cut from the event streams before they were evaluated",
        "평가하기 전에 이벤트 스트림에서 잘려 나간 항목 {entries}건",
    ),
    "remedy.entries_lost": (
        "Start another evaluator, raise STREAM_MAX_MEGABYTES, or find the host that writes so much.",
        "평가기를 더 실행하거나, STREAM_MAX_MEGABYTES를 늘리거나, 지나치게 많이 보내는 호스트를 찾으세요.",
    ),
    "doctor.rule_unreadable": ("rule {rule_id} cannot be read", "{rule_id} 규칙을 읽을 수 없음"),
    "doctor.rule_note": ("rule {rule_id}: {because}", "{rule_id} 규칙: {because}"),
    "remedy.ask_about_rule": ("enhanced-alerts doctor --rule {rule_id}.", "enhanced-alerts doctor --rule {rule_id}"),
    "doctor.rules_on": (
        "{on} of {rules} rules are on (revision {revision})",
        "규칙 {rules}개 중 {on}개 켜짐(리비전 {revision})",
    ),
    "doctor.no_rules": ("there are no rules", "규칙이 없음"),
    "remedy.add_rule": (
        "Nothing can fire; add one: enhanced-alerts rules add.",
        "규칙이 없으면 알림이 발생하지 않습니다. 추가하세요: enhanced-alerts rules add",
    ),
    "doctor.undelivered": (
        "{notifications} notifications could not be delivered",
        "전송하지 못한 알림 {notifications}건",
    ),
    "remedy.undelivered": (
        "`enhanced-alerts notifications dead` gives the reasons.",
        "이유를 확인하세요: `enhanced-alerts notifications dead`",
    ),
    # A channel.
    "doctor.channel_well": ("channel {channel} is configured", "{channel} 채널 설정됨"),
    "doctor.channel_missing": ("there is no channel {channel}", "{channel} 채널이 없음"),
    "remedy.channel_name": (
        "Choose from {kinds}, or e.g. slack-ops.",
        "다음 중에서 고르세요: {kinds}. slack-ops 같은 이름도 쓸 수 있습니다.",
    ),
    "doctor.channel_unconfigured": ("channel {channel} is not configured", "{channel} 채널이 설정되지 않음"),
    "remedy.configure": (
        "PUT /api/enhanced-alerts/channels/{channel}/config.",
        "설정하세요: PUT /api/enhanced-alerts/channels/{channel}/config",
    ),
    "doctor.channel_wrong": ("channel {channel}", "{channel} 채널 설정 오류"),
    "doctor.channel_off": ("channel {channel} is switched off", "{channel} 채널이 꺼져 있음"),
    "remedy.channel_on": (
        "Set `enabled` to true: PUT …/channels/{channel}/config.",
        "`enabled`를 true로 바꾸세요: PUT …/channels/{channel}/config",
    ),
    "doctor.channel_pauses": (
        "channel {channel} makes no call for {wait_s} s: {error}",
        "{channel} 채널 호출을 {wait_s}초 동안 멈춤: {error}",
    ),
    "remedy.end_pause": (
        "Mend it, then `enhanced-alerts channels test {channel}`: a success ends the pause.",
        "원인을 해결한 뒤 실행하세요: enhanced-alerts channels test {channel}. 성공하면 다시 전송합니다.",
    ),
    "doctor.channel_failed": (
        "channel {channel} failed {failures} times in a row",
        "{channel} 채널 전송이 연달아 {failures}번 실패함",
    ),
    "remedy.test_channel": (
        "`enhanced-alerts channels test {channel}` says what it answers.",
        "응답을 확인하세요: `enhanced-alerts channels test {channel}`",
    ),
    "doctor.channel_unserved": (
        "no worker is running for channel {channel}",
        "{channel} 채널을 맡은 워커가 실행 중이 아님",
    ),
    "doctor.many_jobs": ("channel {channel} has {jobs} jobs waiting", "{channel} 채널에서 기다리는 작업 {jobs}건"),
    "remedy.slow_provider": (
        "Its provider is slow, or another worker would help.",
        "제공자의 응답이 느리거나 워커가 부족합니다.",
    ),
}

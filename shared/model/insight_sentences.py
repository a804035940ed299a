"""The sentences about analyses of the archive, for `sentences`. Data."""

INSIGHT_SENTENCES: dict[str, tuple[str, str]] = {
    # The analysis process.
    "insight.full": (
        "{count} analyses wait already; try again in a moment.",
        "대기 중인 분석이 이미 {count}건입니다. 잠시 후 다시 시도하세요.",
    ),
    "insight.asker_full": (
        "{count} analyses that you asked for are not finished; try again when they are.",
        "요청한 분석 {count}건이 아직 끝나지 않았습니다. 끝난 뒤 다시 시도하세요.",
    ),
    "insight.late": (
        "The analysis is not finished after {waited_s} s; it goes on, so ask again in a moment.",
        "{waited_s}초가 지나도 분석이 끝나지 않았습니다. 분석은 계속되므로 잠시 후 다시 요청하세요.",
    ),
    "insight.too_long": (
        "The analysis was stopped after {limit_s} s; ask about a shorter time.",
        "{limit_s}초가 지나 분석을 중단했습니다. 더 짧은 기간으로 요청하세요.",
    ),
    "insight.too_large": (
        "The analysis needs more than {megabytes} MB; ask about a shorter time.",
        "분석에 {megabytes}MB보다 많은 메모리가 필요합니다. 더 짧은 기간으로 요청하세요.",
    ),
    "insight.crashed": (
        "The analysis process ended while it worked on this; its log says why. Nothing else is affected.",
        "분석 도중 분석 프로세스가 종료되었습니다. 원인은 로그를 확인하세요. 다른 기능에는 영향이 없습니다.",
    ),
    "insight.failed": (
        "The analysis failed ({error}); the log has the details.",
        "분석에 실패했습니다({error}). 자세한 내용은 로그를 확인하세요.",
    ),
    "insight.not_started": (
        "The analysis process does not start (exit code {exit_code}); its log says why.",
        "분석 프로세스가 시작되지 않습니다(종료 코드 {exit_code}). 원인은 로그를 확인하세요.",
    ),
    # What trends need.
    "trends.archive_off": (
        "Trends are computed from the archive, and nothing is recorded (ARCHIVE is off); set ARCHIVE=1.",
        "추세는 아카이브로 계산하는데 기록하지 않는 상태입니다(ARCHIVE 꺼짐). ARCHIVE=1로 설정하세요.",
    ),
    "trends.nothing_recorded": (
        "Nothing has been recorded in the archive yet; check that the recorder runs.",
        "아카이브에 아직 기록된 것이 없습니다. 레코더가 실행 중인지 확인하세요.",
    ),
    "trends.no_history": (
        "The archive has no whole hour of {metric} of {plugin_id} within the last {days} days.",
        "최근 {days}일 동안 아카이브에 기록된 한 시간 분량의 데이터가 없습니다: {plugin_id}의 {metric}",
    ),
    "trends.too_many_alerts": (
        "More than {count} alerts fired in this time; ask about fewer months.",
        "이 기간에 발생한 알림이 {count}건보다 많습니다. 개월 수를 줄이세요.",
    ),
    # Backtests.
    "backtest.archive_off": (
        "A backtest needs the archive, and nothing is recorded (ARCHIVE is off); set ARCHIVE=1.",
        "백테스트에는 아카이브가 필요한데 기록하지 않는 상태입니다(ARCHIVE 꺼짐). ARCHIVE=1로 설정하세요.",
    ),
    "backtest.missing": (
        "There is no such backtest any more; ask for it again.",
        "해당 백테스트가 더 이상 없습니다. 다시 요청하세요.",
    ),
    "backtest.no_fleet": (
        "rules of the kind fleet cannot be tried out over the past yet; try out a threshold of one plugin",
        "fleet 규칙은 아직 백테스트할 수 없습니다. 플러그인 하나의 임계값 규칙으로 해 보세요",
    ),
    "backtest.too_many_plugins": (
        "the rule covers more than {count} plugins; name some of them, e.g. web-*",
        "규칙이 적용되는 플러그인이 {count}개보다 많습니다. 예: web-* 처럼 일부만 지정하세요",
    ),
    "backtest.too_noisy": (
        "the rule would have changed its alerts more than {count} times; ask about a shorter time",
        "이 규칙이라면 알림 상태가 {count}번 넘게 바뀌었을 것입니다. 더 짧은 기간으로 요청하세요",
    ),
    "invalid.fail_if": (
        "{given} is no comparison of a figure with a number; write e.g. notifications > 20, joined by and / or; "
        "figures are {figures}",
        "{given}: 수치와 숫자의 비교가 아닙니다. notifications > 20 처럼 쓰고 and / or로 잇습니다. 수치: {figures}",
    ),
    "invalid.backtest_since": (
        "{given} is no span of up to {days} days; write e.g. 12h, 7d or 4w",
        "{given}: {days}일 이내의 기간이 아닙니다. 12h, 7d, 4w 처럼 쓰세요",
    ),
    "invalid.backtest_span": (
        "must be later than from_ms, by {days} days at most, and not in the future",
        "from_ms보다 늦고, 차이가 {days}일 이내이며, 미래가 아니어야 합니다",
    ),
    "report.not_begun": (
        "{month} has not begun in this time zone; ask for an earlier month.",
        "이 시간대에서 아직 시작되지 않은 달입니다: {month}. 이전 달을 지정하세요.",
    ),
    "report.no_channel": (
        "is not configured; configure this e-mail channel first",
        "설정되지 않은 채널입니다. 먼저 이메일 채널을 설정하세요",
    ),
    "report.not_scheduled": (
        "No schedule of reports is on, so nothing says to whom they are mailed; save one that is on first.",
        "켜져 있는 보고서 일정이 없어 받을 사람을 알 수 없습니다. 먼저 일정을 켜서 저장하세요.",
    ),
    "report.being_sent": (
        "The report of {month} is being mailed at this moment; look again in a minute.",
        "{month} 보고서를 지금 보내고 있습니다. 1분 뒤에 다시 확인하세요.",
    ),
    "report.month_not_over": ("{month} is not over; name a month that is", "아직 끝나지 않은 달: {month}"),
    "report.restored": (
        "a backup from before the day of this mail was restored, so it may have been sent already; send it now if it "
        "is missing",
        "이 메일을 보내는 날 전에 만든 백업을 복원해 이미 보냈을 수 있음. 받지 못했다면 지금 보내기를 사용하세요",
    ),
    "report.refused": ("the mail server refused {count} recipients", "메일 서버가 수신자 {count}명을 거부"),
    "missing.report_schedule": (
        "There is no version {version} of the schedule of reports.",
        "보고서 일정의 {version}번 버전이 없습니다.",
    ),
    "stale.report_schedule": (
        "The schedule of reports has been changed since you read it; read it again, and send your change again.",
        "보고서 일정을 읽은 뒤에 다른 사람이 변경했습니다. 다시 읽고 변경 내용을 다시 보내세요.",
    ),
    "problem.report_schedule_unreadable": (
        "The stored schedule of reports cannot be read; an administrator must save a valid one.",
        "저장된 보고서 일정을 읽을 수 없습니다. 관리자가 올바른 일정을 저장해야 합니다.",
    ),
    # Why something is not named.
    "trends.too_short": (
        "{days} days of history are not enough: growth and changes need {needed} days",
        "이력이 {days}일치뿐임. 증가 추세와 변화 시점을 찾으려면 {needed}일 필요",
    ),
    "trends.wandering": (
        "the level wanders from day to day, so growth and changes would be chance",
        "값의 수준이 날마다 불규칙하게 움직여 증가 추세나 변화 시점을 말할 수 없음",
    ),
    "trends.no_growth": ("no growth beyond chance", "우연을 넘는 증가나 감소 없음"),
    "trends.season_too_short": (
        "{weeks} weeks of history are not enough: a habit of days or weeks needs {needed} weeks",
        "이력이 {weeks}주치뿐임. 주기를 찾으려면 {needed}주 필요",
    ),
    "trends.no_season": (
        "neither days nor weeks resemble each other beyond chance",
        "우연을 넘는 하루나 한 주의 주기 없음",
    ),
    "trends.capacity_too_short": (
        "{days} days since the last change are not enough: a date needs {needed} days",
        "마지막 변화 이후 {days}일치뿐임. 날짜를 예측하려면 {needed}일 필요",
    ),
    "trends.capacity_no_trend": (
        "no trend towards {limit} that is certain enough for a date",
        "{limit}에 도달할 날짜를 예측할 만큼 확실한 추세 없음",
    ),
    "trends.capacity_too_far": (
        "at this rate {limit} is further ahead than the {days} days of the trend look back",
        "지금 추세로는 추세를 관찰한 {days}일보다 더 먼 미래에 {limit} 도달",
    ),
    "trends.capacity_reached": ("{limit} is reached already", "이미 {limit} 도달"),
}

"""The sentences about the archive, for `sentences`. Data."""

ARCHIVE_SENTENCES: dict[str, tuple[str, str]] = {
    "system.archive_away": (
        "nothing has been recorded for {waited_s} s; the streams keep it meanwhile: {because}",
        "{waited_s}초 동안 아카이브에 기록하지 못함. 그동안의 항목은 스트림에 남아 있음: {because}",
    ),
    "system.archive_lost": (
        "{entries} entries were trimmed from the streams before they were recorded; the archive has a gap",
        "기록하기 전에 스트림에서 잘린 항목 {entries}건. 아카이브에 공백이 생김",
    ),
    "system.archive_dropped": (
        "the archive may take {megabytes} MB, so the oldest was dropped: {kept}; raise ARCHIVE_MAX_MEGABYTES, or keep "
        "fewer days",
        "아카이브 크기가 {megabytes}MB로 제한되어 오래된 기록을 지움: {kept}. "
        "ARCHIVE_MAX_MEGABYTES를 늘리거나 보관 일수를 줄이세요",
    ),
    "archive.few_events": (
        "the archive holds events of the last {kept_hours} hours instead of {days} days",
        "아카이브의 이벤트가 {days}일이 아니라 최근 {kept_hours}시간만 보관 중",
    ),
    "archive.few_rollups": (
        "the archive holds rollups of the last {kept_days} days instead of {days}",
        "아카이브의 롤업이 {days}일이 아니라 최근 {kept_days}일만 보관 중",
    ),
    "archive.few_alerts": (
        "the archive holds resolved alerts of the last {kept_days} days instead of {days}",
        "아카이브의 해결된 알림이 {days}일이 아니라 최근 {kept_days}일만 보관 중",
    ),
    "remedy.archive_dropped": (
        "It may take {megabytes} MB, so the oldest entries were dropped. Raise ARCHIVE_MAX_MEGABYTES, or lower "
        "ARCHIVE_KEEP_DAYS, ARCHIVE_ROLLUP_DAYS or ARCHIVE_ALERT_DAYS.",
        "크기가 {megabytes}MB로 제한되어 오래된 항목을 지웠습니다. ARCHIVE_MAX_MEGABYTES를 늘리거나 "
        "ARCHIVE_KEEP_DAYS, ARCHIVE_ROLLUP_DAYS, ARCHIVE_ALERT_DAYS를 줄이세요.",
    ),
    "doctor.archive_unplaced": (
        "events of {days} days are in the archive's default partition",
        "아카이브의 기본 파티션에 {days}일치 이벤트가 있음",
    ),
    "remedy.archive_unplaced": (
        "They are kept and read like others, but deleted row by row. Check that the user of DATABASE_URL may create "
        "tables, and that the clocks of the recorder's machine and of Redis agree.",
        "보관과 조회에는 문제가 없지만, 지울 때 행 단위로 지웁니다. "
        "DATABASE_URL의 사용자에게 테이블 생성 권한이 있는지, 레코더와 Redis 서버의 시계가 맞는지 확인하세요.",
    ),
    "doctor.archive_off": (
        "nothing is recorded in the archive (ARCHIVE is off): events are gone after STREAM_KEEP_SECONDS, and resolved "
        "alerts after HISTORY_DAYS",
        "아카이브에 기록하지 않음(ARCHIVE 꺼짐). 이벤트는 STREAM_KEEP_SECONDS, "
        "해결된 알림은 HISTORY_DAYS가 지나면 사라짐",
    ),
    "doctor.archive": ("the archive takes what the streams hold", "아카이브 기록 정상"),
    "doctor.archive_away": ("the archive cannot be used", "아카이브에 기록할 수 없음"),
    "doctor.archive_lost": (
        "{entries} entries were trimmed before they were recorded",
        "기록하기 전에 스트림에서 잘린 항목 {entries}건",
    ),
    "remedy.archive_lost": (
        "Raise RECORDER_WAIT_SECONDS or STREAM_MAX_MEGABYTES, or find out why the archive was away for so long.",
        "RECORDER_WAIT_SECONDS나 STREAM_MAX_MEGABYTES를 늘리거나, 아카이브가 오래 중단된 원인을 확인하세요.",
    ),
    "archive.none": (
        "There is no archive at {place}; the recorder makes it.",
        "{place}에 아카이브가 없습니다. 아카이브는 레코더가 만듭니다.",
    ),
    "archive.no_parquet": (
        "Parquet needs the library pyarrow: pip install 'enhanced-alerts[parquet]'.",
        "Parquet에는 pyarrow 라이브러리가 필요합니다: pip install 'enhanced-alerts[parquet]'.",
    ),
    "archive.copy_differs": (
        "The copy differs in {tables}; run the command again.",
        "복사본의 {tables} 테이블이 원본과 다릅니다. 명령을 다시 실행하세요.",
    ),
    "command.archive_format": (
        "FILE must end in .csv, .jsonl or .parquet, or --format must name one of {formats}.",
        "FILE 이름이 .csv, .jsonl, .parquet 중 하나로 끝나거나, --format에 {formats} 중 하나를 지정해야 합니다.",
    ),
    "command.archive_same": ("{place} cannot be copied to itself.", "원본과 복사본이 같습니다: {place}"),
    "command.archive_no_database": (
        "Set DATABASE_URL to the PostgreSQL database.",
        "DATABASE_URL에 PostgreSQL 데이터베이스를 지정하세요.",
    ),
    "command.archive_recorder": (
        "A recorder writes to {place}. Stop it, copy, and start it again; the streams keep what comes meanwhile.",
        "레코더가 {place}에 기록하고 있습니다. 레코더를 멈추고 복사한 뒤 다시 시작하세요. "
        "그동안의 항목은 스트림에 남습니다.",
    ),
    "history.incomplete": (
        "alerts first recorded before {since_ms} are missing here: {because}",
        "{since_ms} 이전에 처음 기록된 알림은 여기에 없음: {because}",
    ),
    "history.nothing_recorded": (
        "nothing has been recorded in the archive yet",
        "아카이브에 아직 기록된 것이 없음",
    ),
    "archive.file_unusable": (
        "The archive {file} cannot be used ({error}); check the folder, its disk and the file's permissions.",
        "아카이브 {file} 파일을 사용할 수 없습니다({error}). 폴더와 디스크, 파일 권한을 확인하세요.",
    ),
    "archive.database_unusable": (
        "The archive's database at {database} cannot be used ({error}); check the server and DATABASE_URL.",
        "아카이브 데이터베이스 {database}에 접근할 수 없습니다({error}). 서버와 DATABASE_URL을 확인하세요.",
    ),
    "archive.not_migrated": (
        "The archive cannot be brought to the schema of this release ({error}).",
        "아카이브를 이 버전의 스키마로 마이그레이션할 수 없습니다({error}).",
    ),
    "archive.busy": (
        "All {count} connections to the archive are in use; try again in a moment.",
        "아카이브 연결 {count}개가 모두 사용 중입니다. 잠시 후 다시 시도하세요.",
    ),
    "archive.older_schema": (
        "The archive has schema {found}, and this release reads {newest}; its recorder migrates it, so start that.",
        "아카이브의 스키마가 {found}이며, 이 버전의 스키마는 {newest}입니다. "
        "레코더를 시작하면 레코더가 마이그레이션합니다.",
    ),
    "search.too_long": (
        "The words of a search may have {max_length} characters.",
        "검색어는 {max_length}자까지 쓸 수 있습니다.",
    ),
    "search.too_many_words": (
        'A search may have {count} words; put those that stand together into "quotation marks".',
        '검색어는 {count}개까지 쓸 수 있습니다. 이어진 말은 "따옴표"로 묶으세요.',
    ),
    "search.word_too_short": (
        "`{word}` is too short: a word needs {length} characters.",
        "`{word}`: 검색어는 {length}자 이상이어야 합니다.",
    ),
    "search.bad_person": (
        "A person is a kind and an id, such as user:kim; the kinds are {kinds}.",
        "사람은 user:kim처럼 종류와 ID로 씁니다. 종류: {kinds}",
    ),
    "search.bad_label": (
        "A label is its name, or name=value.",
        "레이블은 이름이나 이름=값으로 씁니다.",
    ),
    "search.empty_range": (
        "The end of the range must not be before its beginning.",
        "범위의 끝이 시작보다 앞설 수 없습니다.",
    ),
    "search.archive_off": (
        "Nothing is recorded in the archive (ARCHIVE is off), so there is nothing to search.",
        "아카이브가 꺼져 있어(ARCHIVE 꺼짐) 검색할 알림이 없습니다.",
    ),
    "search.files": (
        "{count} files of alerts are being sent already; try again when one of them is done.",
        "이미 알림 파일 {count}개를 보내는 중입니다. 끝난 뒤에 다시 시도하세요.",
    ),
    "missing.search": (
        "There is no saved search {search_id}, or it belongs to another person.",
        "ID가 {search_id}인 저장된 검색이 없거나 다른 사람의 검색입니다.",
    ),
    "conflict.searches_full": (
        "There are {limit} saved searches, which is the most; delete those that nobody uses.",
        "검색은 모두 {limit}개까지 저장할 수 있습니다. 쓰지 않는 검색을 삭제하세요.",
    ),
    "conflict.own_searches_full": (
        "You have saved {limit} searches, which is the most; delete those that you do not use.",
        "한 사람이 검색을 {limit}개까지 저장할 수 있습니다. 쓰지 않는 검색을 삭제하세요.",
    ),
    "invalid.search_too_large": (
        "may have {max_bytes} bytes as JSON",
        "JSON으로 {max_bytes}바이트까지 가능합니다",
    ),
    "forbidden.share_search": (
        "Only operators make, change and delete searches that are shared; save it for yourself.",
        "공유 검색은 operator만 만들고 바꾸고 삭제할 수 있습니다. 본인용으로 저장하세요.",
    ),
    "forbidden.unshare_search": (
        "Only its owner can stop sharing a search; others can delete it.",
        "공유는 검색의 소유자만 해제할 수 있습니다. 다른 사람은 삭제만 할 수 있습니다.",
    ),
    "search.several_saved": (
        "Several saved searches have the name {name}; give the id of one: {ids}.",
        "이름이 {name}인 저장된 검색이 여러 개입니다. ID를 지정하세요: {ids}",
    ),
    "search.indexing": (
        "alerts from before the upgrade are still being added to the search; older ones may be missing",
        "업그레이드 전의 알림을 검색에 추가하는 중이어서, 오래된 알림이 빠져 있을 수 있음",
    ),
    "archive.newer_schema": (
        "The archive has schema {found}, and this release reads schemas up to {newest}; install the newer release.",
        "아카이브의 스키마가 {found}이며, 이 버전은 {newest}까지만 읽을 수 있습니다. 더 새로운 버전을 설치하세요.",
    ),
}

"""The sentences about scraping: why a scrape failed, what is wrong with jobs and files; for `sentences`. Data."""

SCRAPE_SENTENCES: dict[str, tuple[str, str]] = {
    # A scrape without a result.
    "scrape.too_slow": (
        "the target did not send its page within {limit_s} s",
        "타깃이 {limit_s}초 안에 페이지를 다 보내지 않음",
    ),
    "scrape.broke": (
        "the connection to the target broke: {error}",
        "타깃과의 연결이 끊김: {error}",
    ),
    "scrape.status": ("the target answered {status} {words}", "타깃의 응답: {status} {words}"),
    "scrape.redirects": (
        "the target redirects more than {limit} times",
        "타깃이 {limit}번보다 많이 리디렉션함",
    ),
    "scrape.redirected_nowhere": (
        "the target redirects to an address that is not http or https",
        "타깃이 http나 https가 아닌 주소로 리디렉션함",
    ),
    "scrape.encoding": (
        "the page has the Content-Encoding '{given}'; gzip is supported",
        "페이지의 Content-Encoding이 '{given}'임. gzip만 지원함",
    ),
    "scrape.page_bytes": (
        "the page has more than {limit} bytes",
        "페이지가 {limit}바이트보다 큼",
    ),
    # A page that cannot be read.
    "ingest.page_type": (
        "the page has the Content-Type '{given}'; supported: {wanted}",
        "페이지의 Content-Type이 '{given}'임. 지원하는 값: {wanted}",
    ),
    "ingest.no_eof": (
        "the page does not end with '# EOF', so part of it may be missing",
        "페이지가 '# EOF'로 끝나지 않아 일부가 빠졌을 수 있음",
    ),
    "ingest.after_eof": ("the page goes on after '# EOF'", "'# EOF' 뒤에 내용이 더 있음"),
    "ingest.page_cut_off": (
        "the last line of the page is incomplete",
        "페이지의 마지막 줄이 잘림",
    ),
    "ingest.page_line": (
        "'{given}' does not begin with the name of a metric",
        "메트릭 이름으로 시작하지 않음: '{given}'",
    ),
    "ingest.page_value": (
        "a value and at most a time must follow the series, not '{given}'",
        "시계열 뒤에는 값과 시각(선택)만 올 수 있음: '{given}'",
    ),
    "ingest.page_label": ("'{given}' is no label", "레이블이 아님: '{given}'"),
    "ingest.page_time": (
        "the time {given} is before 2000 or more than five minutes ahead",
        "2000년 이전이거나 5분 넘게 앞선 시각: {given}",
    ),
    # Jobs.
    "missing.scrape_job": ("There is no scrape job {name}.", "{name} 스크레이프 작업이 없습니다."),
    "backup.other_scrape_job": ("is another scrape job", "다른 스크레이프 작업입니다"),
    "stale.scrape_job": (
        "The scrape job {name} has changed since it was read; load it again.",
        "{name} 스크레이프 작업이 그사이 변경되었습니다. 다시 불러오세요.",
    ),
    "conflict.scrape_jobs_full": (
        "There are {limit} scrape jobs already; delete one first.",
        "스크레이프 작업은 {limit}개까지 만들 수 있습니다. 먼저 하나를 삭제하세요.",
    ),
    "invalid.host_and_port": (
        "'{given}' is no host:port, such as web-1:9100",
        "호스트:포트 형식(예: web-1:9100)이 아닙니다: '{given}'",
    ),
    "invalid.no_certificate": ("is no certificate in PEM form", "PEM 형식의 인증서가 아닙니다"),
    "invalid.timeout_over_interval": (
        "timeout_seconds must be at most interval_seconds",
        "timeout_seconds는 interval_seconds 이하여야 합니다",
    ),
    "invalid.basic_or_bearer": (
        "use either username and password or bearer_token",
        "username과 password, 또는 bearer_token 중 하나만 쓸 수 있습니다",
    ),
    "invalid.password_alone": ("a password needs a username", "password에는 username도 필요합니다"),
    # Files of targets.
    "scrape.file_unreadable": ("the file cannot be read: {error}", "파일을 읽을 수 없음: {error}"),
    "scrape.file_bytes": ("the file has more than {limit} bytes", "파일이 {limit}바이트보다 큼"),
    "scrape.file_form": (
        "the file is no list of targets and labels: {error}",
        "targets와 labels의 목록이 아님: {error}",
    ),
    "scrape.file_targets": ("the file has more than {limit} targets", "타깃이 {limit}개를 넘음"),
    "scrape.file_labels": (
        "a group has more than {limit} labels",
        "레이블이 {limit}개를 넘는 그룹이 있음",
    ),
    "scrape.file_label": ("the label '{label}' {because}", "레이블 '{label}': {because}"),
    "scrape.file_address": (
        "__scheme__ '{scheme}' and __metrics_path__ '{path}' make no address",
        "올바른 주소가 아님: __scheme__ '{scheme}', __metrics_path__ '{path}'",
    ),
}

"""The sentences of what cannot be taken over of Prometheus' rules, and of what changes, for `sentences`. Data."""

IMPORT_SENTENCES: dict[str, tuple[str, str]] = {
    "import.no_groups": (
        "holds no groups of rules; give a file with `groups:`, as Prometheus reads it",
        "규칙 그룹이 없습니다. Prometheus가 읽는, `groups:`가 있는 파일을 지정하세요",
    ),
    "import.beyond_limit": ("holds more than {limit} rules", "규칙이 {limit}개보다 많습니다"),
    "import.library_missing": (
        "the PromQL parser is missing; install it: pip install 'enhanced-alerts[import]'",
        "PromQL 파서가 없습니다. 설치하세요: pip install 'enhanced-alerts[import]'",
    ),
    "import.no_name_of_alert": ("names no alert", "alert 이름이 없습니다"),
    "import.recorded": (
        "filters the result of the recording rule {name}, or looks at a range of it; leave the recording rule in "
        "Prometheus, which can send its result like any metric",
        "기록 규칙 {name}의 결과를 거르거나 범위로 봅니다. 기록 규칙을 Prometheus에 그대로 두면 "
        "결과를 다른 지표처럼 보낼 수 있습니다",
    ),
    "import.recorded_deep": (
        "uses recording rules that use others, more than {depth} times, or themselves",
        "기록 규칙이 다른 기록 규칙을 {depth}번보다 많이 거치거나 자신을 사용합니다",
    ),
    "import.no_promql": ("is no PromQL: {error}", "PromQL이 아닙니다: {error}"),
    "import.long": ("is longer than {max_length} characters", "{max_length}자보다 깁니다"),
    "import.deep": ("nested deeper than {depth}", "{depth}단계보다 깊게 중첩되어 있습니다"),
    "import.no_comparison": (
        "compares nothing: a rule needs a comparison with a number",
        "비교가 없습니다. 규칙에는 수와의 비교가 필요합니다",
    ),
    "import.no_metric": ("depends on no metric", "지표가 없습니다"),
    "import.bool": (
        "compares with `bool`, which always gives a value, so the alert would never end",
        "`bool` 비교는 언제나 값을 내므로 알림이 끝나지 않습니다",
    ),
    "import.fleet": (
        "computes with {function}, or compares it with no number; a fleet rule compares one aggregate with a number",
        "{function} 집계로 계산하거나 수와 비교하지 않습니다. fleet 규칙은 집계 하나를 수와 비교합니다",
    ),
    "import.fleet_of": (
        "takes {function} of a rate or statistic; a fleet rule aggregates newest values",
        "변화율이나 통계를 {function} 집계합니다. fleet 규칙은 최신 값만 집계합니다",
    ),
    "import.fleet_joined": (
        "joins an aggregate by `{operator}`; a fleet rule stands alone",
        "집계를 다른 조건과 결합합니다(`{operator}`). fleet 규칙은 다른 조건과 결합할 수 없습니다",
    ),
    "import.without": (
        "groups by `without`; name the labels with `by`",
        "`without`으로 묶습니다. `by`로 레이블을 지정하세요",
    ),
    "import.aggregation": ("there is no aggregation {function} here", "{function} 집계는 없습니다"),
    "import.function": ("there is no function {function} here", "{function} 함수는 없습니다"),
    "import.operator": ("there is no operator {operator} here", "{operator} 연산자는 없습니다"),
    "import.expression": ("{expression} is no part of a formula", "수식에 쓸 수 없습니다: {expression}"),
    "import.filter": (
        "computes with the result of a comparison without `bool`",
        "`bool`이 없는 비교의 결과로 계산합니다",
    ),
    "import.arithmetic_of_ranges": (
        "computes with {function} and another metric; a formula computes with newest values alone",
        "{function} 결과를 다른 지표와 계산합니다. 수식은 최신 값만 계산합니다",
    ),
    "import.formula": ("is no formula: {because}", "수식으로 쓸 수 없습니다: {because}"),
    "import.number": ("holds a number that is not finite", "유한하지 않은 수가 있습니다"),
    "import.subquery": (
        "takes a range of an expression (subquery); only ranges of metrics are possible",
        "식의 범위(서브쿼리)를 씁니다. 지표의 범위만 쓸 수 있습니다",
    ),
    "import.absent_of": ("asks for the absence of an expression, not of a metric", "지표가 아닌 식의 부재를 봅니다"),
    "import.matching": (
        "joins series with different labels (on, ignoring, group_left); a formula is over the metrics of one plugin",
        "레이블이 다른 시계열을 결합합니다(on, ignoring, group_left). 수식은 한 플러그인의 지표만 계산합니다",
    ),
    "import.different_labels": (
        "has different label matchers on both sides of `{operator}`",
        "`{operator}` 양쪽의 레이블 조건이 다릅니다",
    ),
    "import.offset": ("looks at another time (offset, @)", "다른 시각을 봅니다(offset, @)"),
    "import.alternatives": ("joins label matchers with `or`", "레이블 조건을 `or`로 결합합니다"),
    "import.no_name": ("names no metric exactly", "지표 이름이 정확히 지정되지 않았습니다"),
    "import.quantile": ("is another quantile than {quantiles}", "지원하는 분위수는 {quantiles}뿐입니다"),
    "import.regex": (
        "has a regular expression that is no glob ({matcher})",
        "글롭으로 쓸 수 없는 정규식이 있습니다({matcher})",
    ),
    "import.duration": ("{field} is no duration: {given}", "{field}: 기간이 아닙니다({given})"),
    # What means not quite the same.
    "import.note_absent": (
        "fires for each plugin that stops sending the metric, not if none has ever sent it",
        "지표를 보내다 멈춘 플러그인마다 발생하며, 한 번도 보낸 적이 없으면 발생하지 않습니다",
    ),
    "import.note_unless": (
        "does not fire while the metric after `unless` is missing; Prometheus does",
        "`unless` 뒤의 지표가 없으면 발생하지 않습니다(Prometheus는 발생)",
    ),
    "import.note_rate": (
        "does not extrapolate to the ends of the range, as Prometheus does",
        "Prometheus와 달리 범위의 양 끝으로 외삽하지 않습니다",
    ),
    "import.note_scaled": (
        "arithmetic was moved to the threshold, which is now {threshold}",
        "산술을 임계값으로 옮겼습니다. 새 임계값: {threshold}",
    ),
    "import.note_quantile": (
        "the percentile is a measured value, not interpolated",
        "백분위수는 보간하지 않은 측정값입니다",
    ),
    "import.note_fleet": (
        "its groups are computed every few seconds; a count of nothing is 0, where Prometheus has no result",
        "그룹을 몇 초마다 계산하며, 해당하는 것이 없으면 0으로 셉니다(Prometheus는 결과 없음)",
    ),
    "import.note_recorded": (
        "computes the results of recording rules itself: {names}",
        "기록 규칙의 결과를 직접 계산합니다: {names}",
    ),
    "import.note_labels": ("leaves out the labels {labels}", "제외된 레이블: {labels}"),
    "import.note_annotations": (
        "leaves out the annotations {annotations}",
        "제외된 애너테이션: {annotations}",
    ),
    "import.note_severity": (
        "does not know the severity {given}; it is warning now",
        "모르는 심각도 {given} 대신 warning을 썼습니다",
    ),
    # The command's answer.
    "import.line": ("line {line}, {name}: {because}", "{line}번째 줄, {name}: {because}"),
    "import.summary": ("Alerts translated: {translated} of {alerts}", "알림 {alerts}개 중 {translated}개를 옮김"),
}

"""The sentences of fleet rules, for `sentences`. Data."""

FLEET_SENTENCES: dict[str, tuple[str, str]] = {
    "fleet.avg": ("avg({metric})", "{metric} 평균"),
    "fleet.sum": ("sum({metric})", "{metric} 합계"),
    "fleet.min": ("min({metric})", "{metric} 최솟값"),
    "fleet.max": ("max({metric})", "{metric} 최댓값"),
    "fleet.count": ("number of plugins with {metric}", "{metric} 보고 플러그인 수"),
    "fleet.count_each": (
        "number of plugins with {metric} {operator} {threshold}",
        "{metric} {operator} {threshold} 조건에 해당하는 플러그인 수",
    ),
    "fleet.share_each": (
        "percentage of plugins with {metric} {operator} {threshold}",
        "{metric} {operator} {threshold} 조건에 해당하는 플러그인 비율(%)",
    ),
    "fleet.over": ("{because}, over {plugins} plugins", "{because} (플러그인 {plugins}개)"),
    "fleet.breaching": (
        "{because}, {breaching} of {plugins} plugins",
        "{because} (플러그인 {plugins}개 중 {breaching}개)",
    ),
    "fleet.examples": ("{because}: {examples}", "{because}: {examples}"),
    "fleet.incomplete": (
        "{because}; only {reported} of {partitions} partitions reported",
        "{because} (전체 파티션 {partitions}개 중 {reported}개만 집계)",
    ),
    "fleet.nothing_left": (
        "no plugin of the group reports {metric} any more",
        "{metric} 지표를 보고하는 플러그인이 그룹에 더 이상 없음",
    ),
    "invalid.compound_fleet": (
        "a fleet condition cannot be a part of a compound; make it a rule of its own",
        "fleet 조건은 compound에 넣을 수 없습니다. 별도의 규칙으로 만드세요",
    ),
    "invalid.fleet_one_plugin": (
        "a fleet rule covers many plugins; choose them with plugins or labels",
        "fleet 규칙은 여러 플러그인에 적용됩니다. plugins나 labels로 대상을 지정하세요",
    ),
    "invalid.fleet_each_half": (
        "give both each_operator and each_threshold, or neither",
        "each_operator와 each_threshold는 함께 지정하거나 모두 빼세요",
    ),
    "invalid.fleet_each_missing": (
        "share needs each_operator and each_threshold: the share of plugins whose value compares so",
        "share에는 each_operator와 each_threshold가 필요합니다",
    ),
    "invalid.fleet_each_misplaced": (
        "each_operator and each_threshold belong to share and count, not to {aggregate}",
        "each_operator와 each_threshold는 share와 count에만 지정할 수 있습니다(현재 {aggregate})",
    ),
    "invalid.fleet_by_twice": ("names a label twice", "같은 레이블이 두 번 있습니다"),
    "event.reserved": (
        "begins with {prefix}, which is reserved for groups of fleet rules; choose another name",
        "{prefix} 접두사는 fleet 규칙의 그룹 전용입니다. 다른 이름을 쓰세요",
    ),
    "event.no_report": ("not a usable report of a partition: {error}", "사용할 수 없는 파티션 보고입니다: {error}"),
}

"""The sentences about tests of rules in files, for `sentences`. Data."""

RULE_TEST_SENTENCES: dict[str, tuple[str, str]] = {
    "ruletest.nothing_expected": (
        "expects nothing: give alerts, notifications or both; [] means that there is none",
        "기대하는 결과가 없습니다. alerts나 notifications를 지정하세요. []는 하나도 없음을 뜻합니다",
    ),
    "ruletest.no_time": (
        "'{given}' is no length of time of at most 31 days: write 90s, 5m, 2h or 1d",
        "31일 이하의 시간으로 읽을 수 없음: '{given}'. 90s, 5m, 2h, 1d 형식으로 쓰세요",
    ),
    "ruletest.no_line": (
        "cannot be read: '{given}'; write '60s app-1 cpu=99', '5m ack app-1', '0s silence night 1h plugin_id=app-*' "
        "or '2m disable rule-id', of rules that there are",
        "읽을 수 없음: '{given}'. '60s app-1 cpu=99', '5m ack app-1', '0s silence night 1h plugin_id=app-*', "
        "'2m disable rule-id' 형식으로 쓰고, 있는 규칙만 지정하세요",
    ),
    "ruletest.no_file": (
        "there is no file of tests in it: their names end in .test.toml or .test.json",
        "테스트 파일이 없습니다. 파일 이름은 .test.toml이나 .test.json으로 끝나야 합니다",
    ),
    "ruletest.why": ("{rule_id} at {at}: {because}", "{rule_id}, {at}: {because}"),
}

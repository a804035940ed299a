"""The sentences of imports of channels and routes: what is not taken over, and what differs; for `sentences`. Data."""

IMPORT_FILE_SENTENCES: dict[str, tuple[str, str]] = {
    # The file.
    "import.no_alertmanager": (
        "holds no `route` and `receivers`; give the configuration of Alertmanager",
        "`route`와 `receivers`가 없습니다. Alertmanager 설정 파일을 지정하세요",
    ),
    "import.file_deep": (
        "has lists and mappings more than {depth} levels deep",
        "목록과 매핑의 중첩은 {depth}단계 이하여야 합니다",
    ),
    "import.file_aliases": (
        "uses anchors more than {limit} times; write out what they stand for",
        "앵커(anchor) 참조는 {limit}개 이하여야 합니다. 내용을 직접 적으세요",
    ),
    "import.file_values": (
        "holds more than {limit} values, with each anchor written out",
        "앵커를 모두 풀면 값이 {limit}개보다 많습니다",
    ),
    "import.field_twice": (
        "has the field {field} twice in one place, again in line {line}; remove one of them",
        "{field} 필드가 한 곳에 두 번 있습니다({line}번째 줄). 하나를 지우세요",
    ),
    "import.not_text": ("{field} must be a text", "{field}: 텍스트여야 합니다"),
    "import.not_list": ("{field} must be a list", "{field}: 목록이어야 합니다"),
    "import.field_left_out": (
        "leaves out {field}, which has no counterpart here",
        "제외된 필드(대응 기능 없음): {field}",
    ),
    "import.one_file": (
        "must be one file: Alertmanager reads one configuration",
        "파일은 하나여야 합니다. Alertmanager 설정은 파일 하나입니다",
    ),
    "import.no_grafana": (
        "holds no `contactPoints` or no `policies`; export both from Grafana, as YAML or JSON, and name all files",
        "`contactPoints` 또는 `policies`가 없습니다. Grafana에서 둘 다 YAML이나 JSON으로 내보내고 "
        "모든 파일을 지정하세요",
    ),
    "import.one_policy": (
        "leaves out this tree of policies: there is one tree of routes, made of the first",
        "이 정책 트리 제외: 라우트 트리는 하나이며 첫 번째 정책으로 만듭니다",
    ),
    # Channels.
    "import.quiet_receiver": (
        "names no integration; its alerts stand on the board, and the channel {channel} is the only one notified",
        "연동이 없습니다. 알림은 현황판에 나오며 {channel} 채널에만 알립니다",
    ),
    "import.no_kind": (
        "there is no channel for {service}; the routes send to {channel}, and what goes there waits as dead letters "
        "until you enter an address of Apprise for it ({address})",
        "{service} 채널이 없습니다. 라우트는 {channel} 채널로 보내며, Apprise 주소({address})를 입력할 때까지 "
        "데드 레터로 보관됩니다",
    ),
    "import.unknown_kind": (
        "there is no channel for {service}; the routes send to {channel}, and what goes there waits as dead letters "
        "until you enter an address of Apprise for it, or give the routes another channel",
        "{service} 채널이 없습니다. 라우트는 {channel} 채널로 보내며, Apprise 주소를 입력하거나 "
        "다른 채널을 지정할 때까지 데드 레터로 보관됩니다",
    ),
    "import.no_secret": (
        "{channel} is not configured: {because}. Enter it on the page Channels; until then its notifications wait as "
        "dead letters",
        "{channel} 채널을 설정하지 못했습니다: {because}. 채널 페이지에서 입력하세요. "
        "그때까지 알림은 데드 레터로 보관됩니다",
    ),
    "import.masked": (
        "{field} is masked in this file; take the file that the system itself reads",
        "이 파일에서는 {field} 값이 가려져 있습니다. 시스템이 직접 읽는 파일을 쓰세요",
    ),
    "import.masked_export": (
        "{field} is masked in this export; export with decrypted secrets, or enter it by hand",
        "내보낸 파일에서 {field} 값이 가려져 있습니다. 비밀 값을 풀어서 내보내거나 직접 입력하세요",
    ),
    "import.no_mail_server": (
        "the mail server stands in Grafana's own settings and not in the export; the addresses are {addresses}",
        "메일 서버는 내보낸 파일이 아니라 Grafana 설정에 있습니다. 주소: {addresses}",
    ),
    "import.no_end_message": (
        "disableResolveMessage is set; here every channel that was notified of a firing is notified of its end",
        "disableResolveMessage가 켜져 있지만, 여기서는 발생을 알린 채널에 해결도 알립니다",
    ),
    "import.always_post": ("httpMethod is PUT; here the request is a POST", "httpMethod가 PUT이지만 POST로 요청합니다"),
    "import.file_secret": (
        "the file {file} cannot be read here; run the command where it lies",
        "파일 {file} 내용을 읽을 수 없습니다. 파일이 있는 곳에서 명령을 실행하세요",
    ),
    "import.secret_missing": ("the file does not say {field}", "파일에 {field} 값이 없습니다"),
    "import.old_key": (
        'service_key is a key of PagerDuty\'s first Events API; make an integration "Events API v2" and take its key',
        'service_key는 PagerDuty Events API v1의 키입니다. "Events API v2" 연동을 만들어 그 키를 쓰세요',
    ),
    "import.channel_bad": (
        "{channel} is not configured: {because}. Enter its settings on the page Channels; until then its notifications "
        "wait as dead letters",
        "{channel} 채널을 설정하지 못했습니다: {because}. 채널 페이지에서 설정하세요. "
        "그때까지 알림은 데드 레터로 보관됩니다",
    ),
    "import.replaces": (
        "It replaces the routes in force (version {version}, routes: {routes}). New channels: {added}; changed ones: "
        "{replaced}",
        "적용 중인 라우트(버전 {version}, 라우트 {routes}개)를 바꿉니다. 새 채널: {added}. "
        "설정이 바뀌는 채널: {replaced}",
    ),
    "import.replaces_channels": (
        "The same routes are in force (version {version}). New channels: {added}; changed ones: {replaced}",
        "같은 라우트가 이미 적용 중입니다(버전 {version}). 새 채널: {added}. 설정이 바뀌는 채널: {replaced}",
    ),
    "import.not_compared": (
        "What it would replace here is not known: {because}",
        "여기에서 무엇을 바꾸는지는 확인하지 못했습니다: {because}",
    ),
    "import.always_resolved": (
        "send_resolved is false; here every channel that was notified of a firing is notified of its end",
        "send_resolved가 false이지만, 여기서는 발생을 알린 채널에 해결도 알립니다",
    ),
    "import.always_verified": (
        "insecure_skip_verify is left out; here certificates are verified, so enter the authority's as ca_certificate",
        "insecure_skip_verify는 제외됩니다. 인증서를 항상 검증하므로 ca_certificate에 인증 기관의 인증서를 넣으세요",
    ),
    "import.no_authorization": (
        "leaves out {field}: requests are sent without it, and a receiver that needs it will refuse them",
        "{field} 제외: 이 값 없이 요청하므로, 이 값을 요구하는 수신자는 거부합니다",
    ),
    "import.slack_channel": (
        "leaves out the channel {channel}: a webhook posts to the channel that it was made for",
        "channel {channel} 제외: 웹훅은 만들 때 정한 채널에 올립니다",
    ),
    "import.teams_connector": (
        "this is the address of a connector, which Microsoft has retired; make a flow and enter its address",
        "Microsoft가 종료한 커넥터의 주소입니다. 워크플로를 만들어 그 주소를 입력하세요",
    ),
    "import.template": (
        "{field} does more than name labels, annotations and the state; the default wording is used",
        "{field} 템플릿은 레이블, 애너테이션, 상태 외의 기능을 쓰므로 기본 문구를 씁니다",
    ),
    "import.template_file": (
        "no template could be read from {file}; texts that use its templates have the default wording",
        "{file}에서 템플릿을 읽지 못했습니다. 이 템플릿을 쓰는 문구는 기본 문구가 됩니다",
    ),
    # Routes.
    "import.object_matcher": (
        "a matcher must be a list of label, operator (=, !=, =~, !~) and value",
        "조건은 레이블, 연산자(=, !=, =~, !~), 값의 목록이어야 합니다",
    ),
    "import.no_receiver": (
        "names the receiver '{receiver}', which the file does not have",
        "파일에 없는 수신자 '{receiver}' 지정",
    ),
    "import.route_lost": (
        "leaves out this route and those below it, so their alerts stay with the route above: {because}",
        "이 라우트와 하위 라우트 제외. 알림은 상위 라우트가 맡습니다: {because}",
    ),
    "import.shortened": (
        "{field} is {given}, and {ours} is at most {limit}, which is used",
        "{field} 값 {given} 대신 {ours} 최댓값 {limit} 사용",
    ),
    "import.no_interval": (
        "leaves out the time interval {interval}, which the file does not have, or which could not be taken over; the "
        "channels are notified at any time",
        "파일에 없거나 옮길 수 없는 시간 구간 {interval} 제외. 채널에 언제나 알립니다",
    ),
    "import.interval_lost": ("leaves out this time interval: {because}", "이 시간 구간 제외: {because}"),
    "import.local_time": (
        "location is the machine's own zone; UTC is used, so enter the zone, e.g. Asia/Seoul",
        "location이 그 장비의 시간대입니다. UTC를 쓰므로 Asia/Seoul처럼 시간대를 적으세요",
    ),
    "import.inhibit_rule_lost": (
        "leaves out this rule of inhibition, so channels are notified of its targets too: {because}",
        "이 억제 규칙 제외. 대상 알림도 채널에 알립니다: {because}",
    ),
    "import.many_inhibit_rules": (
        "leaves out this rule of inhibition and those after it: there are at most {limit}",
        "억제 규칙은 {limit}개까지입니다. 이 규칙과 그 뒤의 규칙을 제외합니다",
    ),
    # The command's answer.
    "import.plan": (
        "Channels: {channels}; routes: {routes}; inhibit rules: {inhibit_rules}. Not taken over: {lost}; different: "
        "{different}",
        "채널 {channels}개, 라우트 {routes}개, 억제 규칙 {inhibit_rules}개. 옮기지 못함: {lost}, 달라짐: {different}",
    ),
    "import.only_shown": (
        "Nothing was changed; with --apply it is put in force",
        "변경된 것은 없습니다. 적용하려면 --apply를 지정하세요",
    ),
    "import.applied": (
        "In force: version {version} of the routes; changed channels: {channels}",
        "적용됨: 라우트 {version}번 버전, 변경된 채널: {channels}",
    ),
    "import.same": (
        "Everything is in force already; nothing was changed",
        "이미 모두 적용되어 있어 변경하지 않았습니다",
    ),
    "import.undone": (
        "Undone: channels and routes are as before the last import; changed channels: {channels}",
        "되돌림: 채널과 라우트가 마지막 가져오기 전과 같습니다. 변경된 채널: {channels}",
    ),
    "import.changed_since": (
        "Changed since the import of {system}: {changed}. Nothing was undone; undo these changes first, or change the "
        "routes and channels by hand.",
        "{system} 가져오기 뒤에 변경됨: {changed}. 되돌리지 않았습니다. "
        "이 변경을 먼저 되돌리거나 라우트와 채널을 직접 고치세요.",
    ),
    "import.no_file": (
        "name the file to import, or undo the last import with --undo",
        "가져올 파일을 지정하거나, 마지막 가져오기를 되돌리려면 --undo를 지정하세요",
    ),
    "missing.import": (
        "There is no import of {system} to undo.",
        "되돌릴 {system} 가져오기가 없습니다.",
    ),
}

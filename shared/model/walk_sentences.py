"""The sentences of the doctor's walks (`--rule`, `--alert`, `--email`, `--websocket`), and notes on rules. Data."""

WALK_SENTENCES: dict[str, tuple[str, str]] = {
    # A rule that does not fire.
    "note.nobody_covered": (
        "no plugin this rule covers has been heard of yet",
        "이 규칙이 적용되는 플러그인에서 받은 이벤트가 아직 없음",
    ),
    "note.metric_unheard": (
        "no plugin has published the metric {metric} yet",
        "{metric} 지표를 보낸 플러그인이 아직 없음",
    ),
    "note.did_you_mean": ("{because}; did you mean {name}?", "{because}. 혹시 {name}인가요?"),
    "note.channel_unconfigured": (
        "the channel {channel} is not configured yet, so it tells nobody; configure it with "
        "PUT /api/enhanced-alerts/channels/{channel}/config, and try it with `enhanced-alerts channels test {channel}`",
        "{channel} 채널이 아직 설정되지 않아 아무에게도 알리지 않음. "
        "설정: PUT /api/enhanced-alerts/channels/{channel}/config, 테스트: enhanced-alerts channels test {channel}",
    ),
    "note.shown": ("Note: {note}", "참고: {note}"),
    "note.edit_undone": (
        "this rule came from {source}; the next rules apply undoes the edit",
        "이 규칙은 {source}에서 가져온 것이어서 다음에 `rules apply`를 실행하면 변경이 취소됨",
    ),
    "remedy.list_rules": ("`enhanced-alerts rules list` lists them.", "목록: `enhanced-alerts rules list`"),
    "doctor.rule": ("rule {rule_id}: {condition}", "{rule_id} 규칙: {condition}"),
    "doctor.rule_off": ("the rule is off", "규칙이 꺼져 있음"),
    "remedy.rule_on": ("enhanced-alerts rules enable {rule_id}.", "켜세요: enhanced-alerts rules enable {rule_id}"),
    "remedy.compare_names": (
        "Compare the names: enhanced-alerts top --plugins --once.",
        "이름을 비교하세요: enhanced-alerts top --plugins --once",
    ),
    "doctor.plugin_silent": (
        "{plugin_id} has been silent for {minutes} min",
        "{plugin_id}: {minutes}분 동안 이벤트 없음",
    ),
    "remedy.is_plugin_running": (
        "Is it running? Only new samples fire.",
        "플러그인이 실행 중인지 확인하세요. 새 샘플만 알림을 발생시킵니다.",
    ),
    "doctor.plugin_late": (
        "{plugin_id}'s samples come {late_s} s late, older than what came before: they decide nothing",
        "{plugin_id}: 샘플의 시각이 먼저 온 샘플보다 {late_s}초 앞서 판정에 쓰이지 않음",
    ),
    "remedy.check_clock": (
        "Check its clock, and whether two programs publish under its id.",
        "플러그인의 시계를 확인하고, 두 프로그램이 같은 ID로 보내고 있지 않은지 확인하세요.",
    ),
    "doctor.newest": ("{plugin_id}: newest {samples}", "{plugin_id}: 최신 값 {samples}"),
    "doctor.more_alike": (
        "{because}; and {count} more findings of this kind",
        "{because}. 그 밖에 같은 항목 {count}건",
    ),
    "doctor.plugin_without_evaluator": (
        "nobody evaluates partition {partition}, where {plugin_id} is",
        "{plugin_id} 플러그인의 파티션({partition})을 평가하는 평가기가 없음",
    ),
    "doctor.cooling": (
        "{plugin_id} is in its cooldown for {wait_s} s more",
        "{plugin_id}: 쿨다운이 {wait_s}초 남음",
    ),
    "remedy.cooldown": (
        "A new breach reopens the alert on the board; channels hear of it when the cooldown ends.",
        "조건이 다시 충족되면 실시간 현황에서 알림이 다시 열리고, 채널에는 쿨다운이 끝난 뒤 알립니다.",
    ),
    # An alert that was not sent.
    "remedy.list_alerts": (
        "`enhanced-alerts alerts list --history` lists them; if it never fired: doctor --rule ID.",
        "목록: `enhanced-alerts alerts list --history`. 발생한 적이 없으면: doctor --rule ID",
    ),
    "doctor.alert": (
        "alert {alert_id}: {rule_name}, {plugin_name}, {condition}; {state}",
        "{alert_id} 알림: {rule_name}, {plugin_name}, {condition}, 상태 {state}",
    ),
    "doctor.alert_pending": (
        "it has not fired: its condition must hold for a while first",
        "조건이 일정 시간 계속되어야 해서 아직 발생하지 않음",
    ),
    "remedy.alert_pending": (
        "Channels are notified when it fires; see for_seconds.",
        "발생하면 채널에 알립니다. for_seconds를 확인하세요.",
    ),
    "doctor.held_back": ("held back from channels ({step}): {because}", "채널 알림 보류({step}): {because}"),
    "remedy.held_back": ("Channels are notified when that ends.", "보류 사유가 끝나면 채널에 알립니다."),
    "remedy.silenced": (
        "Channels are notified when the silence ends: `enhanced-alerts silences list`, `silences expire ID`.",
        "무음이 끝나면 채널에 알립니다: `enhanced-alerts silences list`, `silences expire ID`",
    ),
    "remedy.inhibited": (
        "Channels are notified when the stronger alert ends, if it fires then; its rule says `inhibited_by`, or the "
        "routes have `inhibit_rules`.",
        "더 심각한 알림이 끝날 때 계속 발생 중이면 채널에 알립니다. "
        "규칙의 `inhibited_by`나 라우트의 `inhibit_rules`를 확인하세요.",
    ),
    "remedy.in_cooldown": (
        "Channels are notified when the cooldown ends, if it still fires; see `cooldown_minutes` of its rule.",
        "쿨다운이 끝날 때 계속 발생 중이면 채널에 알립니다. 규칙의 `cooldown_minutes`를 확인하세요.",
    ),
    "remedy.flapping": (
        "Channels are notified once a cooldown while it flaps; a `recover` limit or `for_seconds` calms it.",
        "플래핑 중에는 쿨다운마다 한 번 채널에 알립니다. `recover` 임계값이나 `for_seconds`로 줄일 수 있습니다.",
    ),
    "doctor.fired_in_cooldown": ("it fired again within its cooldown", "쿨다운 중에 다시 발생함"),
    "remedy.fired_in_cooldown": (
        "Channels are notified when the cooldown ends, if it fires then.",
        "쿨다운이 끝날 때 계속 발생 중이면 채널에 알립니다.",
    ),
    "doctor.no_channels": (
        "its rule names no channel: only the board shows it",
        "규칙에 채널이 없어 실시간 현황에만 표시됨",
    ),
    "remedy.name_channels": (
        "Name some: PATCH …/rules/<id> channels.",
        "채널을 지정하세요: PATCH …/rules/<id>의 channels",
    ),
    "doctor.told": ("{channel} was notified of '{news}'", "{channel}: '{news}' 알림을 보냄"),
    "doctor.told_answer": (
        "{channel} was notified of '{news}': {because}",
        "{channel}: '{news}' 알림을 보냄: {because}",
    ),
    "doctor.never_told": (
        "{channel} was never notified that it fired, so it is not notified of the end",
        "{channel}: 발생을 알리지 않았으므로 해결도 알리지 않음",
    ),
    "doctor.given_up": ("{channel} was given up: {because}", "{channel}: 전송을 포기함: {because}"),
    "doctor.no_reason": ("no reason is recorded", "기록된 이유 없음"),
    "remedy.retry": (
        "When that is mended: enhanced-alerts notifications retry --channel {channel} --alert {alert_id}.",
        "원인을 해결한 뒤 실행하세요: enhanced-alerts notifications retry --channel {channel} --alert {alert_id}",
    ),
    "doctor.attempts_failed": (
        "{channel} failed {attempts} times: {because}",
        "{channel}: 전송 {attempts}번 실패: {because}",
    ),
    "remedy.tried_again": ("It is tried again in {wait_s} s.", "{wait_s}초 뒤 다시 시도합니다."),
    "doctor.being_told": ("{channel} is being notified now", "{channel}: 지금 전송 중"),
    "doctor.not_yet_told": ("{channel} has not been notified yet", "{channel}: 아직 알리지 않음"),
    "remedy.not_yet_told": (
        "The router looks again within seconds; if this stays, see its log.",
        "라우터가 몇 초 안에 다시 처리합니다. 계속 이 상태이면 라우터의 로그를 확인하세요.",
    ),
    # Mail.
    "doctor.no_mail_channel": ("no e-mail channel is configured", "설정된 메일 채널 없음"),
    "remedy.mail_channel": (
        "Set SMTP_SERVER and the others, or PUT …/channels/email/config.",
        "SMTP_SERVER 등을 설정하거나 PUT …/channels/email/config로 설정하세요.",
    ),
    "doctor.mail_server_unknown": (
        "{channel}: there is no server {server} ({error})",
        "{channel}: {server} 서버를 찾을 수 없음({error})",
    ),
    "remedy.mail_server": ("Correct smtp_server.", "smtp_server를 고치세요."),
    "doctor.mail_connects": ("{channel}: {server} takes connections", "{channel}: {server} 연결됨"),
    "doctor.mail_encrypted": ("{channel}: encrypted", "{channel}: 암호화됨"),
    "doctor.mail_not_encrypted": ("{channel}: not encrypted", "{channel}: 암호화되지 않음"),
    "doctor.mail_signed_in": ("{channel}: it knows {name}", "{channel}: {name} 로그인 성공"),
    "doctor.of_channel": ("{channel}: {because}", "{channel}: {because}"),
    "remedy.mail_certificate": (
        "Correct smtp_server to the name in it, or paste the certificate of its authority as `ca_certificate`.",
        "smtp_server를 인증서에 있는 이름으로 고치거나, 인증 기관의 인증서를 `ca_certificate`에 붙여 넣으세요.",
    ),
    "doctor.mail_unreachable": (
        "{channel}: {server} takes no connection: {because}",
        "{channel}: {server}에 연결할 수 없음: {because}",
    ),
    "remedy.mail_port": (
        "Is smtp_port right (587 STARTTLS, 465 TLS), and does the firewall let this machine out?",
        "smtp_port(587 STARTTLS, 465 TLS)가 맞는지, 방화벽이 이 서버의 연결을 허용하는지 확인하세요.",
    ),
    "doctor.mail_failed": ("{channel}: {server}: {because}", "{channel}: {server}: {because}"),
    "remedy.mail_refused": (
        "Correct smtp_server, or OUTBOUND_ALLOW.",
        "smtp_server나 OUTBOUND_ALLOW를 고치세요.",
    ),
    "remedy.mail_security": (
        "Do port and `security` belong together?",
        "포트와 `security` 설정이 서로 맞는지 확인하세요.",
    ),
    "doctor.mail_credentials": (
        "{channel}: {server} refuses the user name or password ({status})",
        "{channel}: {server}에서 사용자 이름이나 비밀번호를 거부함({status})",
    ),
    "remedy.mail_credentials": (
        "With Gmail and others: an app password, not that of the account.",
        "Gmail 등에서는 계정 비밀번호가 아니라 앱 비밀번호를 쓰세요.",
    ),
    "remedy.mail_no_sign_in": (
        "Choose another `security`, or no username.",
        "다른 `security`를 선택하거나 username을 비우세요.",
    ),
    "doctor.mail_sender": (
        "{channel}: it does not send for {address} ({status} {answer})",
        "{channel}: {address} 발신 거부({status} {answer})",
    ),
    "remedy.mail_sender": ("Correct from_email.", "from_email을 고치세요."),
    "doctor.mail_recipient_refused": (
        "{channel}: it takes no mail for {address} ({status} {answer})",
        "{channel}: 수신자 {address} 거부({status} {answer})",
    ),
    "remedy.mail_recipient": ("Correct to_emails.", "to_emails를 고치세요."),
    "doctor.mail_recipient": ("{channel}: it takes mail for {address}", "{channel}: 수신자 {address} 허용"),
    "doctor.mail_try": (
        "{channel}: to see one arrive: enhanced-alerts channels test {channel}",
        "{channel}: 실제로 보내 보려면: enhanced-alerts channels test {channel}",
    ),
    # Updates of the page.
    "doctor.relay_missing": ("no relay is running", "실행 중인 릴레이 없음"),
    "remedy.relay": (
        "Start one: enhanced-alerts relay; its log is logs/alert_websocket.log.",
        "시작하세요: enhanced-alerts relay. 로그: logs/alert_websocket.log",
    ),
    "doctor.relay_runs": ("the relay runs; {browsers} browsers listen", "릴레이 실행 중, 연결된 브라우저 {browsers}개"),
    "doctor.relay_silent": ("nothing answers at {address} ({error})", "{address} 응답 없음({error})"),
    "remedy.relay_port": (
        "Is RELAY_PORT the one the relay was started with, and open in this machine's firewall?",
        "RELAY_PORT가 릴레이를 시작할 때의 값인지, 이 서버의 방화벽에서 열려 있는지 확인하세요.",
    ),
    "doctor.port_answers": ("port {port} answers", "포트 {port} 응답함"),
    "doctor.relay_refuses": ("the relay refuses listeners: {because}", "릴레이가 연결을 거부함: {because}"),
    "remedy.relay_log": ("See logs/alert_websocket.log.", "로그를 확인하세요: logs/alert_websocket.log"),
    "doctor.ticket": ("a ticket lets a page listen", "티켓으로 페이지를 연결할 수 있음"),
    "doctor.https_page": (
        "pages come from {address}, and browsers refuse ws:// from there",
        "페이지 주소: {address}. https 페이지에서는 브라우저가 ws:// 연결을 거부함",
    ),
    "remedy.relay_address": (
        "Set RELAY_PUBLIC_URL=wss://… and have the proxy pass /live to the relay (deploy/nginx.conf).",
        "RELAY_PUBLIC_URL=wss://…을 설정하고 프록시가 /live를 릴레이로 넘기게 하세요(deploy/nginx.conf).",
    ),
    "doctor.relay_here_only": (
        "browsers go to {address}, but the relay listens on this machine only",
        "브라우저는 {address}에 연결하지만 릴레이는 이 서버 안에서만 연결을 받음",
    ),
    "remedy.relay_host": (
        "Set RELAY_HOST=0.0.0.0 and open RELAY_PORT in the firewall, or set RELAY_PUBLIC_URL.",
        "RELAY_HOST=0.0.0.0으로 설정하고 방화벽에서 RELAY_PORT를 열거나 RELAY_PUBLIC_URL을 설정하세요.",
    ),
    "doctor.relay_address": ("browsers go to {address}", "브라우저가 연결하는 주소: {address}"),
    "doctor.relay_url_wrong": ("RELAY_PUBLIC_URL is {address}", "RELAY_PUBLIC_URL 설정: {address}"),
    "remedy.relay_url": (
        "It must begin with ws:// or wss://.",
        "ws:// 또는 wss://로 시작해야 합니다.",
    ),
    "doctor.plain_relay": (
        "pages come by https, and browsers refuse ws:// from there",
        "페이지가 https여서 브라우저가 ws:// 연결을 거부함",
    ),
    "remedy.plain_relay": (
        "Make RELAY_PUBLIC_URL begin with wss://.",
        "RELAY_PUBLIC_URL이 wss://로 시작하게 하세요.",
    ),
    "doctor.relay_url_leads_elsewhere": (
        "{address} does not lead to the relay: {because}",
        "{address} 주소가 릴레이로 이어지지 않음: {because}",
    ),
    "remedy.proxy_upgrade": (
        "The proxy must pass Upgrade and Connection with HTTP/1.1, as in deploy/nginx.conf.",
        "프록시는 deploy/nginx.conf처럼 HTTP/1.1로 Upgrade와 Connection 헤더를 넘겨야 합니다.",
    ),
    "doctor.relay_url_leads": ("{address} leads to the relay", "{address} 주소가 릴레이로 이어짐"),
    "socket.silent": ("it says nothing", "아무것도 보내지 않음"),
    "socket.failed": ("{error}", "{error}"),
    "socket.refused_status": ("the server answered {status}", "서버 응답: {status}"),
    "socket.no_websocket": ("the server does not speak WebSocket", "웹소켓 서버가 아님"),
    "socket.no_close_frame": (
        "the server closed the connection without a close frame",
        "서버가 종료 프레임 없이 연결을 끊음",
    ),
    "socket.no_text": ("the server sent a message that is not text", "서버가 텍스트가 아닌 메시지를 보냄"),
    "socket.closed": ("the server closed with code {status}", "서버가 코드 {status}번을 보내고 연결을 닫음"),
}

"""The sentences of what came of a delivery attempt, for `sentences`. Data."""

DELIVERY_SENTENCES: dict[str, tuple[str, str]] = {
    # What the other side answered, in its own words.
    "delivery.answer": ("{answer}", "{answer}"),
    "delivery.several": ("{parts}", "{parts}"),
    # What the product's own channels did, and what the product read in a provider's answer.
    "delivery.in_open_pages": ("shown in every open page", "열려 있는 모든 화면에 표시함"),
    "delivery.in_banner": ("in the board's banner", "실시간 현황의 배너에 표시함"),
    "delivery.no_browser": ("no browser has subscribed", "구독한 브라우저가 없음"),
    "delivery.no_browser_left": ("no browser is left", "남은 구독 브라우저가 없음"),
    "delivery.every_browser_had_it": ("every browser had it already", "모든 브라우저가 이미 받음"),
    "delivery.everybody_had_it": ("every recipient had received the message already", "모든 수신자가 이미 받음"),
    "delivery.subscriptions_removed": (
        "{answer}; {removed} ended subscriptions removed",
        "{answer}, 끝난 구독 {removed}개 삭제",
    ),
    "delivery.message_posted": ("message {message_id}", "메시지 {message_id}"),
    "delivery.message_changed": ("edited", "메시지를 수정함"),
    "delivery.posted_to": ("posted to {place}", "{place} 채널에 게시함"),
    "delivery.changed_in_thread": (
        "updated, with a reply in its thread",
        "메시지를 수정하고 스레드에 답글을 남김",
    ),
    "delivery.changed_without_thread": (
        "updated, but without a reply in its thread: {because}",
        "메시지를 수정함. 스레드에는 답글을 남기지 못함: {because}",
    ),
    "delivery.flow_accepted": ("{status} accepted by the flow", "{status}, 플로에서 접수함"),
    "delivery.flow_answered": ("{status} accepted by the flow: {answer}", "{status}, 플로에서 접수함: {answer}"),
    "delivery.mail_accepted": (
        "{server} accepted the mail for {accepted} of {recipients} recipients",
        "{server}: 수신자 {recipients}명 중 {accepted}명 접수",
    ),
    "delivery.default_wording": ("{answer} (default wording: {why})", "{answer} (기본 문구 사용: {why})"),
    "delivery.status": ("{host} answered {status}", "{host} 응답: {status}"),
    "delivery.refused": ("{host} answered {status}: {answer}", "{host} 응답: {status}, {answer}"),
    "delivery.rate_limited": ("{host} wants fewer messages: {answer}", "{host} 요청 한도 초과: {answer}"),
    "delivery.unexpected_answer": (
        "{host} answered {status}, but not in the form of {provider}",
        "{host} 응답: {status}, {provider}의 응답 형식이 아님",
    ),
    "delivery.unexpected_answer_text": (
        "{host} answered {status}, but not in the form of {provider}: {answer}",
        "{host} 응답: {status}, {provider}의 응답 형식이 아님: {answer}",
    ),
    "delivery.field_refused": (
        "{host} answered {field} = {value_now}: {answer}",
        "{host} 응답: {field} = {value_now}, {answer}",
    ),
    "delivery.field_missing": ("{host} answered {field} = nothing: {answer}", "{host} 응답: {field} 없음, {answer}"),
    "delivery.chat_moves": ("the chat is being moved", "채팅방을 옮기는 중"),
    # There was no connection.
    "delivery.name_unknown": ("the name {host} could not be resolved", "{host} 이름의 주소를 찾을 수 없음"),
    "delivery.not_reached": ("{host} could not be reached in time", "{host}에 제시간에 연결되지 않음"),
    "delivery.connection_refused": ("{host} refused the connection", "{host}에서 연결을 거부함"),
    "delivery.not_called": ("{host} could not be called: {error}", "{host} 호출 실패: {error}"),
    "delivery.untrusted": (
        "the TLS certificate of {host} could not be verified: {error}",
        "{host}의 TLS 인증서를 검증할 수 없음: {error}",
    ),
    "delivery.tls_failed": ("no TLS connection with {host} could be established", "{host}: TLS 연결 실패"),
    "delivery.broke_before": (
        "the connection to {host} broke before the request was made",
        "{host} 연결이 요청을 보내기 전에 끊김",
    ),
    "delivery.address_refused": ("{answer}", "호출이 허용되지 않는 주소: {answer}"),
    "outbound.never": (
        "{host} leads to {address}, an address that is never called",
        "{host} → {address}, 호출할 수 없는 주소",
    ),
    "outbound.named": (
        "{host} leads to {address}, which OUTBOUND_REFUSE names",
        "{host} → {address}, OUTBOUND_REFUSE에 있는 주소",
    ),
    "outbound.private": (
        "{host} leads to {address}, a private address, which only an administrator may configure",
        "{host} → {address}, 관리자만 지정할 수 있는 사설 주소",
    ),
    "outbound.this_machine": (
        "{host} leads to {address}, this machine itself; OUTBOUND_ALLOW=loopback permits it",
        "{host} → {address}, 이 서버 자신의 주소. OUTBOUND_ALLOW=loopback으로 허용할 수 있음",
    ),
    "delivery.no_web_address": ("the address is not one of a web server", "웹 서버의 주소가 아님"),
    "delivery.request_impossible": ("the request cannot be made: {error}", "요청을 만들 수 없음: {error}"),
    "delivery.request_to_impossible": (
        "the request to {host} cannot be made: {error}",
        "{host}에 보낼 요청을 만들 수 없음: {error}",
    ),
    # A proxy stands between.
    "delivery.proxy_unusable": ("the proxy {proxy} cannot be used: {because}", "프록시 {proxy} 사용 불가: {because}"),
    "delivery.proxy_broke": ("the proxy {proxy} broke off", "프록시 {proxy} 연결이 끊김"),
    "delivery.proxy_silent": ("the proxy {proxy} does not answer in time", "프록시 {proxy} 응답 시간 초과"),
    "delivery.proxy_credentials": (
        "the proxy {proxy} refuses the user name or password",
        "프록시 {proxy}: 사용자 이름이나 비밀번호가 맞지 않음",
    ),
    "delivery.proxy_sign_in": (
        "the proxy {proxy} wants a user name and a password",
        "프록시 {proxy}: 사용자 이름과 비밀번호 필요",
    ),
    "delivery.proxy_refused": (
        "the proxy {proxy} does not connect to {target}: it answered {status}",
        "프록시 {proxy}: {target} 연결을 거부함, 응답 {status}",
    ),
    "delivery.proxy_unreadable": (
        "the proxy {proxy} did not answer like an HTTP proxy",
        "프록시 {proxy}: HTTP 프록시의 응답이 아님",
    ),
    # The request went out, and nobody knows whether it was accepted.
    "delivery.too_slow": ("{host} answered too slowly (over {limit_s} s)", "{host} 응답이 너무 느림({limit_s}초 초과)"),
    "delivery.timed_out": (
        "{host} took the request but sent no answer in time",
        "{host}: 요청을 받았으나 제시간에 응답하지 않음",
    ),
    "delivery.answer_broke": (
        "the connection to {host} broke before the whole answer came",
        "{host} 연결이 응답을 모두 받기 전에 끊김",
    ),
    "delivery.attempt_broke": ("the attempt broke off: {error}", "전송 시도가 중단됨: {error}"),
    # The message or the configuration.
    "delivery.worded_too_slowly": ("the message took too long to write", "메시지 작성 시간 초과"),
    "delivery.not_worded": ("the message cannot be written: {error}", "메시지를 작성할 수 없음: {error}"),
    "delivery.channel_off": (
        "channel {channel} is switched off (enabled is false)",
        "{channel} 채널이 꺼져 있음(enabled: false)",
    ),
    "delivery.channel_unreadable": (
        "the configuration of channel {channel} cannot be read; save it again",
        "{channel} 채널의 설정을 읽을 수 없음. 다시 저장하세요",
    ),
    "delivery.channel_unconfigured": (
        "channel {channel} is not configured; do so with {where}",
        "{channel} 채널이 설정되지 않음. 설정 방법: {where}",
    ),
    "delivery.channel_unusable": (
        "the configuration of channel {channel} cannot be used ({error}); save it again",
        "{channel} 채널의 설정을 사용할 수 없음({error}); 다시 저장하세요",
    ),
    "delivery.channel_wrong": ("{answer}", "잘못된 채널 설정: {answer}"),
    # One kind of channel.
    "delivery.mail": ("{server}: {answer}", "{server}: {answer}"),
    "delivery.mail_answer": ("{server}: {status} {answer}", "{server}: {status} {answer}"),
    "delivery.mail_too_slow": ("{server}: too slow (over {limit_s} s)", "{server}: 너무 느림({limit_s}초 초과)"),
    "delivery.mail_recipient": (
        "{server}: {status} refuses {recipient}: {answer}",
        "{server}: {status} 수신자 {recipient} 거부, {answer}",
    ),
    "delivery.mail_credentials": (
        "{server}: {status} refuses the user name or password",
        "{server}: {status} 사용자 이름이나 비밀번호가 맞지 않음",
    ),
    "delivery.browser_failed": ("a browser could not be called: {error}", "브라우저 호출 실패: {error}"),
    "delivery.apprise_missing": (
        "apprise is not installed: {command}",
        "apprise가 설치되지 않음: {command}",
    ),
    "delivery.apprise_unknown": ("apprise does not understand the {scheme} address", "apprise가 모르는 {scheme} 주소"),
    "delivery.apprise_failed": ("apprise could not deliver to {scheme}", "apprise {scheme} 전송 실패"),
    "delivery.receipt": ("{recipient} {status}", "{recipient} {status}"),
    "delivery.receipt_error": (
        "{recipient} {status}: Twilio error {error}",
        "{recipient} {status}: Twilio 오류 {error}",
    ),
    # Pauses and the test button.
    "delivery.pause_asked": ("its provider asked for a pause", "제공자가 일시 중지를 요청함"),
    "delivery.test_accepted": ("accepted", "수락됨"),
    "delivery.test_failed": (
        "the test itself failed; see the worker's log",
        "테스트를 실행하지 못함. 워커의 로그를 확인하세요",
    ),
    "delivery.test_lost": (
        "the worker was lost while it waited for the provider; the message may have arrived",
        "제공자의 응답을 기다리던 워커가 사라짐. 메시지는 도착했을 수 있음",
    ),
    "delivery.no_worker": (
        "No dispatch worker answered for channel {channel} within {limit_s} s; is one running? "
        "`enhanced-alerts doctor` shows it.",
        "{limit_s}초 안에 {channel} 채널의 전송 워커가 응답하지 않았습니다. "
        "워커가 실행 중인지 `enhanced-alerts doctor`로 확인하세요.",
    ),
    "delivery.test_partly": (
        "accepted for some of the recipients; there are too many for a test",
        "일부 수신자에게만 전송됨. 테스트하기에는 수신자가 너무 많음",
    ),
}

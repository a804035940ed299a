"""The sentences of settings that cannot be used, and of what keeps a process or a command from starting. Data."""

SETTING_SENTENCES: dict[str, tuple[str, str]] = {
    # Environment variables; `setting` is the name of one.
    "setting.number_range": (
        "{setting} must be between {low} and {high}.",
        "{setting}: {low} 이상 {high} 이하여야 합니다.",
    ),
    "setting.whole_number": (
        "{setting} must be a whole number, not '{given}'.",
        "{setting}: 정수여야 합니다(현재 값: '{given}').",
    ),
    "setting.number": ("{setting} must be a number, not '{given}'.", "{setting}: 숫자여야 합니다(현재 값: '{given}')."),
    "setting.true_or_false": (
        "{setting} must be true or false, not '{given}'.",
        "{setting}: true 또는 false여야 합니다(현재 값: '{given}').",
    ),
    "setting.log_level": (
        "LOG_LEVEL must be debug, info, warning or error.",
        "LOG_LEVEL: debug, info, warning, error 중 하나여야 합니다.",
    ),
    "setting.database_scheme": (
        "DATABASE_URL must begin with postgresql://; without it, the archive is a file in DATA_DIR.",
        "DATABASE_URL은 postgresql://로 시작해야 합니다. 지정하지 않으면 아카이브는 DATA_DIR의 파일입니다.",
    ),
    "setting.redis_scheme": (
        "REDIS_URL must begin with redis://, rediss://, unix:// or sentinel://.",
        "REDIS_URL: redis://, rediss://, unix://, sentinel:// 중 하나로 시작해야 합니다.",
    ),
    "setting.redis_unreadable": (
        "REDIS_URL cannot be read; write it like redis://user:password@host:6379/0, rediss://host:6380/0 or "
        "unix:///run/valkey.sock.",
        "REDIS_URL: 읽을 수 없습니다. 예: redis://user:password@host:6379/0, rediss://host:6380/0, "
        "unix:///run/valkey.sock",
    ),
    "setting.sentinel_form": (
        "REDIS_URL must be like sentinel://host:26379,host:26379/service/0: sentinels, service, database.",
        "REDIS_URL: 센티널, 서비스, 데이터베이스를 sentinel://host:26379,host:26379/service/0처럼 써야 합니다.",
    ),
    "setting.address": (
        "{setting} {because}; write it like {example}.",
        "{setting}: {because}. 예: {example}",
    ),
    "setting.host": (
        "{setting} must be a host or an address alone, like 127.0.0.1; its port is set apart.",
        "{setting}: 127.0.0.1처럼 호스트나 주소만 써야 합니다. 포트는 따로 설정합니다.",
    ),
    "setting.plugin_id": (
        "{setting} must have at most {most} characters, none of them invisible.",
        "{setting}: 보이지 않는 문자 없이 {most}자 이하여야 합니다.",
    ),
    "setting.channel_names": (
        "{setting} lists names of channels, like web,email.",
        "{setting}: web,email처럼 채널 이름의 목록이어야 합니다.",
    ),
    "setting.no_channel": (
        "{setting}: there is no channel {channels}; choose from {kinds}.",
        "{setting}: 없는 채널입니다: {channels}. 다음 중에서 고르세요: {kinds}",
    ),
    "setting.outbound": (
        "{setting} lists hosts and networks, e.g. 10.1.0.0/16: {because}.",
        "{setting}: 호스트와 네트워크(예: 10.1.0.0/16)의 목록이어야 합니다: {because}",
    ),
    "setting.proxy": ("{setting} {because}.", "{setting}: {because}."),
    "setting.no_certificates": (
        "{setting} names {place}, which holds no certificates in PEM.",
        "{setting}: {place} 파일에 PEM 형식의 인증서가 없습니다.",
    ),
    "setting.file_unreadable": (
        "{setting} names {place}, which cannot be read ({error}).",
        "{setting}: {place} 파일을 읽을 수 없습니다({error}).",
    ),
    "setting.file_no_text": (
        "{setting} names {place}, which cannot be read (it is not text).",
        "{setting}: {place} 파일이 텍스트가 아니어서 읽을 수 없습니다.",
    ),
    "setting.no_file": ("{setting} names no file.", "{setting}: 파일의 경로가 아닙니다."),
    "setting.no_such_file": ("{setting} names {place}, which is no file.", "{setting}: 파일이 아닙니다: {place}"),
    "setting.both": (
        "{setting} and {setting}_FILE are both set; keep one.",
        "{setting}: {setting}_FILE이 함께 설정되어 있습니다. 하나만 설정하세요.",
    ),
    "setting.tls_pair": (
        "TLS_CERTIFICATE and TLS_KEY belong together; set both, or neither.",
        "TLS_CERTIFICATE와 TLS_KEY는 함께 설정하거나 둘 다 비워 두세요.",
    ),
    "setting.signing_key": (
        "JWT_SECRET_KEY must have 32 characters at least; 64 random ones are better.",
        "JWT_SECRET_KEY: 32자 이상이어야 합니다. 무작위 64자를 권합니다.",
    ),
    "setting.mistyped": (
        "{setting} is set, but nobody reads it. Did you mean {meant}?",
        "설정된 {setting} 변수는 쓰이지 않습니다. 혹시 {meant}인가요?",
    ),
    "setting.private_allowed": (
        "{setting} is replaced: channels may call private addresses by default, and OUTBOUND_ALLOW=loopback lets them "
        "call this machine; remove it.",
        "{setting} 설정은 바뀌었습니다. 채널은 기본으로 사설 주소를 호출할 수 있고, 이 서버를 호출하려면 "
        "OUTBOUND_ALLOW=loopback이 필요합니다. {setting} 설정을 삭제하세요.",
    ),
    "setting.private_refused": (
        "{setting} is replaced by OUTBOUND_REFUSE=private,loopback; set that and remove it.",
        "{setting} 설정은 OUTBOUND_REFUSE=private,loopback으로 바뀌었습니다. 새 설정을 쓰고 {setting} 설정을 "
        "삭제하세요.",
    ),
    # What is wrong with a web address.
    "address.none": ("is no web address", "웹 주소가 아닙니다"),
    "address.http": ("must begin with http:// or https://", "http:// 또는 https://로 시작해야 합니다"),
    "address.websocket": ("must begin with ws:// or wss://", "ws:// 또는 wss://로 시작해야 합니다"),
    "address.no_host": ("names no host", "호스트가 없습니다"),
    "address.more_than_a_place": (
        "must hold no name, question or fragment",
        "사용자 이름, 쿼리, 프래그먼트를 쓸 수 없습니다",
    ),
    "address.path": (
        "must have no path: the page is served at the root of a host, not below /{path}. Give it a host or a port of "
        "its own at the proxy",
        "경로를 쓸 수 없습니다. 페이지는 /{path} 아래가 아니라 호스트의 루트에서 제공됩니다. 프록시에서 전용 "
        "호스트나 포트를 지정하세요",
    ),
    "address.no_host_name": ("{entry} is no host", "호스트가 아닌 값: {entry}"),
    "address.no_network": ("{entry} is no host and no network", "호스트도 네트워크도 아닌 값: {entry}"),
    "address.host_bits": (
        "{entry} has bits set beyond its prefix; write {network}",
        "{entry}: 접두사 뒤의 비트가 0이 아닙니다. {network}처럼 쓰세요",
    ),
    # The machine and the stored data.
    "configuration.log": (
        "The log {file} cannot be written ({error}); set LOG_DIR to a folder this user may write to.",
        "로그 파일에 쓸 수 없습니다: {file}({error}). LOG_DIR을 쓰기 권한이 있는 폴더로 설정하세요.",
    ),
    "configuration.folder": (
        "The folder {folder} cannot be written ({error}); set {setting} to a folder this user may write to.",
        "폴더에 쓸 수 없습니다: {folder}({error}). 쓰기 권한이 있는 폴더를 설정하세요: {setting}",
    ),
    "configuration.port": (
        "Port {port} on {host} cannot be used ({error}); stop the program that uses it, or set {setting} to another "
        "port.",
        "포트를 쓸 수 없습니다: {host}:{port}({error}). 그 포트를 쓰는 프로그램을 중지하거나 다른 포트를 "
        "설정하세요: {setting}",
    ),
    "configuration.embedded_server": (
        "The embedded server does not start ({error}); its log is {log}.",
        "내장 Redis 서버를 시작할 수 없습니다({error}). 로그: {log}",
    ),
    "configuration.partitions": (
        "This system was set up with {stored} partitions, and PARTITIONS says {given}; set PARTITIONS={stored}: "
        "another count would split plugins' histories between streams.",
        "이 시스템의 파티션은 {stored}개인데 PARTITIONS는 {given}입니다. 올바른 설정: PARTITIONS={stored}. "
        "개수가 다르면 플러그인의 기록이 여러 스트림으로 나뉩니다.",
    ),
    "configuration.no_keys": (
        "{place} does not hold keys; `enhanced-alerts secrets key` makes one.",
        "키가 없습니다: {place}. `enhanced-alerts secrets key`로 만드세요.",
    ),
    "configuration.key_file": (
        "The key file {file} cannot be read or made ({error}); set SECRET_KEYS, or DATA_DIR to a folder of this "
        "user's.",
        "키 파일을 읽거나 만들 수 없습니다: {file}({error}). SECRET_KEYS를 설정하거나 DATA_DIR을 이 사용자의 폴더로 "
        "설정하세요.",
    ),
    "configuration.secret_sealed": (
        "A stored secret cannot be opened with the keys of {place}; give this process the keys it was sealed with, "
        "the newest first.",
        "저장된 비밀 값을 {place}의 키로 열 수 없습니다. "
        "봉인할 때 쓴 키를 최신 키부터 차례로 이 프로세스에 설정하세요.",
    ),
    "configuration.keys_given": (
        "SECRET_KEYS holds the keys: put a new one before the old, restart every process, and run this again with "
        "--only-seal.",
        "키가 SECRET_KEYS에 있습니다. 새 키를 기존 키 앞에 추가하고 모든 프로세스를 다시 시작한 뒤 "
        "--only-seal로 다시 실행하세요.",
    ),
    "configuration.newer_schema": (
        "The data in Redis have been migrated to schema {schema}, and this release reads {known} at most; start the "
        "newer release again, or restore a backup from before the upgrade.",
        "Redis의 데이터는 스키마 {schema}인데 이 릴리스는 스키마 {known}까지 읽습니다. 새 릴리스를 다시 시작하거나 "
        "업그레이드 전의 백업을 복원하세요.",
    ),
    "configuration.backup": (
        "The backup {file} cannot be written ({error}).",
        "백업 파일에 쓸 수 없습니다: {file}({error}).",
    ),
    # The command line.
    "command.file": ("The file {file} cannot be written ({error}).", "파일에 쓸 수 없습니다: {file}({error})."),
    "command.file_name": ("{option} needs the name of a file.", "{option}: 파일 이름이 필요합니다."),
    "command.redis_failed": ("Redis cannot serve this now: {error}", "지금은 Redis가 처리할 수 없습니다: {error}"),
    "command.server_missing": (
        "The command enhanced-alerts needs the server's parts, and {module} is not installed here: pip install "
        "'enhanced-alerts[server]'. Plugins publish with producers.publisher.Publisher.",
        "enhanced-alerts 명령에는 서버용 패키지가 필요합니다. {module} 모듈이 설치되어 있지 않습니다: pip install "
        "'enhanced-alerts[server]'. 플러그인은 producers.publisher.Publisher로 이벤트를 보냅니다.",
    ),
}

"""A stored configuration of each kind of channel that has a secret and an address of its own."""

from typing import Any

from dispatchers.channel import catalogue

STORED: dict[str, list[dict[str, Any]]] = {
    "email": [
        {
            "smtp_server": "mail.example.com",
            "password": "old-secret",
            "from_email": "a@b.example",
            "to_emails": ["c@d.example"],
        }
    ],
    "slack": [{"bot_token": "xoxb-old-secret", "channel": "#ops", "api_url": "https://slack.example/api"}],
    "telegram": [{"bot_token": "123:old-secret", "chat_id": "-1001"}],
    "pagerduty": [{"routing_key": "k" * 32}],
    "sms": [
        {
            "provider": "twilio",
            "to_numbers": ["+821012345678"],
            "from_number": "+1",
            "account_sid": "AC1",
            "auth_token": "old-secret",
        },
        {
            "provider": "http",
            "to_numbers": ["+821012345678"],
            "url": "https://gateway.example/send",
            "api_key": "old-secret",
            "fields": {"m": "$text", "k": "$api_key"},
        },
    ],
    "webhook": [{"url": "https://hook.example/key", "secret": "old-secret"}],
    "discord": [{"webhook_url": "https://hook.example/old-secret"}],
    "teams": [
        {"webhook_url": "https://hook.example/old-secret", "proxy_url": "http://u:old-secret@proxy.example:3128"}
    ],
    "push": [{"proxy_url": "http://u:old-secret@proxy.example:3128"}],
}
CASES = [
    (kind, stored, name) for kind, all_ in STORED.items() for stored in all_ for name in catalogue()[kind].destinations
]


def moved_to(kind: str, stored: dict[str, Any], name: str, host: str) -> dict[str, Any]:
    """Return the configuration as the API shows it, with its secrets masked and the destination *name* changed."""
    channel = catalogue()[kind]
    shown = channel.masked(channel.check(stored).model_dump(mode="python", exclude_unset=True))
    of_mail = {"smtp_server": host, "smtp_port": 2525, "security": "none", "verify_certificate": False}
    new = {**of_mail, "provider": {"twilio": "http", "http": "twilio"}.get(str(stored.get("provider")))}
    return {**shown, name: new.get(name, f"{'http' if name == 'proxy_url' else 'https'}://{host}")}

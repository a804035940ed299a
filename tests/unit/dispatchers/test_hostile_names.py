"""Names that are markup, headers or commands to a terminal: no message changes its structure, and each reads back."""

import html
import json
import os
import re
import subprocess
import sys
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec import structs

from dispatchers import render
from dispatchers.channel import Item, Notification, catalogue
from dispatchers.channels import discord, email, pagerduty, push, slack, teams, telegram
from shared.model import mail_addresses, printable
from tests.support.factories import an_alert

ROOT = Path(__file__).parents[3]
HEADERS = {"Subject", "From", "To", "Date", "Message-ID", "References", "In-Reply-To", "Auto-Submitted"}
HEADERS |= {"MIME-Version", "Content-Type"}
KNOWN = "wwwwwwww =?utf-8?q?a=0D=0ABcc:_x=40y.example?="
PIECES = st.sampled_from(
    (
        *(
            "=?utf-8?q?",
            "=?UTF-8?B?QQ0KQmNj?=",
            "?=",
            "=0D=0A",
            "\r\n",
            "\r",
            "\n",
            "\x00",
            "\x07",
            "\x1b[2J",
            "\x9b",
            "\x85",
        ),
        *(
            "\u2028",
            "\u202e",
            "\u2066",
            "Bcc: x@y.example",
            " ",
            "  ",
            "\t",
            "가",
            "시스템 경고",
            "é",
            "l’été",
            "😀",
            "👩‍👧",
        ),
        *(
            "<!here>",
            "<@U1>",
            "*b*",
            "_i_",
            "`c`",
            "~s~",
            "||",
            "[x](http://y)",
            "<b>",
            "&amp;",
            "@everyone",
            "- a",
            "1. b",
        ),
        *(
            '"',
            ",",
            ";",
            ":",
            "(",
            ")",
            "\\",
            "a" * 90,
            "http://e.example/*x*",
            ".",
            "\n.\n",
            "{{ x }}",
            "%0a",
            "\udc80",
        ),
    )
)
NAMES = st.one_of(st.lists(PIECES, min_size=1, max_size=12).map("".join), st.text(min_size=1, max_size=120))


def a_notification(name: str, link: str = "https://board.example/alerts/a") -> Notification:
    alert = structs.replace(an_alert("firing"), rule_name=name, plugin_name=name, plugin_id="p", description="d")
    return render.notification("email", [Item("firing", alert, link)], 1_000)


def title_of(name: str) -> str:
    return printable.one_line(f"[FIRING 발생] WARNING: {name} — {name}")


MAIL = {"smtp_server": "x", "from_email": "alerts@example.com", "to_emails": ["a@example.com", "b@bücher.example"]}


@given(NAMES)
@example(KNOWN)
@example("디스크 사용률이 기준을 넘었습니다 " * 5)
@example("L’espace disque du serveur de préproduction est bientôt épuisé " * 2)
def test_name_adds_no_header_to_a_mail_and_reads_back(name: str) -> None:
    config = catalogue()["email"].check(MAIL)
    raw = email.compose(a_notification(name), config)  # type: ignore[arg-type]
    mail = message_from_bytes(raw, policy=policy.default)
    head, _, _ = raw.partition(b"\r\n\r\n")

    assert set(mail.keys()) == HEADERS
    assert mail["Subject"] == title_of(name) if len(title_of(name)) <= 200 else mail["Subject"].endswith("…")
    assert head.isascii() and all(len(line) <= 78 for line in head.split(b"\r\n") if b"=?" in line)
    assert b"\n" not in raw.replace(b"\r\n", b"") and b"\r" not in raw.replace(b"\r\n", b"")
    assert "a@example.com, b@xn--bcher-kva.example" == str(mail["To"])


ASK = """
import json, sys
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from dispatchers import mail_headers
from shared.model import mail_addresses, printable
wrong = []
for name in json.load(sys.stdin):
    for header in ("Subject", "List-Id", "X-A-Header-With-A-Rather-Long-Name"):
        raw = (mail_headers.text(header, name) + "\\r\\nTo: a@example.com\\r\\n\\r\\nbody\\r\\n").encode("ascii")
        wanted = printable.one_line(name)
        new, old = message_from_bytes(raw, policy=policy.default), message_from_bytes(raw)
        legacy = str(make_header(decode_header("".join(old[header].splitlines()))))
        if new.keys() != [header, "To"] or old.keys() != [header, "To"] or new[header] != wanted or legacy != wanted:
            wrong.append([header, name, str(new[header]), legacy])
        if new.get_payload() != "body\\r\\n":
            wrong.append([header, name, "body"])
print(json.dumps([sys.version.split()[0], wrong[:3]]))
"""


def pythons() -> list[str]:
    """Every Python from 3.11 on that is here; the running one is among them."""
    found = {sys.executable: None}
    places = [*Path.home().glob(".pyenv/versions/3.*/bin/python3"), *Path("/usr/bin").glob("python3.[0-9]*")]
    for place in sorted(places):
        version = re.search(r"3\.(\d+)", place.parts[-3] if ".pyenv" in place.parts else place.name)
        if version and int(version[1]) >= 11 and "config" not in place.name and os.access(place, os.X_OK):
            found[str(place)] = None
    return list(found)


@pytest.mark.parametrize("python", pythons())
def test_header_reads_back_in_every_python_there_is(python: str) -> None:
    import random

    dice = random.Random(6923)
    pieces = [
        "=?utf-8?q?",
        "=0D=0A",
        "?=",
        "Bcc: x@y.example",
        "\r\n",
        " ",
        "  ",
        "가나다",
        "é",
        "😀",
        "a" * 80,
        "=?",
        "_",
    ]
    names = ["".join(dice.choices(pieces, k=dice.randint(1, 25))) for _ in range(400)]
    names += ["".join(chr(dice.choice([*range(32, 1_000), 0xAC00, 0x1F600])) for _ in range(60)) for _ in range(400)]
    asked = subprocess.run(
        [python, "-S", "-c", ASK],
        input=json.dumps([KNOWN, *names]),
        capture_output=True,
        text=True,
        timeout=120,
        cwd=ROOT,
        check=False,
    )

    assert 0 == asked.returncode, asked.stderr[-2_000:]
    assert [] == json.loads(asked.stdout)[1]


@pytest.mark.parametrize(
    "address",
    [
        "a@b\n",
        "a@b.example\r\nBcc: c@d",
        '"a"@b',
        "a@b,c@d",
        "a b@c",
        "a@b(c)",
        "=?utf-8?q?a?=@b",
        "a@b\u202e",
        "@b",
        "a@",
        "a..b@c",
    ],
)
def test_address_that_would_be_more_than_one_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r"invalid\.mail_"):
        mail_addresses.check(address)


@pytest.mark.parametrize(
    "address", ["a@b.example", "a+b@c.example", "김@회사.kr", "root@localhost", "a@[127.0.0.1]", "o'neill@x.ie"]
)
def test_address_of_any_language_is_taken(address: str) -> None:
    assert mail_addresses.check(address) == address


def slack_reads(text: str) -> str:
    assert not re.search(r"[<>]", text)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


@given(NAMES)
def test_slack_shows_names_as_they_are(name: str) -> None:
    message = slack.message(a_notification(name))
    (title,) = message["blocks"]
    body, link = message["attachments"][0]["blocks"]

    assert message["mrkdwn"] is False
    assert ["plain_text", "plain_text"] == [title["text"]["type"], body["text"]["type"]]
    assert slack_reads(title["text"]["text"]) == slack_reads(message["text"]) == title_of(name)
    assert "<https://board.example/alerts/a|Open 열기>" == link["text"]["text"]
    slack_reads(body["text"]["text"])


def discord_reads(text: str) -> str:
    """Undo escapes; whatever markup is left outside of them and of addresses is a fault."""
    rest = re.sub(r"\\[^\w\s]", "", re.sub(r"https?://[^\s*~`|<>\[\]\\]+", "", text))
    assert not re.search(r"[*`|<>\[\]#~]", rest), rest
    return re.sub(r"\\([\\*_~`|<>\[\]#+.-])", r"\1", text)


@given(NAMES)
@example("http://a_b`*x* <@1>")
def test_discord_shows_names_as_they_are(name: str) -> None:
    message = discord.message(a_notification(name))
    (embed,) = message["embeds"]

    assert {"parse": []} == message["allowed_mentions"]
    assert discord_reads(embed["title"]) == title_of(name) or embed["title"].endswith("…")
    discord_reads(embed["description"])


@given(NAMES)
def test_telegram_shows_names_as_they_are(name: str) -> None:
    text = telegram.message(a_notification(name))
    tags = re.findall(r"<[^>]*>", text)

    assert ["<b>", "</b>", '<a href="https://board.example/alerts/a">', "</a>"] == tags
    first = html.unescape(re.sub(r"<[^>]*>", "", text)).split("\n")[0]
    shown, title = first.replace("@\u2060", "@"), title_of(name).replace("@\u2060", "@")
    assert shown == title or (shown.endswith("…") and title.startswith(shown[:-1]))
    assert not re.search(r"(?<!\w)@\w", first)


@given(NAMES)
def test_cards_pages_and_pushes_show_names_as_they_are(name: str) -> None:
    notification = a_notification(name)
    runs = [run for block in teams.card(notification)["attachments"][0]["content"]["body"] for run in block["inlines"]]
    pushed = json.loads(push.payload(notification))

    blocks = teams.card(notification)["attachments"][0]["content"]["body"]
    assert {"RichTextBlock"} == {block["type"] for block in blocks}
    assert {"TextRun"} == {run["type"] for run in runs}
    assert runs[0]["text"] == title_of(name)
    assert pushed["title"] == title_of(name) or pushed["title"].endswith("…")
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", notification.text + notification.title)


def pages(link: str) -> dict[str, Any]:
    notification = a_notification("CPU", link)
    config = catalogue()["pagerduty"].check({"routing_key": "k" * 32})
    event = pagerduty.event(notification, config)  # type: ignore[arg-type]
    return {
        "discord": discord.message(notification)["embeds"][0].get("url"),
        "teams": [one["url"] for one in teams.card(notification)["attachments"][0]["content"]["actions"]],
        "pagerduty": [one["href"] for one in event["links"]] + [event.get("client_url")],
    }


@pytest.mark.parametrize(
    "link", ["board/alerts/a", "ftp://x/alerts/a", "http:///alerts/a", "http://a b/alerts", "", "http://[x/a"]
)
def test_link_that_is_none_costs_no_message(link: str) -> None:
    assert {"discord": None, "teams": [], "pagerduty": [None]} == pages(link)


def test_host_without_a_dot_is_a_link_where_the_provider_takes_it() -> None:
    link = "http://localhost:5000/alerts/a"

    assert pages(link) == {"discord": None, "teams": [link], "pagerduty": [link, link]}
    assert "http://10.0.0.5/a" == pages("http://10.0.0.5/a")["discord"]


@settings(max_examples=200)
@given(NAMES)
def test_terminal_gets_no_command_from_a_name(name: str) -> None:
    shown = printable.one_line(name)
    logged = printable.in_json(json.dumps({"name": name}, ensure_ascii=False))

    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]", shown + logged)
    assert json.loads(logged) == {"name": name}
    assert printable.one_line(shown) == shown

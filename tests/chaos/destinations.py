"""Where people are told, in a chaos run: a webhook's receiver and two chats, which note who called and when."""

import json
import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ANSWER_S = 1.2
"""The slowest; most answers come sooner, after a quarter of it on average."""
CHAT_TOKEN = "xoxb-chaos"
_LINK = re.compile(r"/alerts/([a-z0-9]+)[|\"]")
_NEWS = re.compile(r"\[(FIRING|ACKNOWLEDGED|RESOLVED)")


@dataclass
class Word:
    """One alert's news as a destination accepted it."""

    destination: str
    alert_id: str
    news: str
    reminder: int
    at: float
    """When it was taken (monotonic seconds)."""
    answered_at: float
    pid: int
    """The process that sent it; 0 if it was gone before it could be looked up."""
    was_answered: bool = True
    """Else the provider took it and broke off, so that its sender cannot know."""

    @property
    def place(self) -> tuple[str, str]:
        return self.destination, self.alert_id

    @property
    def what(self) -> tuple[str, int]:
        return self.news, self.reminder


class Destinations:
    """What both have heard, in the order of hearing."""

    def __init__(self, port: int, senders: Callable[[], list[int]]) -> None:
        """
        Args:
            senders: The processes that may call.
        """
        self.port = port
        self.words: list[Word] = []
        self.calls = 0
        self.chat: dict[str, str] = {}
        """Message id → its text now."""
        self.breaks_off_s: float | None = None
        """After so long the third provider breaks off instead of answering; None: it answers."""
        self._senders = senders
        self._lock = threading.Lock()

    @property
    def webhook(self) -> dict[str, str]:
        return {"url": f"http://127.0.0.1:{self.port}/hook"}

    @property
    def slack(self) -> dict[str, object]:
        api = f"http://127.0.0.1:{self.port}/api"
        return {"bot_token": CHAT_TOKEN, "channel": "#alerts", "api_url": api, "max_per_minute": 6_000}

    @property
    def discord(self) -> dict[str, object]:
        return {"webhook_url": f"http://127.0.0.1:{self.port}/discord", "max_per_minute": 6_000}

    def heard_of(self, destination: str, alert_id: str) -> list[str]:
        """Return the news of one alert, in order."""
        with self._lock:
            return [word.news for word in self.words if word.place == (destination, alert_id)]

    def take(self, handler: BaseHTTPRequestHandler) -> None:
        document = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        breaks_off_s = None
        at, pid = time.monotonic(), _pid_behind(handler.client_address[1], self._senders())
        if handler.path == "/hook":
            heard = [(a["alert"]["id"], a["news"], a["alert"]["reminders"]) for a in document["alerts"]]
            heard = [one for one in heard if not document["test"]]
            reply, destination = {"ok": True}, "webhook"
        elif handler.path.startswith("/discord"):
            heard, destination, reply = self._of_embed(document), "discord", {"id": str(self.calls)}
            breaks_off_s = self.breaks_off_s
        else:
            reply, said = self._chat(handler.path, document)
            heard, destination = [(*said, 0)] if said else [], "slack"
        with self._lock:
            # Noted before it is answered: whoever dies in between has been heard.
            mine = [Word(destination, *one, at, time.monotonic(), pid, breaks_off_s is None) for one in heard]
            self.words += mine
            self.calls += 1
        if breaks_off_s is not None:
            time.sleep(breaks_off_s)
            handler.close_connection = True
            return
        # As slow as a provider, so that some callers are killed between acceptance and answer.
        time.sleep(ANSWER_S * random.random() ** 3)
        body = json.dumps(reply).encode()
        with suppress(OSError):  # The other side was killed meanwhile.
            handler.send_response(200)
            handler.send_header("Content-Type", "application/json")
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)

    @staticmethod
    def _of_embed(document: dict) -> list[tuple[str, str, int]]:
        text = json.dumps(document, ensure_ascii=False)
        link, news = _LINK.search(text), _NEWS.search(text)
        return [(link[1], news[1].lower(), 0)] if link and news else []

    def _chat(self, path: str, document: dict) -> tuple[dict[str, object], tuple[str, str] | None]:
        if "thread_ts" in document:
            return {"ok": True, "channel": "C0", "ts": "9.9"}, None
        text = json.dumps(document, ensure_ascii=False)
        link, news = _LINK.search(text), _NEWS.search(text)
        with self._lock:
            ts = document["ts"] if path.endswith("chat.update") else f"{len(self.chat) + 1}.0"
            self.chat[ts] = text
        said = (link[1], news[1].lower()) if link and news else None
        return {"ok": True, "channel": "C0", "ts": ts}, said


@contextmanager
def destinations(senders: Callable[[], list[int]]) -> Iterator[Destinations]:
    """Serve all on one free port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            found.take(self)

        do_PATCH = do_POST

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

        def handle_error(self, *_: object) -> None:
            """Callers are killed amid their calls here."""

    server = Server(("127.0.0.1", 0), Handler)
    found = Destinations(server.server_port, senders)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()


def _pid_behind(port: int, candidates: list[int]) -> int:
    """Return which process has the other end of a loopback connection from *port* (Linux: proc(5))."""
    inode = None
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[1].endswith(f":{port:04X}"):
            inode = f"socket:[{fields[9]}]"
    for pid in candidates if inode else ():
        with suppress(OSError):
            for descriptor in Path(f"/proc/{pid}/fd").iterdir():
                with suppress(OSError):
                    if str(descriptor.readlink()) == inode:
                        return pid
    return 0

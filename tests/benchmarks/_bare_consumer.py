"""`python -m tests.benchmarks._bare_consumer REDIS_URL STREAM ADDRESS`: XREADGROUP, and POST at once what says so."""

import sys

import msgspec
import requests
from redis import Redis

GROUP = "bare"


def main() -> None:
    url, stream, address = sys.argv[1:]
    redis = Redis.from_url(url, protocol=3)
    redis.xgroup_create(stream, GROUP, id="$", mkstream=True)
    print("ready", flush=True)
    with requests.Session() as session:
        while True:
            for _, batches in redis.xreadgroup(GROUP, "one", {stream: ">"}, count=1_000, block=2_000).items():
                for entries in batches:
                    for _, fields in entries:
                        event = msgspec.json.decode(fields[b"e"])
                        if event["plugin_id"].startswith("alert-"):
                            document = {"alerts": [{"news": "firing", "alert": event}]}
                            session.post(address, data=msgspec.json.encode(document), timeout=10)
                    redis.xack(stream, GROUP, *(entry_id for entry_id, _ in entries))


if __name__ == "__main__":
    main()

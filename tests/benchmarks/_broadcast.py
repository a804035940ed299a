"""`python -m tests.benchmarks._broadcast PORT REDIS_URL`: the feed's relay as one would write it on `websockets`."""

import asyncio
import sys

from redis.asyncio import Redis
from websockets.asyncio.server import ServerConnection, broadcast, serve

from shared.redis import keys

clients: set[ServerConnection] = set()


async def serve_one(client: ServerConnection) -> None:
    clients.add(client)
    try:
        await client.send('{"type":"hello"}')
        await client.wait_closed()
    finally:
        clients.discard(client)


async def relay(url: str) -> None:
    redis = Redis.from_url(url, protocol=3)
    position = "$"
    while True:
        answer = await redis.xread({keys.feed(): position}, count=1_000, block=2_000)
        for batches in answer.values():
            for entry_id, fields in batches[0]:
                position = entry_id
                said = b'{"id":"%s","type":"%s","data":%s}' % (entry_id, fields[b"type"], fields[b"data"])
                broadcast(clients, said.decode())


async def main() -> None:
    port, url = sys.argv[1:]
    async with serve(serve_one, "127.0.0.1", int(port), compression=None, ping_interval=None, backlog=1_000):
        print("ready", flush=True)
        await relay(url)


if __name__ == "__main__":
    asyncio.run(main())

"""FastAPI doing what the gateway does for a read of stock: who asks, how often, one GET from Redis, JSON.

uvicorn with uvloop and httptools, orjson, redis-py with hiredis. Arguments: the API key, Redis' port."""

import socket
import sys
import time

import hiredis  # noqa: F401  What redis-py parses with where it is there: an error here rather than a slow run.
import orjson
import redis.asyncio
import uvicorn
from fastapi import Depends, FastAPI, Header, HTTPException, Response

KEY, REDIS_PORT = sys.argv[1:3]
PER_SECOND = 1_000_000


class Caller:
    def __init__(self, scopes):
        self.scopes = scopes
        self.tokens = PER_SECOND
        self.at = time.monotonic()

    def takes(self):
        now = time.monotonic()
        self.tokens = min(PER_SECOND, self.tokens + (now - self.at) * PER_SECOND)
        self.at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


CALLERS = {KEY: Caller({"inventory:read"})}
store = redis.asyncio.Redis(host="127.0.0.1", port=int(REDIS_PORT))
app = FastAPI()


async def caller(authorization: str = Header()) -> Caller:
    found = CALLERS.get(authorization.removeprefix("Bearer "))
    if found is None:
        raise HTTPException(401)
    if "inventory:read" not in found.scopes:
        raise HTTPException(403)
    if not found.takes():
        raise HTTPException(429)
    return found


@app.get("/v1/inventory/{sku}")
async def stock(sku: str, asker: Caller = Depends(caller)) -> Response:
    value = await store.get(f"peer:{sku}")
    if value is None:
        raise HTTPException(404)
    levels = orjson.loads(value)
    headers = {
        "ETag": f'"{levels["version"]}"', "RateLimit-Policy": f'"read";q={PER_SECOND};w=1',
        "RateLimit": f'"read";r={int(asker.tokens)};t=1',
    }
    return Response(orjson.dumps({"sku": sku, **levels}), media_type="application/json", headers=headers)


def main():
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", 0))
    listener.listen(1_024)
    print(f"listening on {listener.getsockname()[1]}", flush=True)
    config = uvicorn.Config(app, loop="uvloop", http="httptools", access_log=False, log_level="warning")
    uvicorn.Server(config).run(sockets=[listener])


main()

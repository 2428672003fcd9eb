// Node's bare http server doing what the gateway does for a read of stock: who asks, how often, one GET from Redis over
// one connection, JSON. Arguments: the API key, Redis' port.
"use strict";
const http = require("node:http");
const net = require("node:net");

const [key, redisPort] = process.argv.slice(2);
const perSecond = 1_000_000;
const callers = new Map([[key, { scopes: new Set(["inventory:read"]), tokens: perSecond, at: process.hrtime.bigint() }]]);
const prefix = "/v1/inventory/";

// Redis: what is asked for within a turn of the event loop goes out together, and answers come in order.
const waiting = [];
let asked = "";
let received = Buffer.alloc(0);
const redis = net.connect(Number(redisPort), "127.0.0.1");
redis.setNoDelay(true);
redis.on("data", (part) => {
    received = received.length ? Buffer.concat([received, part]) : part;
    let start = 0;
    for (;;) {
        const end = received.indexOf("\r\n", start);
        if (end < 0) break;
        const length = Number(received.latin1Slice(start + 1, end));
        if (length < 0) {
            waiting.shift()(null);
            start = end + 2;
            continue;
        }
        if (received.length < end + 2 + length + 2) break;
        waiting.shift()(received.utf8Slice(end + 2, end + 2 + length));
        start = end + 2 + length + 2;
    }
    received = received.subarray(start);
});

function get(name, then) {
    if (asked === "") setImmediate(() => {
        redis.write(asked);
        asked = "";
    });
    asked += `*2\r\n$3\r\nGET\r\n$${name.length}\r\n${name}\r\n`;
    waiting.push(then);
}

function takes(caller) {
    const now = process.hrtime.bigint();
    caller.tokens = Math.min(perSecond, caller.tokens + (Number(now - caller.at) / 1e9) * perSecond);
    caller.at = now;
    if (caller.tokens < 1) return false;
    caller.tokens -= 1;
    return true;
}

function refuse(response, status) {
    response.writeHead(status);
    response.end();
}

const server = http.createServer((request, response) => {
    const authorization = request.headers.authorization ?? "";
    const caller = authorization.startsWith("Bearer ") ? callers.get(authorization.slice(7)) : undefined;
    if (!caller) return refuse(response, 401);
    if (!caller.scopes.has("inventory:read")) return refuse(response, 403);
    if (!takes(caller)) return refuse(response, 429);
    if (!request.url.startsWith(prefix)) return refuse(response, 404);
    const sku = decodeURIComponent(request.url.slice(prefix.length));
    get(`peer:${sku}`, (value) => {
        if (value === null) return refuse(response, 404);
        const stock = JSON.parse(value);
        const body = JSON.stringify({ sku, ...stock });
        response.writeHead(200, {
            "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body), ETag: `"${stock.version}"`,
            "RateLimit-Policy": `"read";q=${perSecond};w=1`, RateLimit: `"read";r=${Math.floor(caller.tokens)};t=1`,
        });
        response.end(body);
    });
});
server.listen(0, "127.0.0.1", () => console.log(`listening on ${server.address().port}`));

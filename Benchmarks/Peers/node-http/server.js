// Node's bare http server with the answer that http-bench gives.
"use strict";
const http = require("node:http");

const body = `{"text":"${"x".repeat(Math.max(0, Number(process.argv[2] ?? 96) - 11))}"}`;
const headers = { "Content-Type": "application/json", "Content-Length": body.length, Server: "driveline" };

const server = http.createServer((request, response) => {
    response.writeHead(200, headers);
    response.end(body);
});
server.listen(0, "127.0.0.1", () => console.log(`listening on ${server.address().port}`));

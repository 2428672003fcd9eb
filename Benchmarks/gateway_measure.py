"""What the gateway benchmark measures: reads of stock through the whole system beside its peers, and memory."""

import json
import secrets
import statistics
import sys
import time

from gateway_system import SKUS, is_refused, read_stock
from harness import BENCHMARKS, Failure, Server
from wrk import finish_wrk, load, processor_seconds, start_wrk

CONNECTIONS = 64
WARM_UP_SECONDS = 1
# The cache is warm when at most so many of a hundred reads miss it.
MISSES_PERCENT_MAXIMUM = 1
WARM_SECONDS = 2
WARM_TRIES_MAXIMUM = 20
MEMORY_CONNECTIONS = 1_000
MEMORY_SAMPLE_SECONDS = 0.25

SCRIPT = BENCHMARKS / "Peers" / "wrk" / "stock.lua"
GATEWAY, QUIET = "gateway", "gateway, requests not logged"
CONSTANT, NODE, FASTAPI = "Node, constant answer", "Node, same work", "FastAPI, same work"


class Run:
    """One run: requests a second, and us of processor time for each request by process."""

    def __init__(self, rate, costs):
        self.rate = rate
        self.costs = costs

    @property
    def server_cost(self):
        """Of all that stands on the servers' core: what that core spends on a request."""
        return sum(cost for name, cost in self.costs.items() if name != "redis")


class Bench:
    """Measures, and keeps each subject's runs by round."""

    def __init__(self, system, python, options):
        self.system = system
        self.python = python
        self.options = options
        self.runs = {}
        self.memory = {}

    def measure(self):
        system = self.system
        with system.gateway() as gateway, system.gateway(**{"request-log": "false"}) as quiet:
            body = read_stock(gateway.port, system.key, 0)
            self.body_bytes = len(body)
            stock = json.loads(body)
            del stock["sku"]
            system.write_peers_stock(stock)
            self.warm(gateway)
            services = {"gateway": gateway.pid, "inventory": system.inventory.pid}
            for number in range(self.options.repeat):
                self.tell(f"round {number + 1} of {self.options.repeat}")
                self.peer(CONSTANT, ["node", BENCHMARKS / "Peers" / "node-http" / "server.js", self.body_bytes])
                self.run(GATEWAY, gateway.port, services)
                self.run(QUIET, quiet.port, services | {"gateway": quiet.pid})
                arguments = [system.key, system.redis.port]
                self.peer(NODE, ["node", BENCHMARKS / "Peers" / "node-stock" / "server.js", *arguments])
                self.peer(FASTAPI, [self.python, BENCHMARKS / "Peers" / "fastapi-stock" / "server.py", *arguments])
        with system.gateway() as gateway:
            self.measure_memory(gateway)

    def tell(self, what):
        print(f"  {what} ...", file=sys.stderr, flush=True)

    def arguments(self):
        """Those of the script that wrk runs."""
        return [self.system.key, SKUS, secrets.randbits(31)]

    def warm(self, gateway):
        """Reads random SKUs until the cache has them all."""
        for _ in range(WARM_TRIES_MAXIMUM):
            before = self.system.misses()
            count, _ = load(gateway.port, WARM_SECONDS, CONNECTIONS, SCRIPT, self.arguments())
            if (self.system.misses() - before) * 100 <= count * MISSES_PERCENT_MAXIMUM:
                return
        raise Failure("the cache does not get warm")

    def peer(self, subject, command):
        with Server(command) as server:
            if subject != CONSTANT:
                body = read_stock(server.port, self.system.key, 1)
                if len(body) != self.body_bytes or not is_refused(server.port, "another-key"):
                    raise Failure(f"{subject} does not do the same work")
            self.run(subject, server.port, {"server": server.pid})

    def run(self, subject, port, processes):
        seconds = self.options.duration
        processes = processes | {"redis": self.system.redis.process.pid}
        load(port, WARM_UP_SECONDS, CONNECTIONS, SCRIPT, self.arguments())
        before = {name: processor_seconds(pid) for name, pid in processes.items()}
        count, rate = load(port, seconds, CONNECTIONS, SCRIPT, self.arguments())
        costs = {name: (processor_seconds(pid) - before[name]) * 1e6 / count for name, pid in processes.items()}
        self.runs.setdefault(subject, []).append(Run(rate, costs))

    def measure_memory(self, gateway):
        """The gateway's memory while many connections ask all the time."""
        self.tell(f"memory at {MEMORY_CONNECTIONS:,} connections")
        seconds = self.options.memory_seconds
        generator = start_wrk(gateway.port, seconds, MEMORY_CONNECTIONS, SCRIPT, self.arguments())
        samples = []
        while generator.poll() is None:
            samples.append(gateway.resident_mib())
            time.sleep(MEMORY_SAMPLE_SECONDS)
        _, rate = finish_wrk(generator, seconds)
        third = max(1, len(samples) // 3)
        self.memory = {
            "rate": rate, "first": statistics.median(samples[:third]), "last": statistics.median(samples[-third:]),
            "most": max(samples),
        }

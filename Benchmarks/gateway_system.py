"""The system that the gateway benchmark asks: gateway, identity, inventory, PostgreSQL and Redis, and a brand's key."""

import contextlib
import json
import socket
import subprocess
import urllib.error
import urllib.request

from harness import LOAD_CORE, SERVER_CORE, Failure
from inventory_data import write_stock
from servers import Database, Redis
from service_process import ServiceProcess

SKUS = 20_000
LOCATIONS = 3
# In force, but beyond what is asked for.
READS_PER_SECOND = 1_000_000
TOKEN = "gateway-benchmark"
COMMAND_SECONDS_MAXIMUM = 60
ANSWER_SECONDS_MAXIMUM = 10


class System:
    """All of it, from `with` to the end of the block.

    The gateway and the inventory service stand on the servers' core; Redis stands on the generator's, as it does for the
    peers. Identity and PostgreSQL have nothing to do meanwhile."""

    def __init__(self, folder):
        self.folder = folder

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            self.redis = stack.enter_context(Redis(cores=(LOAD_CORE,)))
            self.database = stack.enter_context(Database(cores=(LOAD_CORE,)))
            self.identity = stack.enter_context(self._service("identity", cores=(LOAD_CORE,)))
            self.inventory = stack.enter_context(self._service("inventory", cores=(SERVER_CORE,)))
            brand = json.loads(self._driveline("brands", "create", "bench", "--json"))
            self.brand = (brand[0] if isinstance(brand, list) else brand)["id"]
            self.key = self._driveline("keys", "create", "--brand", "bench", "--scopes", "inventory:read").strip()
            write_stock(self.database, "inventory", SKUS, LOCATIONS, self.brand)
            self._servers = stack.pop_all()
        return self

    def __exit__(self, *_):
        self._servers.close()

    def _service(self, name, cores):
        self.database.sql(f"create database {name}")
        settings = {
            "postgres-url": self.database.url_of(name), "service-token": TOKEN, "log-level": "notice",
        }
        if name == "inventory":
            settings |= {
                "redis-url": self.redis_url, "identity-address": f"127.0.0.1:{self.identity.port}",
                # It has no kits of catalog's.
                "catalog-address": "127.0.0.1:9",
            }
        return ServiceProcess(self.folder / name, settings, cores=cores)

    @property
    def redis_url(self):
        return f"redis://127.0.0.1:{self.redis.port}"

    def gateway(self, **settings):
        """A gateway in front of the services; its port is that of HTTP."""
        return ServiceProcess(
            self.folder / "gateway",
            {
                "identity-address": f"127.0.0.1:{self.identity.port}",
                "inventory-address": f"127.0.0.1:{self.inventory.port}",
                # Nothing is asked of these.
                "catalog-address": "127.0.0.1:9", "pricing-address": "127.0.0.1:9", "order-address": "127.0.0.1:9",
                "channel-address": "127.0.0.1:9", "redis-url": self.redis_url,
                "service-token": TOKEN, "read-rate": READS_PER_SECOND, "read-burst": READS_PER_SECOND, **settings,
            },
            cores=(SERVER_CORE,), ready=("answering", "labels.http_port"))

    def _driveline(self, *arguments):
        done = subprocess.run(
            [self.folder / "driveline", *arguments, "--identity", f"127.0.0.1:{self.identity.port}"],
            capture_output=True, text=True, timeout=COMMAND_SECONDS_MAXIMUM, env={"DRIVELINE_SERVICE_TOKEN": TOKEN})
        if done.returncode:
            raise Failure(f"driveline {arguments[0]}: {done.stderr.strip()}")
        return done.stdout

    def write_peers_stock(self, stock):
        """Puts what the peers read into Redis: JSON without the SKU, under `peer:SKU`."""
        value = json.dumps(stock, separators=(",", ":")).encode()
        commands = b"".join(
            b"*3\r\n$3\r\nSET\r\n$17\r\npeer:SKU-%08d\r\n$%d\r\n%b\r\n" % (number, len(value), value)
            for number in range(SKUS))
        with socket.create_connection(("127.0.0.1", self.redis.port), ANSWER_SECONDS_MAXIMUM) as connection:
            connection.sendall(commands)
            answers = 0
            while answers < SKUS * len("+OK\r\n"):
                part = connection.recv(65_536)
                if not part:
                    raise Failure("Redis closed the connection")
                answers += len(part)

    def misses(self):
        """How often Redis was asked for a key that it did not have."""
        done = subprocess.run(
            ["redis-cli", "-p", str(self.redis.port), "info", "stats"], capture_output=True, text=True, check=True)
        for line in done.stdout.splitlines():
            if line.startswith("keyspace_misses:"):
                return int(line.split(":")[1])
        raise Failure("Redis does not tell its misses")


def read_stock(port, key, number):
    """What a server answers for a SKU: its body, which must be that SKU's."""
    sku = f"SKU-{number:08}"
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/inventory/{sku}", headers={"Authorization": f"Bearer {key}"})
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_SECONDS_MAXIMUM) as answer:
            body = answer.read()
    except urllib.error.HTTPError as error:
        raise Failure(f"{sku} is answered with {error.code}: {error.read().decode(errors='replace')}") from error
    if json.loads(body).get("sku") != sku:
        raise Failure(f"{sku} is answered with another's stock")
    return body


def is_refused(port, key):
    """Whether a key is not taken."""
    try:
        read_stock(port, key, 0)
    except Failure:
        return True
    return False

"""The whole system as a benchmark runs it: on folders and ports of its own, used by REST as anybody would."""

import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from harness import BENCHMARKS, Failure
from servers import free_port_base

START_SECONDS_MAXIMUM = 180
JOB_SECONDS_MAXIMUM = 900
IDLE_SECONDS_MAXIMUM = 10
POLL_SECONDS = 0.02
PROJECT = BENCHMARKS.parent
PRODUCTS = ("driveline", "identity", "inventory", "catalog", "pricing", "order", "channel", "gateway")


def build_system(*more):
    """Builds all executables of the system, and more; their folder."""
    for product in PRODUCTS + more:
        subprocess.run(
            ["swift", "build", "-c", "release", "--product", product, "--package-path", PROJECT], check=True,
            stdout=sys.stderr)
    return PROJECT / ".build" / "release"


class System:
    """PostgreSQL, Redis and the services, from `with` to the end of the block, with a brand and its key.

    Arguments: the folder of the executables, the scopes of the key, how many
    reads and writes a second it may make, where that is more than by default, and further options of `driveline up`."""

    def __init__(self, programs, scopes, limits=None, options=()):
        self.options = options
        self.command = programs / "driveline"
        self.scopes = scopes
        self.environment = os.environ | {
            f"DRIVELINE_{kind}_{what}": str(limits) for kind in ("READ", "WRITE") for what in ("RATE", "BURST") if limits}

    def __enter__(self):
        # Servers that run as root's stand-ins must be able to enter it.
        self.folder = Path(tempfile.mkdtemp(prefix="bench-system-"))
        self.folder.chmod(0o755)
        self.base = free_port_base()
        try:
            self._run("up", "--detach", "--data", self.data, "--port-base", self.base, *self.options, seconds=START_SECONDS_MAXIMUM)
            identity = ["--identity", f"127.0.0.1:{self.base + 10}", "--token-file", self.data / "secrets" / "service-token"]
            made = self._run("brands", "create", "bench", "--name", "Bench", *identity)
            self.brand = re.search(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", made)[0]
            key = self._run("keys", "create", "--brand", "bench", "--scopes", ",".join(self.scopes), *identity)
            self.headers = {"Authorization": f"Bearer {key.strip()}"}
            self.connection = http.client.HTTPConnection("127.0.0.1", self.base, timeout=JOB_SECONDS_MAXIMUM)
            self.last_call = time.monotonic()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        subprocess.run([self.command, "down", "--data", self.data], capture_output=True, timeout=START_SECONDS_MAXIMUM)
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def service_token(self):
        """What a service shows to act for any brand."""
        return (self.data / "secrets" / "service-token").read_text().strip()

    @property
    def data(self):
        return self.folder / "data"

    def call(self, method, path, body=None, **headers):
        """One request; its answer's document."""
        data = body if body is None or hasattr(body, "read") else json.dumps(body).encode()
        if body is not None and not hasattr(body, "read"):
            headers["Content-Type"] = "application/json"
        # The gateway may have closed what was idle for longer: another connection is opened.
        if time.monotonic() - self.last_call > IDLE_SECONDS_MAXIMUM:
            self.connection.close()
        self.last_call = time.monotonic()
        self.connection.request(method, path, body=data, headers=self.headers | headers)
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status >= 400:
            raise Failure(f"{method} {path}: {answer.status} {content.decode(errors='replace')}")
        return json.loads(content) if content else {}

    def import_file(self, imports, path, options):
        """Imports a file by a service's imports, such as `/v1/catalog-imports`; seconds from the end of its upload to the
        end of the import, and the import."""
        begun = self.call("POST", imports, {"options": options}, **{"Idempotency-Key": path.name})
        number = begun["importId"]
        with open(path, "rb") as file:
            self.call("PUT", f"/v1/jobs/{number}/input", file, **{"Content-Type": "application/octet-stream"})
        start = time.monotonic()
        phases = {}
        while True:
            found = self.call("GET", f"{imports}/{number}")
            if found["phase"]:
                phases[found["phase"]] = round(time.monotonic() - start, 1)
            if found["state"] == "succeeded":
                print(f"{path.name}: phases ended after {phases} s", file=sys.stderr)
                return time.monotonic() - start, found
            if found["state"] in ("failed", "cancelled"):
                raise Failure(f"the import of {path.name}: {found}")
            if time.monotonic() - start > JOB_SECONDS_MAXIMUM:
                raise Failure(f"the import of {path.name} takes too long: {found}")
            time.sleep(POLL_SECONDS)

    def pid(self, part):
        """The process of a part."""
        record = json.loads((self.data / "system.json").read_text())
        for entry in record["parts"]:
            if entry["name"] == part and entry.get("process"):
                return entry["process"]["processID"]
        raise Failure(f"{part} does not run")

    def peak_mib(self, part):
        """The most memory that a part has had."""
        for line in Path(f"/proc/{self.pid(part)}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
        raise Failure(f"{part} has ended")

    def _run(self, *arguments, seconds=JOB_SECONDS_MAXIMUM):
        done = subprocess.run([str(word) for word in [self.command, *arguments]], capture_output=True, timeout=seconds,
            env=self.environment)
        if done.returncode:
            raise Failure(f"driveline {arguments[0]}: {done.stderr.decode(errors='replace').strip()}")
        return done.stdout.decode(errors="replace")

"""The inventory service as the benchmark runs it: alone, for a caller that shows the service token."""

import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

from harness import LOAD_CORE, SERVER_CORE, START_SECONDS_MAXIMUM, Failure, on_cores, stop

TOKEN = "inventory-benchmark"


class InventoryService:
    """The service with one event loop on a database and a Redis, from `with` to the end of the block."""

    def __init__(self, executable, database_url, redis, lanes=None):
        self.command = [
            str(executable), "--event-loops", "1", "--log-format", "json", "--log-level", "notice",
            "--drain-delay-ms", "0",
        ]
        if lanes:
            self.command += ["--lanes", str(lanes)]
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("DRIVELINE_")}
        self.environment |= {
            "DRIVELINE_POSTGRES_URL": database_url, "DRIVELINE_SERVICE_TOKEN": TOKEN,
            # Only API keys are asked for there, and the benchmark shows none.
            "DRIVELINE_IDENTITY_ADDRESS": "127.0.0.1:1",
            "DRIVELINE_REDIS_URL": f"redis://127.0.0.1:{redis.port}",
        }

    def __enter__(self):
        self.log = tempfile.NamedTemporaryFile("w+", prefix="bench-inventory-", suffix=".log")
        try:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.log,
                env=self.environment, preexec_fn=on_cores(SERVER_CORE, LOAD_CORE),
            )
        except OSError as error:
            raise Failure(f"{self.command[0]}: {error.strerror}") from error
        try:
            self.port = self._wait_for_port()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        stop(self.process)
        self.log.close()

    def _wait_for_port(self):
        end = time.monotonic() + START_SECONDS_MAXIMUM
        while time.monotonic() < end and self.process.poll() is None:
            for line in Path(self.log.name).read_text().splitlines():
                if '"serving"' in line:
                    return int(json.loads(line)["labels.port"])
            time.sleep(0.05)
        raise Failure("the inventory service did not start: " + self.last_words())

    def last_words(self):
        """The end of its log."""
        lines = Path(self.log.name).read_text().splitlines()
        return lines[-1] if lines else "it said nothing"

    def pin(self, *cores):
        """Keeps all of its threads on these cores."""
        for task in Path(f"/proc/{self.pid}/task").iterdir():
            os.sched_setaffinity(int(task.name), cores)

    @property
    def pid(self):
        return self.process.pid

    def peak_mib(self):
        """The most memory that it ever had."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
        raise Failure("the inventory service has ended: " + self.last_words())

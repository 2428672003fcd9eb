"""A service of ours as a benchmark runs it: a process of its own, with settings from the environment."""

import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

from harness import LOAD_CORE, SERVER_CORE, START_SECONDS_MAXIMUM, Failure, on_cores, stop


class ServiceProcess:
    """The service with one event loop, from `with` to the end of the block.

    Arguments: its executable, its settings by name, and the cores that it stands on. `ready` is the line of its log that
    tells a port, and that port's label."""

    def __init__(
        self, executable, settings, arguments=(), cores=(SERVER_CORE, LOAD_CORE), ready=("serving", "labels.port"),
    ):
        self.name = Path(executable).name
        self.command = [str(word) for word in [
            executable, "--event-loops", "1", "--log-format", "json", "--drain-delay-ms", "0", *arguments]]
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("DRIVELINE_")}
        for name, value in settings.items():
            self.environment["DRIVELINE_" + name.upper().replace("-", "_")] = str(value)
        self.cores = cores
        self.ready = ready

    def __enter__(self):
        self.log = tempfile.NamedTemporaryFile("w+", prefix=f"bench-{self.name}-", suffix=".log")
        try:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.log,
                env=self.environment, preexec_fn=on_cores(*self.cores),
            )
        except OSError as error:
            self.log.close()
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
        message, label = self.ready
        end = time.monotonic() + START_SECONDS_MAXIMUM
        while time.monotonic() < end and self.process.poll() is None:
            for line in Path(self.log.name).read_text().splitlines():
                if f'"{message}"' in line:
                    return int(json.loads(line)[label])
            time.sleep(0.05)
        raise Failure(f"{self.name} did not start: {self.last_words()}")

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

    def resident_mib(self):
        """The memory that it has now."""
        return self._status_mib("VmRSS")

    def peak_mib(self):
        """The most memory that it ever had."""
        return self._status_mib("VmHWM")

    def _status_mib(self, name):
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(name + ":"):
                return int(line.split()[1]) / 1024
        raise Failure(f"{self.name} has ended: {self.last_words()}")

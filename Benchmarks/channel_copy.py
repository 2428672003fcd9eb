"""A second copy of the channel service beside that of a system, started anew whenever it is killed."""

import os
import signal
import subprocess
import threading
import time
from pathlib import Path

from harness import Failure, stop

PORT_OFFSET, ADMIN_OFFSET = 45, 95
RESTART_SECONDS = 0.3
LOOK_SECONDS = 0.05


class ChannelCopy:
    """From `with` to the end of the block. It has the settings of the first copy, and ports of its own."""

    def __init__(self, system):
        self.system = system
        self.is_over, self.lock = threading.Event(), threading.Lock()
        self.kills, self.failures = 0, []

    def __enter__(self):
        folder = Path(f"/proc/{self.system.pid('channel')}")
        self.command = [word.decode() for word in (folder / "cmdline").read_bytes().split(b"\0") if word]
        self.command[0] = os.readlink(folder / "exe")
        pairs = (entry.decode().partition("=") for entry in (folder / "environ").read_bytes().split(b"\0") if entry)
        self.environment = {name: value for name, _, value in pairs} | {
            "DRIVELINE_PORT": str(self.system.base + PORT_OFFSET), "DRIVELINE_ADMIN_PORT": str(self.system.base + ADMIN_OFFSET)}
        self.log = open(self.system.data / "logs" / "channel-2.log", "ab")
        self._start()
        self.watcher = threading.Thread(target=self._watch, daemon=True)
        self.watcher.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        self.watcher.join()
        stop(self.process)
        self.log.close()

    def kill(self):
        """Whether it ran, and so was killed."""
        with self.lock:
            if self.process.poll() is not None:
                return False
            self.kills += 1
            self.process.send_signal(signal.SIGKILL)
            return True

    def _start(self):
        self.process = subprocess.Popen(self.command, env=self.environment, stdout=self.log, stderr=self.log)

    def _watch(self):
        while not self.is_over.wait(LOOK_SECONDS):
            code = self.process.poll()
            if code is None:
                continue
            if code != -signal.SIGKILL:
                self.failures.append(f"the second copy of channel ended by itself, with {code}")
            time.sleep(RESTART_SECONDS)
            with self.lock:
                self._start()


def kill(system, copy, victim):
    """Whether a part ran, and so was killed."""
    if victim == "channel-2":
        return copy.kill()
    try:
        os.kill(system.pid(victim), signal.SIGKILL)
        return True
    except (Failure, ProcessLookupError, OSError, ValueError):
        # It has not been started again yet.
        return False

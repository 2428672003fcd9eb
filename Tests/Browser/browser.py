"""Drives a headless Chromium by its pipe, with nothing but the standard library."""

import base64
import json
import os
import shutil
import subprocess
import tempfile

READ_BYTES = 1 << 20
# Chromium reads commands from this file descriptor, and writes answers to the next.
COMMANDS = 3


class Browser:
    """One page in one Chromium, with a profile of its own that goes with it."""

    def __init__(self):
        executable = shutil.which("chromium") or shutil.which("google-chrome")
        if executable is None:
            raise SystemExit("There is no Chromium: scripts/install-dependencies browser installs it.")
        self._profile = tempfile.TemporaryDirectory()
        commands, self._commands = os.pipe()
        self._answers, answers = os.pipe()
        # A shell puts the pipes where Chromium looks for them; its own numbers may be in the way of each other.
        self._process = subprocess.Popen(
            ["bash", "-c", f'exec "$@" {COMMANDS}<&{commands} {COMMANDS + 1}>&{answers}', "bash", executable,
             "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
             "--remote-debugging-pipe", f"--user-data-dir={self._profile.name}", "about:blank"],
            pass_fds=[commands, answers], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(commands)
        os.close(answers)
        self._pending = b""
        self._count = 0
        self._session = None
        self.events = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._session = None
        self.call("Browser.close")
        self._process.wait(timeout=30)
        self._profile.cleanup()

    def call(self, method, **parameters):
        """Gives a command of the DevTools protocol, and returns what it results in."""
        self._count += 1
        message = {"id": self._count, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") != self._count:
                self.events.append(answer)
            elif "error" in answer:
                raise RuntimeError(f"{method}: {answer['error']}")
            else:
                return answer["result"]

    def _read(self):
        while b"\0" not in self._pending:
            data = os.read(self._answers, READ_BYTES)
            if not data:
                raise RuntimeError("Chromium has ended")
            self._pending += data
        message, self._pending = self._pending.split(b"\0", 1)
        return json.loads(message)

    def look(self, width, height, scheme="light", scripts=True):
        """Sets the window's size, the preferred colours, and whether scripts run, for pages that are opened next."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                  mobile=width < 600)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.call("Emulation.setScriptExecutionDisabled", value=not scripts)

    def open(self, url):
        """Opens a page, and waits until it is loaded; a place within the page that is open is there at once."""
        self.events = []
        if "loaderId" not in self.call("Page.navigate", url=url):
            return
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self._read())

    def faults(self):
        """What the browser has complained of since the page was opened."""
        texts = []
        for event in self.events:
            if event.get("method") == "Log.entryAdded":
                texts.append(event["params"]["entry"]["text"])
            elif event.get("method") == "Runtime.exceptionThrown":
                texts.append(event["params"]["exceptionDetails"]["text"])
        return texts

    def evaluate(self, expression):
        """The value of an expression in the page."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"])
        return result["result"].get("value")

    def press(self, key, code, text=None):
        """Presses a key and lets it go."""
        down = {"text": text} if text else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, code=key, windowsVirtualKeyCode=code, **down)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key, code=key, windowsVirtualKeyCode=code)

    def screenshot(self, path):
        """Writes what is seen, as PNG."""
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))

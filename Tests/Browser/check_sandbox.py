#!/usr/bin/env python3
"""Looks at the sandbox's page in a headless Chromium: whether shelves and orders are shown, change by themselves, and are neither
too wide nor too pale.

    Tests/Browser/check_sandbox.py SANDBOX [--screenshots FOLDER]
"""

import argparse
import http.client
import json
import pathlib
import socket
import subprocess
import sys
import tempfile
import time

import browser
import looks

TOKEN = "a-token-of-this-check"
START_SECONDS_MAXIMUM = 30
SHOWN_SECONDS_MAXIMUM = 10
LOOK_SECONDS = 0.1
PRODUCTS = [
    {"sku": "PAD-1", "title": "Brake pad set", "price": "24.90", "quantity": 12},
    {"sku": "PAD-2", "title": "Brake pad set, rear, with wear indicator and all that is needed to fit it", "price": "1249.00",
     "quantity": 3},
    {"sku": "A-SKU-AS-LONG-AS-SOME-BRANDS-HAVE-THEM-0001", "title": "Disc", "price": "79.00", "quantity": 0},
]

# The text of each row of a shop's shelf and orders, by the shop.
SHOPS = """
Object.fromEntries([...document.querySelectorAll(".shop")].map((shop) => [
  shop.querySelector("h2").textContent,
  [...shop.querySelectorAll("section")].map((section) => [...section.querySelectorAll("tr")].slice(1).map(
    (row) => [...row.cells].map((cell) => cell.innerText)))]))
"""


class Sandbox:
    """A sandbox of its own, from `with` to the end of the block."""

    def __init__(self, program):
        self.program = program

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="check-sandbox-")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process = subprocess.Popen(
            [self.program, "--port", "0", "--admin-port", "0", "--http-port", str(self.port), "--control-token", TOKEN,
             "--data-folder", self.folder.name], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + START_SECONDS_MAXIMUM
        while True:
            try:
                self.call("GET", "/control/shops")
                return self
            except OSError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    self.__exit__()
                    raise SystemExit("the sandbox did not start")
                time.sleep(LOOK_SECONDS)

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.folder.cleanup()

    def call(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=START_SECONDS_MAXIMUM)
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        connection.request(method, path, body=None if body is None else json.dumps(body), headers=headers)
        answer = connection.getresponse()
        content = answer.read()
        if answer.status >= 400:
            raise SystemExit(f"{method} {path}: {answer.status} {content.decode()}")
        return json.loads(content) if content else {}


class SandboxCheck(looks.Check):
    """What was found of the sandbox's page."""

    def open(self):
        super().open()
        self.until(lambda shops: "brakes" in shops, "no shop is shown")

    def until(self, holds, text):
        """Waits until what is shown is right."""
        deadline = time.monotonic() + SHOWN_SECONDS_MAXIMUM
        while not holds(shops := self.page.evaluate(SHOPS)):
            if time.monotonic() > deadline:
                return self.expect(False, f"{text}: {shops}")
            time.sleep(LOOK_SECONDS)

    def changes(self, sandbox):
        """A shelf and an order change before one's eyes, without the page being opened anew."""
        self.page.look(1440, 900)
        self.open()
        row = lambda shops, sku: next((row for row in shops["brakes"][0] if row[0] == sku), [])
        self.until(lambda shops: "12" in row(shops, "PAD-1")[3:4], "the shelf is not shown")
        self.until(lambda shops: row(shops, PRODUCTS[2]["sku"])[3:4] == ["sold out"], "sold out is not shown")
        sandbox.call("PUT", "/control/shops/brakes/shelf/PAD-1", {"available": 7})
        self.until(lambda shops: row(shops, "PAD-1")[3:4] == ["7"], "a changed shelf is not shown")
        order = sandbox.call("POST", "/control/shops/brakes/orders", {"lines": [{"sku": "PAD-2", "quantity": 3}]})
        self.until(lambda shops: row(shops, "PAD-2")[3:4] == ["sold out"], "what was bought is still for sale")
        self.until(lambda shops: len(shops["brakes"][1]) == 2 and shops["brakes"][1][0][1] == "3 × PAD-2", "an order is not shown")
        self.see("order")
        sandbox.call("POST", f"/control/shops/brakes/orders/{order['id'].rsplit('/', 1)[-1]}/cancel", {})
        self.until(lambda shops: shops["brakes"][1][0][2].startswith("cancelled"), "a cancelled order is shown as another")
        self.expect(not self.page.faults(), f"{self.page.faults()}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("sandbox", type=pathlib.Path, help="the sandbox's executable")
    parser.add_argument("--screenshots", type=pathlib.Path, help="where to write what was seen")
    options = parser.parse_args()
    if options.screenshots:
        options.screenshots.mkdir(parents=True, exist_ok=True)
    with Sandbox(options.sandbox) as sandbox, browser.Browser() as page:
        sandbox.call("POST", "/control/shops", {"name": "brakes", "platform": "shopify", "products": PRODUCTS})
        sandbox.call("POST", "/control/shops", {"name": "partner", "platform": "feed", "products": []})
        sandbox.call("POST", "/control/shops/brakes/orders", {"lines": [{"sku": "PAD-1", "quantity": 1}]})
        sandbox.call("PUT", "/control/shops/brakes/shelf/PAD-1", {"available": 12})
        check = SandboxCheck(page, f"http://127.0.0.1:{sandbox.port}/", options.screenshots)
        check.appearance()
        check.changes(sandbox)
    for fault in check.faults:
        print(fault)
    print(f"{len(check.faults)} faults of the sandbox's page")
    sys.exit(1 if check.faults else 0)


if __name__ == "__main__":
    main()

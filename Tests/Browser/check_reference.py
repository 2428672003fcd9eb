#!/usr/bin/env python3
"""Looks at the gateway's reference page in a headless Chromium: whether anything is too wide or too pale, whether keyboards
reach everything in its order, and whether filter and contents work, with and without a script.

    Tests/Browser/check_reference.py [--screenshots FOLDER]
"""

import argparse
import http.server
import pathlib
import re
import sys
import threading

import browser
import looks

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENTS = ROOT / "services/gateway/Documents"
TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript", ".json": "application/json"}
PATHS = {"/docs": "reference.html", "/docs/reference.css": "reference.css", "/docs/reference.js": "reference.js",
         "/openapi.json": "openapi.json"}
FOCUS = """
(() => {
  const element = document.activeElement;
  const style = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  return {
    name: element.textContent.trim().slice(0, 40) || element.id,
    outline: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    seen: box.bottom > 0 && box.top < innerHeight && box.width > 0,
  };
})()
"""

# Headings that leave out a level, ids that stand twice, links into the page that lead nowhere, and what has no name.
STRUCTURE = """
(() => {
  const faults = [];
  let level = 0;
  for (const heading of document.querySelectorAll("h1, h2, h3, h4, h5, h6")) {
    const own = Number(heading.tagName[1]);
    if (own > level + 1) faults.push(`heading of level ${own} behind ${level}: ${heading.textContent}`);
    level = own;
  }
  const ids = new Set();
  for (const element of document.querySelectorAll("[id]")) {
    if (ids.has(element.id)) faults.push(`id ${element.id} stands twice`);
    ids.add(element.id);
  }
  for (const link of document.querySelectorAll("a[href^='#']")) {
    if (!ids.has(link.hash.slice(1))) faults.push(`link to ${link.hash}`);
  }
  for (const element of document.querySelectorAll("[aria-labelledby], [aria-describedby]")) {
    const names = [element.getAttribute("aria-labelledby"), element.getAttribute("aria-describedby")];
    for (const name of names.filter(Boolean)) if (!ids.has(name)) faults.push(`reference to ${name}`);
  }
  for (const element of document.querySelectorAll("a, button, summary, input")) {
    const name = element.textContent.trim() || element.getAttribute("aria-label") || element.labels?.length;
    if (!name) faults.push(`no name: ${element.outerHTML.slice(0, 80)}`);
  }
  for (const tag of ["main", "nav", "header", "footer", "h1", "title"]) {
    if (document.querySelectorAll(tag).length !== 1) faults.push(`not one ${tag}`);
  }
  return faults;
})()
"""


class Pages(http.server.BaseHTTPRequestHandler):
    """The pages as the gateway serves them, with its policy."""

    def do_GET(self):
        name = PATHS.get(self.path)
        self.send_response(200 if name else 404)
        if name:
            self.send_header("Content-Type", TYPES[pathlib.Path(name).suffix])
        self.send_header("Content-Security-Policy", policy())
        self.end_headers()
        if name:
            self.wfile.write((DOCUMENTS / name).read_bytes())

    def log_message(self, *_):
        pass


def policy():
    """The policy of the page, from the gateway's source."""
    source = (ROOT / "services/gateway/Service/Pages/GatewayPage.swift").read_text()
    declaration = source.split("contentSecurityPolicy =", 1)[1].split("private let", 1)[0]
    return "".join(re.findall(r'"([^"]*)"', declaration))


class ReferenceCheck(looks.Check):
    """What was found of the reference page."""

    def structure(self):
        """Headings, links and names."""
        for fault in self.page.evaluate(STRUCTURE):
            self.expect(False, fault)

    def keyboard(self):
        """The first stops of the tab key: the skip link, the filter, the contents; each with a mark."""
        self.page.look(1440, 900)
        self.page.open(self.url)
        stops = []
        for _ in range(8):
            self.page.press("Tab", 9)
            stops.append(self.page.evaluate(FOCUS))
        names = [stop["name"] for stop in stops]
        self.expect(names[:5] == ["Skip to content", "Driveline API", "filter", "Authentication", "Requests"],
                    f"the tab key stops at {names}")
        for stop in stops:
            self.expect(stop["outline"] and stop["seen"], f"the focus is not seen at {stop['name']}")
        self.page.open(self.url)
        self.page.press("Tab", 9)
        self.page.press("Enter", 13, "\r")
        self.expect(self.page.evaluate("document.activeElement.id") == "content", "the skip link does not skip")

    def filter(self):
        """The filter finds what has all words, says how many, and is left by Escape."""
        self.page.open(self.url)
        self.page.press("/", 191, "/")
        self.expect(self.page.evaluate("document.activeElement.id") == "filter", "the slash does not lead to the filter")
        for letter in "POST reserv":
            self.page.press(letter, ord(letter.upper()), letter)
        seen = "[...document.querySelectorAll('[data-words]')].filter((item) => item.checkVisibility()).length"
        (count, all_of_them) = (self.page.evaluate(seen), self.page.evaluate("document.querySelectorAll('[data-words]').length"))
        self.expect(0 < count < all_of_them, f"the filter shows {count} of {all_of_them}")
        self.expect(self.page.evaluate("document.getElementById('found').textContent").startswith(f"{count} of "),
                    "the filter does not say how many it found")
        self.see("filter")
        self.page.press("Escape", 27)
        self.expect(self.page.evaluate(seen) == all_of_them, "Escape does not end the filter")

    def contents(self):
        """On a telephone the contents open and close, and lead to an operation; with and without a script."""
        for scripts in (True, False):
            self.page.look(390, 844, scripts=scripts)
            self.page.open(self.url)
            word = "with" if scripts else "without"
            shown = self.shown("menu")
            self.page.open(self.url + "#menu")
            self.see(f"contents-{word}-script")
            self.expect(not shown and self.shown("menu"), f"the contents do not open {word} a script")
            self.page.open(self.url + "#inventory_getStock")
            self.expect(not self.shown("menu"), f"the contents do not close {word} a script")
        self.page.look(1440, 900, scripts=False)
        self.page.open(self.url)
        self.see("without-script")
        self.expect(not self.shown("filter"), "there is a filter where nothing filters")

    def shown(self, name):
        """Whether an element is seen, asked without a script of the page."""
        document = self.page.call("DOM.getDocument")["root"]["nodeId"]
        node = self.page.call("DOM.querySelector", nodeId=document, selector=f"#{name}")["nodeId"]
        try:
            return self.page.call("DOM.getBoxModel", nodeId=node)["model"]["height"] > 0
        except RuntimeError:
            return False


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--screenshots", type=pathlib.Path, help="where to write what was seen")
    folder = parser.parse_args().screenshots
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with browser.Browser() as page:
        check = ReferenceCheck(page, f"http://127.0.0.1:{server.server_port}/docs", folder)
        check.appearance()
        check.structure()
        check.keyboard()
        check.filter()
        check.contents()
    for fault in check.faults:
        print(fault)
    print(f"{len(check.faults)} faults of the reference page")
    sys.exit(1 if check.faults else 0)


if __name__ == "__main__":
    main()

"""What is looked at on every page: whether anything is too wide or too pale, in all sizes and both colour schemes."""

LEAST_CONTRAST = 4.5
WIDTHS = {1440: 900, 1100: 800, 768: 1024, 390: 844, 320: 640}

# What stands out to the right of the window.
TOO_WIDE = """
(() => {
  for (const details of document.querySelectorAll("details")) details.open = true;
  const wide = [...document.querySelectorAll("body *")].filter((element) => {
    const box = element.getBoundingClientRect();
    return box.width > 0 && box.right > innerWidth + 1;
  });
  return [document.documentElement.scrollWidth - innerWidth, wide.slice(0, 3).map((element) => element.outerHTML.slice(0, 120))];
})()
"""

# The least contrast of text to what is behind it, and where that is (WCAG 2.2, 1.4.3).
PALEST = """
(() => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }).reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  let palest = [Infinity, ""];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility()) continue;
    const [text, back] = [light(parse(getComputedStyle(element).color)), light(behind(element))];
    const contrast = (Math.max(text, back) + 0.05) / (Math.min(text, back) + 0.05);
    if (contrast < palest[0]) palest = [contrast, element.outerHTML.slice(0, 120)];
  }
  return palest;
})()
"""


class Check:
    """What was found of a page."""

    def __init__(self, page, url, folder):
        self.page = page
        self.url = url
        self.folder = folder
        self.faults = []

    def expect(self, holds, text):
        if not holds:
            self.faults.append(text)

    def see(self, name):
        if self.folder:
            self.page.screenshot(self.folder / f"{name}.png")

    def open(self):
        """Opens the page, and waits until it shows what it has."""
        self.page.open(self.url)

    def appearance(self):
        """Width and contrast, in all sizes and both colour schemes."""
        for width, height in WIDTHS.items():
            for scheme in ("light", "dark"):
                self.page.look(width, height, scheme)
                self.open()
                self.see(f"{width}-{scheme}")
                excess, wide = self.page.evaluate(TOO_WIDE)
                self.expect(excess <= 0 and not wide, f"{width} {scheme}: {excess} too wide: {wide}")
                contrast, where = self.page.evaluate(PALEST)
                self.expect(contrast >= LEAST_CONTRAST, f"{width} {scheme}: contrast {contrast:.2f} of {where}")
                self.expect(not self.page.faults(), f"{width} {scheme}: {self.page.faults()}")

// What the reference page has beside what it has without a script: a filter, where the reader is, and copying.
"use strict";

(() => {
  const navigation = document.getElementById("menu");
  const filter = document.getElementById("filter");
  const found = document.getElementById("found");
  const groups = [...navigation.querySelectorAll(".group")];
  const items = [...navigation.querySelectorAll("[data-words]")];

  // The filter shows the operations that have all of its words.
  const show = () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const item of items) {
      const matches = words.every((word) => item.dataset.words.includes(word));
      item.hidden = !matches;
      if (matches) count += 1;
    }
    for (const group of groups) {
      group.hidden = !group.querySelector("[data-words]:not([hidden])");
    }
    found.textContent = words.length ? `${count} of ${items.length} operations` : "";
  };
  filter.addEventListener("input", show);
  filter.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      filter.value = "";
      show();
    } else if (event.key === "Enter") {
      navigation.querySelector("[data-words]:not([hidden]) a")?.click();
    }
  });
  filter.closest(".filter").hidden = false;
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest("input, textarea, [contenteditable]");
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTyping) return;
    if (!filter.checkVisibility()) return;
    event.preventDefault();
    filter.focus();
  });

  // Where the contents cover the page, closing them leads back to where the reader was.
  const close = () => { if (location.hash === "#menu") history.back(); };
  navigation.querySelector(".close").addEventListener("click", (event) => {
    event.preventDefault();
    close();
  });
  navigation.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target !== filter) close();
  });

  // The contents mark the section that is read: the last one that begins above the upper third.
  const links = new Map([...navigation.querySelectorAll("li a")].map((link) => [link.hash.slice(1), link]));
  const sections = [...document.querySelectorAll("main section[id]")].filter((section) => links.has(section.id));
  let current = null;
  const mark = () => {
    let section = null;
    for (const candidate of sections) {
      if (candidate.getBoundingClientRect().top > innerHeight / 3) break;
      section = candidate;
    }
    const link = section ? links.get(section.id) : null;
    if (link === current) return;
    current?.removeAttribute("aria-current");
    link?.setAttribute("aria-current", "true");
    current = link;
    if (!link || navigation.contains(document.activeElement)) return;
    const { top, bottom } = link.getBoundingClientRect();
    if (top < 0 || bottom > innerHeight) navigation.scrollTop += top - innerHeight / 2;
  };
  let isWaiting = false;
  addEventListener("scroll", () => {
    if (isWaiting) return;
    isWaiting = true;
    requestAnimationFrame(() => {
      isWaiting = false;
      mark();
    });
  }, { passive: true });
  mark();

  // Examples can be copied where the browser lets pages do that.
  if (navigator.clipboard) {
    for (const figure of document.querySelectorAll(".code")) {
      const caption = figure.querySelector("figcaption");
      const button = document.createElement("button");
      const label = caption.textContent.toLowerCase();
      button.type = "button";
      button.textContent = "Copy";
      button.setAttribute("aria-label", `Copy ${label}`);
      button.addEventListener("click", async () => {
        try {
          await navigator.clipboard.writeText(figure.querySelector("code").textContent);
          button.textContent = "Copied";
        } catch {
          button.textContent = "Not copied";
        }
        setTimeout(() => { button.textContent = "Copy"; }, 2000);
      });
      caption.append(button);
    }
  }
})();

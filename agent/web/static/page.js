// Keeps a page current and puts its times in the viewer's zone. Without it the page says the same, as of its load.
"use strict";

const EVERY = 10_000; // milliseconds between two looks
const CALM = 200; // milliseconds after the last key before a search is sent

const content = () => document.getElementById("content");
const live = document.getElementById("live");
const liveText = document.getElementById("live-text");
const pause = document.getElementById("live-pause");
const told = document.getElementById("told");
const filter = document.getElementById("filter");

const full = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

let latest = 0; // counts requests, so that a late answer never replaces a newer one
let isPaused = false;

function localTimes(root) {
  for (const time of root.querySelectorAll("time")) {
    // A day alone is the same day everywhere.
    if (time.dateTime.includes("T")) {
      time.title = time.textContent;
      time.textContent = full.format(new Date(time.dateTime));
    }
  }
}

function isBusy() {
  const selection = document.getSelection();
  const typing = document.activeElement?.matches("input, select") && content().contains(document.activeElement);
  return typing || (selection && !selection.isCollapsed && content().contains(selection.anchorNode));
}

function keyOf(element) {
  if (element.matches("details[id] > summary")) {
    return `#${CSS.escape(element.parentElement.id)} > summary`;
  }
  return element.id ? `#${CSS.escape(element.id)}` : element.href && `a[href="${CSS.escape(element.getAttribute("href"))}"]`;
}

function show(page) {
  const fresh = page.getElementById("content");
  localTimes(fresh);
  const open = new Map([...content().querySelectorAll("details[id]")].map((each) => [each.id, each.open]));
  for (const each of fresh.querySelectorAll("details[id]")) {
    each.open = open.get(each.id) ?? each.open;
  }
  const before = document.activeElement;
  const focused = content().contains(before) && before !== content() ? keyOf(before) : null;
  const scrolled = content().querySelector(".scroll")?.scrollLeft ?? 0;
  content().replaceWith(document.importNode(fresh, true));
  if (focused) {
    content().querySelector(focused)?.focus({ preventScroll: true });
  }
  const scroll = content().querySelector(".scroll");
  if (scroll) {
    scroll.scrollLeft = scrolled;
  }
  const footer = page.querySelector("footer");
  localTimes(footer);
  document.querySelector("footer").replaceWith(document.importNode(footer, true));
  document.title = page.title;
}

async function look(address) {
  const mine = ++latest;
  let page;
  try {
    const answer = await fetch(address, { headers: { Accept: "text/html" } });
    page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!page.getElementById("content")) {
      throw new Error(`status ${answer.status}`);
    }
  } catch {
    if (mine === latest) {
      liveText.textContent = `No answer since ${liveText.dataset.at}`;
    }
    return false;
  }
  if (mine !== latest) {
    return false;
  }
  show(page);
  isCurrent();
  return true;
}

function isCurrent() {
  liveText.dataset.at = clock.format(new Date());
  tell();
}

function tell() {
  liveText.textContent = `As of ${liveText.dataset.at}${isPaused ? ", paused" : ""}`;
}

function asked() {
  const fields = new URLSearchParams([...new FormData(filter)].filter(([, value]) => value !== ""));
  const query = fields.toString();
  return query ? `?${query}` : location.pathname;
}

async function search() {
  const address = asked();
  history.replaceState(null, "", address);
  if (await look(address)) {
    told.textContent = document.getElementById("shown")?.textContent ?? "";
  }
}

let waiting;
filter?.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(search, CALM);
});
filter?.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(waiting);
  search();
});

pause.addEventListener("click", () => {
  isPaused = !isPaused;
  pause.setAttribute("aria-pressed", String(isPaused));
  if (isPaused) {
    tell();
  } else {
    look(location.href);
  }
});

// On paper nothing can be unfolded.
let folded = [];
addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll("details:not([open])")];
  folded.forEach((each) => (each.open = true));
});
addEventListener("afterprint", () => folded.forEach((each) => (each.open = false)));

function lookAgain() {
  if (!isPaused && !document.hidden && !isBusy()) {
    look(location.href);
  }
}

setInterval(lookAgain, EVERY);
document.addEventListener("visibilitychange", lookAgain);

localTimes(document);
isCurrent();
live.hidden = false;

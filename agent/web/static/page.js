// Keeps a page current, and shows times in the viewer's time zone. Without it the page is complete, as of its load.
"use strict";

const REFRESH_INTERVAL = 10_000; // milliseconds
const SEARCH_DELAY = 200; // milliseconds after the last key

const content = () => document.getElementById("content");
const live = document.getElementById("live");
const liveText = document.getElementById("live-text");
const pause = document.getElementById("live-pause");
const announcement = document.getElementById("announcement");
const filter = document.getElementById("filter");

const full = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" });
const short = new Intl.DateTimeFormat(undefined, { dateStyle: "short", timeStyle: "short" });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

let latest = 0; // counts requests, so that a late answer never replaces a newer one
let isPaused = false;

function localTimes(root) {
  for (const time of root.querySelectorAll("time")) {
    // A date without a time is the same in every time zone.
    if (time.dateTime.includes("T")) {
      time.title = time.textContent;
      const form = time.closest(".since") ? short : full;
      time.textContent = form.format(new Date(time.dateTime));
    }
  }
}

function showCopyButtons(root) {
  for (const button of root.querySelectorAll(".copy")) {
    button.hidden = false;
  }
}

async function copy(button) {
  const code = button.previousElementSibling;
  try {
    await navigator.clipboard.writeText(code.textContent);
  } catch {
    // Browsers allow the clipboard only to HTTPS and this machine: then the text is selected, ready to copy.
    document.getSelection().selectAllChildren(code);
    button.textContent = "Selected";
    return;
  }
  button.textContent = "Copied";
  setTimeout(() => (button.textContent = "Copy"), 2000);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest(".copy");
  if (button) {
    copy(button);
  }
});

function isBusy() {
  const selection = document.getSelection();
  const typing = document.activeElement?.matches("input, select") && content().contains(document.activeElement);
  return typing || (selection && !selection.isCollapsed && content().contains(selection.anchorNode));
}

function keyOf(element) {
  if (element.matches("details[id] > summary")) {
    return `#${CSS.escape(element.parentElement.id)} > summary`;
  }
  if (element.matches(".copy")) {
    return `.copy[aria-label="${CSS.escape(element.getAttribute("aria-label"))}"]`;
  }
  return element.id ? `#${CSS.escape(element.id)}` : element.href && `a[href="${CSS.escape(element.getAttribute("href"))}"]`;
}

function show(page) {
  const fresh = page.getElementById("content");
  localTimes(fresh);
  showCopyButtons(fresh);
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

async function load(address) {
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
      liveText.textContent = liveText.dataset.at ? `No answer since ${liveText.dataset.at}` : "No answer";
    }
    return false;
  }
  if (mine !== latest) {
    return false;
  }
  show(page);
  markCurrent();
  return true;
}

function markCurrent() {
  // The age of the data, not of the page.
  const asOf = content().dataset.asOf;
  liveText.dataset.at = asOf ? clock.format(new Date(asOf)) : "";
  showStatus();
}

function showStatus() {
  const at = liveText.dataset.at ? `As of ${liveText.dataset.at}` : "";
  liveText.textContent = [at, isPaused ? "paused" : ""].filter(Boolean).join(", ");
}

function searchAddress() {
  const fields = new URLSearchParams([...new FormData(filter)].filter(([, value]) => value !== ""));
  const query = fields.toString();
  return query ? `?${query}` : location.pathname;
}

async function search() {
  const address = searchAddress();
  history.replaceState(null, "", address);
  if (await load(address)) {
    announcement.textContent = document.getElementById("shown")?.textContent ?? "";
  }
}

let waiting;
filter?.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(search, SEARCH_DELAY);
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
    showStatus();
  } else {
    load(location.href);
  }
});

// Nothing can be unfolded on paper.
let folded = [];
addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll("details:not([open])")];
  folded.forEach((each) => (each.open = true));
});
addEventListener("afterprint", () => folded.forEach((each) => (each.open = false)));

function refresh() {
  if (!isPaused && !document.hidden && !isBusy()) {
    load(location.href);
  }
}


localTimes(document);
showCopyButtons(document);
markCurrent();
// Runbooks, reasons and missing pages do not change.
if ("live" in content().dataset) {
  live.hidden = false;
  setInterval(refresh, REFRESH_INTERVAL);
  document.addEventListener("visibilitychange", refresh);
}

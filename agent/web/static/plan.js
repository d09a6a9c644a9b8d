// Looks a plan up in the tables of the page (agent/reports/plan_table.py) and shows it. It decides nothing.
"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const choice = ["from", "to", "store-0", "store-1", "store-2"].map((id) => document.getElementById(id));
const [from, to, ...stores] = choice;
const TARGET = -1; // the place of a release that is the target of the plan

const minorOf = (release) => release.split(".").slice(0, 2).join(".");
const fill = (place, release, previous) =>
  data.texts[place].replaceAll("\u0001", release).replaceAll("\u0002", previous);
const cited = (text, source) => (source ? `${text} [${source}]` : text);
const count = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;

// The hops of a plan as [place of the release, place of the body], and the changes of its stores.
function lookUp(setup, start, target) {
  const first = data.releases.indexOf(start);
  const later = data.releases.slice(first + 1);
  const minors = [...new Set(later.map(minorOf))];
  const [chain, ...parts] = setup.rows[first];
  const place = 2 * minors.indexOf(minorOf(target));
  const among = later.filter((release) => minorOf(release) === minorOf(target)).indexOf(target);
  const [changes, ...rest] = data.segments[parts[place + 1]][among];
  const hops = [...chain.slice(0, parts[place]), ...rest].map((hop) => data.hops[hop]);
  return { hops, changes: data.changes[changes] };
}

// What a plan says, hop by hop: each blocker, finding and warning at the first hop that has it.
function planOf(setup, start, target) {
  const { hops, changes } = lookUp(setup, start, target);
  const firstHop = new Map();
  const seen = new Set();
  const warned = new Set();
  let previous = start;
  const found = hops.map(([place, body]) => {
    const release = place === TARGET ? target : data.releases[place];
    const [blockers, findings, critical, others, notes, steps, rollback] = data.bodies[body];
    const write = (text) => fill(text, release, previous);
    const since = blockers.map(([key]) => firstHop.get(key)).filter((each) => each !== undefined);
    const newBlockers = blockers.filter(([key]) => !firstHop.has(key));
    const newFindings = findings.filter(([key]) => !seen.has(key));
    const warnings = critical.filter(([id]) => release === target || !warned.has(id));
    newBlockers.forEach(([key]) => firstHop.set(key, release));
    newFindings.forEach(([key]) => seen.add(key));
    warnings.forEach(([id]) => warned.add(id));
    const earliest = data.releases.find((each) => since.includes(each));
    const hop = {
      release,
      status: newBlockers.length ? "BLOCKED" : earliest ? `still blocked by the blockers of ${earliest}` : "",
      blockers: newBlockers.map(([key, source]) => cited(write(key), write(source))),
      findings: newFindings.map(([key, source]) => cited(write(key), write(source))),
      verdicts: newFindings.map(([, , verdict]) => data.verdicts[verdict]),
      warnings: warnings.map(([, text]) => write(text)),
      others: others.map(([, text]) => write(text)),
      notes: notes.map(write),
      steps: steps.map(([text, command]) => ({ text: write(text), command: write(command) })),
      rollback: write(rollback),
    };
    previous = release;
    return hop;
  });
  return { hops: found, changes };
}

function summaryOf(hops) {
  const parts = [count(hops.length, "hop"), count(hops.flatMap((hop) => hop.steps).length, "step")];
  const blockers = hops.flatMap((hop) => hop.blockers).length;
  if (blockers) {
    parts.push(count(blockers, "blocker"));
  }
  const verdicts = hops.flatMap((hop) => hop.verdicts);
  for (const verdict of data.verdicts) {
    const number = verdicts.filter((each) => each === verdict).length;
    if (number) {
      parts.push(`${number} ${verdict}`);
    }
  }
  return parts.join(", ");
}

function element(name, content = [], attributes = {}) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    made.setAttribute(key, value);
  }
  made.append(...[content].flat());
  return made;
}

const code = (text, label) =>
  element("pre", element("code", text), { tabindex: 0, role: "region", "aria-label": label });
const paragraph = (kind) => (text) => element("p", text, kind ? { class: kind } : {});

function tableOf(rows) {
  const names = ["Component", "Current", "Target"];
  const head = element("tr", names.map((name) => element("th", name, { scope: "col" })));
  const body = rows.map(([component, ...versions]) =>
    element("tr", [
      element("th", component, { scope: "row" }),
      ...versions.slice(0, 2).map((each, place) => element("td", each, { "data-label": names[place + 1] })),
    ]),
  );
  return element("div", element("table", [element("thead", head), element("tbody", body)]), { class: "scroll" });
}

function hopOf(hop) {
  const status = hop.status ? [" ", element("span", hop.status.toLowerCase(), { class: "verdict unsupported" })] : [];
  const steps = hop.steps.map(({ text, command }, place) =>
    element("li", command ? [text, code(command, `Command of step ${place + 1} to ${hop.release}`)] : text),
  );
  const others = hop.others.length
    ? [element("details", [
        element("summary", `${count(hop.others.length, "further published warning")} about ${hop.release}`),
        ...hop.others.map(paragraph("")),
      ])]
    : [];
  return element("section", [
    element("h3", [hop.release, ...status]),
    ...hop.blockers.map(paragraph("blocker")),
    ...[...hop.findings, ...hop.warnings, ...hop.notes].map(paragraph("note")),
    element("ol", steps),
    element("p", hop.rollback, { class: "rollback" }),
    ...others,
  ], { class: "hop" });
}

function show() {
  const setup = chosenSetup();
  const title = `Temporal ${from.value} to ${to.value}`;
  const { hops, changes } = planOf(setup, from.value, to.value);
  const summary = summaryOf(hops);
  const backups = changes.map(([, , , backup]) => backup).filter(Boolean);
  document.getElementById("content").replaceChildren(
    element("h2", `${title}: ${summary}`),
    tableOf([["Temporal server", from.value, to.value], ...changes]),
    ...(backups.length
      ? [element("p", "First, by hand: back up every store, such as"), code(backups.join("\n"), "Backups")]
      : []),
    element("p", data.staging),
    ...hops.map(hopOf),
  );
  document.getElementById("announcement").textContent = `${title}: ${summary}`;
  document.getElementById("command").textContent =
    `temporal-compat-agent plan --from ${from.value} --to ${to.value} ${setup.options}`;
  const place = data.setups.indexOf(setup);
  history.replaceState(null, "", `#from=${from.value}&to=${to.value}&stores=${place}`);
}

function chosenSetup() {
  return data.setups.find((each) => each.stores.every((name, place) => stores[place].value === name));
}

function offer(select, names, wanted) {
  const group = (label) => element("optgroup", names.filter((name) => minorOf(name) === label).map(option), { label });
  const option = (name) => element("option", name, { value: name });
  const isReleases = select === from || select === to;
  select.replaceChildren(...(isReleases ? [...new Set(names.map(minorOf))].map(group) : names.map(option)));
  select.value = names.includes(wanted) ? wanted : names[0];
}

// Offer what goes with the choices before it, and keep each choice that still exists.
function refresh(wanted) {
  offer(from, data.releases.slice(0, -1).reverse(), wanted[0]);
  offer(to, data.releases.slice(data.releases.indexOf(from.value) + 1).reverse(), wanted[1]);
  stores.forEach((select, place) => {
    const fits = data.setups.filter((each) =>
      stores.slice(0, place).every((earlier, index) => each.stores[index] === earlier.value),
    );
    offer(select, [...new Set(fits.map((each) => each.stores[place]))], wanted[place + 2]);
  });
  show();
}

function start() {
  const wanted = new URLSearchParams(location.hash.slice(1));
  const setup = data.setups[wanted.get("stores")] ?? data.setups[0];
  const newest = data.releases.at(-1);
  const before = data.releases.filter((each) => minorOf(each) !== minorOf(newest)).at(-1);
  refresh([wanted.get("from") ?? before, wanted.get("to") ?? newest, ...setup.stores]);
}

document.getElementById("choice").addEventListener("change", () => refresh(choice.map((select) => select.value)));
document.getElementById("choice").addEventListener("submit", (event) => event.preventDefault());
addEventListener("hashchange", start);
start();

// What stands beside the sound of a call: the transcript, and rows of turns and events.
// They follow the sound, seek when they are clicked, and can be searched.

import { seek } from "./call-player.js";

const list = document.querySelector(".transcript");
const find = document.querySelector("[data-find]");
const follow = document.querySelector("[data-part=follow]");
const found = document.querySelector("[data-part=found]");
let places = [];
let current = [];

/** What has a place in time, in its order, read once. */
function readPlaces() {
  places = [...document.querySelectorAll(".tabs [data-until]")].map((element) => ({
    element,
    at: Number(element.dataset.at),
    until: Number(element.dataset.until),
  }));
}

function mark(at) {
  const lit = places.filter((place) => at >= place.at && at < Math.max(place.until, place.at + 0.2));
  if (lit.length === current.length && lit.every((place, nth) => place === current[nth])) return;
  for (const place of current) place.element.removeAttribute("aria-current");
  for (const place of lit) place.element.setAttribute("aria-current", "true");
  if (list && follow?.checked && lit.length) bringIntoView(lit[0].element);
  current = lit;
}

/** Scrolls the list alone: the page stays where its reader has it. */
function bringIntoView(line) {
  const top = line.offsetTop - list.clientHeight / 3;
  const isOut = line.offsetTop < list.scrollTop || line.offsetTop + line.offsetHeight > list.scrollTop + list.clientHeight;
  if (isOut) list.scrollTop = top;
}

function search() {
  const wanted = find.value.trim().toLowerCase();
  const lines = [...list.children];
  let hits = 0;
  const ranges = [];
  for (const line of lines) {
    const fits = line.textContent.toLowerCase().includes(wanted);
    line.hidden = !fits;
    if (!fits) continue;
    hits += 1;
    if (wanted) ranges.push(...rangesOf(line, wanted));
  }
  found.textContent = wanted ? `${hits} of ${lines.length} lines` : "";
  if (globalThis.Highlight) CSS.highlights.set("found", new Highlight(...ranges));
}

function rangesOf(line, wanted) {
  const ranges = [];
  const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const text = node.data.toLowerCase();
    for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) {
      const range = new Range();
      range.setStart(node, at);
      range.setEnd(node, at + wanted.length);
      ranges.push(range);
    }
  }
  return ranges;
}

/** Fetches the lines of a long call that the page did not begin with. */
async function loadRest(note) {
  try {
    const answer = await fetch(note.dataset.rest);
    if (!answer.ok) throw new Error(answer.status);
    list.insertAdjacentHTML("beforeend", await answer.text());
    note.remove();
    readPlaces();
    if (find.value) search();
  } catch {
    note.querySelector(".loading").textContent = "The rest of the lines could not be loaded.";
    note.querySelector("a").classList.remove("no-script");
  }
}

readPlaces();
document.addEventListener("moment", (event) => mark(event.detail));
const asked = Number(new URLSearchParams(location.search).get("t"));
if (asked > 0) mark(asked);

list?.addEventListener("click", (event) => {
  const line = event.target.closest("li");
  if (!line || list.matches(".written") || event.target.closest("a") || !getSelection().isCollapsed) return;
  const address = new URL(location.href);
  address.searchParams.set("t", line.dataset.at);
  history.replaceState(null, "", address);
  seek(Number(line.dataset.at), true);
});
find?.addEventListener("input", search);

const note = document.querySelector("[data-rest]");
if (note) (globalThis.requestIdleCallback ?? setTimeout)(() => loadRest(note).then(() => asked > 0 && mark(asked)));

// <call-player>: one time axis for sound, picture and text. Clicking any of them seeks.

// What was written has no sound; its lines are read and searched all the same.
const player = document.querySelector("call-player") ?? document.createElement("call-player");
const axis = player.querySelector(".axis");
const audio = player.querySelector("audio");
const part = (name) => player.querySelector(`[data-part=${name}]`);
const duration = axis ? Number(axis.dataset.duration) : 0;
const turns = (axis?.dataset.turns || "").split(";").filter(Boolean).map((turn) => turn.split(",").map(Number));
const STEP_SECS = 5;
const MOST_ZOOM = 32;
let now = 0;
let zoom = 1;

export function clock(at) {
  const pad = (value) => String(value).padStart(2, "0");
  const [hours, minutes, seconds] = [Math.floor(at / 3600), Math.floor(at / 60) % 60, Math.floor(at) % 60];
  return hours ? `${hours}:${pad(minutes)}:${pad(seconds)}` : `${minutes}:${pad(seconds)}`;
}

/** Let one side be heard alone: the recording has a channel for each. */
function soloist(element) {
  const context = new AudioContext();
  const source = context.createMediaElementSource(element);
  const splitter = context.createChannelSplitter(2);
  const merger = context.createChannelMerger(2);
  source.connect(splitter);
  merger.connect(context.destination);
  return (side) => {
    context.resume();
    splitter.disconnect();
    const heard = { both: [0, 1], user: [0, 0], assistant: [1, 1] }[side];
    heard.forEach((channel, output) => splitter.connect(merger, channel, output));
  };
}

function place(selector, at) {
  const line = axis.querySelector(selector);
  const x = duration ? (at / duration) * 1000 : 0;
  line.setAttribute("x1", x);
  line.setAttribute("x2", x);
}

/** Show everywhere where the call is; others listen for "moment". */
function show(at) {
  now = at;
  if (axis) {
    place(".head-line", at);
    axis.setAttribute("aria-valuenow", Math.round(at));
    axis.setAttribute("aria-valuetext", `${clock(at)} of ${clock(duration)}`);
    part("now").textContent = clock(at);
    if (zoom > 1 && audio && !audio.paused) keepInView(at);
  }
  document.dispatchEvent(new CustomEvent("moment", { detail: at }));
}

function keepInView(at) {
  const scroll = axis.parentElement;
  const x = (at / duration) * axis.offsetWidth;
  const isOut = x < scroll.scrollLeft || x > scroll.scrollLeft + scroll.clientWidth * 0.9;
  if (isOut) scroll.scrollLeft = x - scroll.clientWidth * 0.1;
}

export function seek(at, play) {
  const to = Math.min(Math.max(at, 0), duration || at);
  show(to);
  if (!audio) return;
  const go = () => {
    audio.currentTime = to;
    if (play) audio.play().catch(() => {});
  };
  if (audio.readyState > 0) go();
  else audio.addEventListener("loadedmetadata", go, { once: true });
}

/** The moment of an address of this call: "?t=12.5". */
const momentOf = (address) => Number(new URL(address, location.href).searchParams.get("t"));

function keepMoment(at) {
  const address = new URL(location.href);
  address.searchParams.set("t", Math.round(at * 100) / 100);
  history.replaceState(null, "", address);
  return address;
}

function under(event) {
  const box = axis.getBoundingClientRect();
  return Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1) * duration;
}

function describe(at) {
  const turn = turns.find(([from, latency]) => at >= from && at <= from + Math.max(latency, duration / 400));
  return turn ? `${clock(at)} · turn ${turn[2]} waited ${Math.round(turn[1] * 1000).toLocaleString("en")} ms` : clock(at);
}

function toTurn(step) {
  const later = turns.find(([from]) => from > now + 0.05);
  const earlier = turns.findLast(([from]) => from < now - 1);
  const found = step > 0 ? later : earlier;
  if (found) seek(found[0], false);
}

function drawTicks() {
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];
  const step = steps.find((secs) => duration / secs <= 10 * zoom) ?? 3600;
  const svg = axis.querySelector(".ticks");
  svg.replaceChildren();
  for (let at = 0; at < duration; at += step) {
    const text = document.createElementNS("http://www.w3.org/2000/svg", "text");
    text.setAttribute("x", `${(at / duration) * 100}%`);
    text.setAttribute("y", 12);
    text.textContent = clock(at);
    svg.append(text);
  }
}

function setZoom(to) {
  zoom = Math.min(Math.max(to, 1), MOST_ZOOM);
  axis.style.width = `${zoom * 100}%`;
  drawTicks();
  axis.parentElement.scrollLeft = (now / duration) * axis.offsetWidth - axis.parentElement.clientWidth / 2;
  player.querySelector("[data-zoom='0.5']").disabled = zoom === 1;
  player.querySelector("[data-zoom='2']").disabled = zoom === MOST_ZOOM;
}

const KEYS = {
  ArrowLeft: () => seek(now - STEP_SECS),
  ArrowRight: () => seek(now + STEP_SECS),
  PageUp: () => seek(now - 6 * STEP_SECS),
  PageDown: () => seek(now + 6 * STEP_SECS),
  Home: () => seek(0),
  End: () => seek(duration),
  " ": () => audio && (audio.paused ? audio.play().catch(() => {}) : audio.pause()),
};

if (axis) {
  axis.addEventListener("click", (event) => seek(under(event), true));
  axis.addEventListener("pointermove", (event) => {
    place(".point-line", under(event));
    part("pointed").textContent = describe(under(event));
  });
  axis.addEventListener("pointerleave", () => {
    place(".point-line", -duration);
    part("pointed").textContent = "";
  });
  axis.addEventListener("keydown", (event) => {
    const act = !event.ctrlKey && !event.metaKey && KEYS[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
  part("axis-tools").hidden = false;
  part("axis-tools").addEventListener("click", async (event) => {
    const button = event.target.closest("button");
    if (button?.dataset.turn) toTurn(Number(button.dataset.turn));
    else if (button?.dataset.zoom) setZoom(zoom * Number(button.dataset.zoom));
    else if (button) {
      await navigator.clipboard?.writeText(keepMoment(now).href);
      button.classList.add("copied");
      setTimeout(() => button.classList.remove("copied"), 1500);
    }
  });
}

// Every link to a moment of this call plays it here, unless it is to open elsewhere.
document.querySelector(".tabs").addEventListener("click", (event) => {
  const link = event.target.closest("a[href*='?t=']");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || !axis) return;
  event.preventDefault();
  event.stopPropagation();
  keepMoment(momentOf(link.href));
  seek(momentOf(link.href), true);
});

if (audio) {
  audio.addEventListener("timeupdate", () => show(audio.currentTime));
  audio.addEventListener("error", () => (part("broken").hidden = false));
  part("rate").addEventListener("change", (event) => (audio.playbackRate = Number(event.target.value)));
  const sides = player.querySelector("fieldset");
  let solo;
  sides.addEventListener("change", (event) => {
    solo ??= soloist(audio);
    solo(event.target.value);
  });
  // Sound of another origin may be played, but not be taken apart.
  sides.hidden = new URL(audio.src).origin !== location.origin;
}

const asked = momentOf(location.href);
if (asked > 0) seek(asked, false);

// <call-player>: one time axis for sound, picture and text. Clicking any of them seeks.

const axis = document.querySelector("call-player svg");
const audio = document.querySelector("call-player audio");
const lines = [...document.querySelectorAll(".transcript li")];
const duration = axis ? Number(axis.dataset.duration) : 0;

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

function show(at) {
  const x = (at / duration) * 1000;
  const head = axis?.querySelector(".head-line");
  if (head) {
    head.setAttribute("x1", x);
    head.setAttribute("x2", x);
  }
  for (const line of lines) {
    const isNow = at >= Number(line.dataset.at) && at < Number(line.dataset.until);
    if (isNow && !line.hasAttribute("aria-current")) line.scrollIntoView({ block: "nearest" });
    line.toggleAttribute("aria-current", isNow);
  }
}

function seek(at, play) {
  show(at);
  if (!audio) return;
  const go = () => {
    audio.currentTime = at;
    if (play) audio.play().catch(() => {});
  };
  if (audio.readyState > 0) go();
  else audio.addEventListener("loadedmetadata", go, { once: true });
}

axis?.addEventListener("click", (event) => {
  const box = axis.getBoundingClientRect();
  seek(((event.clientX - box.left) / box.width) * duration, true);
});

document.querySelector(".transcript")?.addEventListener("click", (event) => {
  const line = event.target.closest("li");
  if (!line || !getSelection().isCollapsed) return;
  event.preventDefault();
  seek(Number(line.dataset.at), true);
  history.replaceState(null, "", `?t=${line.dataset.at}`);
});

document.querySelector("[data-find]")?.addEventListener("input", (event) => {
  const wanted = event.target.value.trim().toLowerCase();
  for (const line of lines) line.hidden = !line.textContent.toLowerCase().includes(wanted);
});

if (audio) {
  audio.addEventListener("timeupdate", () => show(audio.currentTime));
  const sides = document.querySelector("call-player fieldset");
  let solo;
  sides.addEventListener("change", (event) => {
    solo ??= soloist(audio);
    solo(event.target.value);
  });
  // Sound of another origin may be played, but not be taken apart.
  sides.hidden = new URL(audio.src).origin !== location.origin;
}

const asked = Number(new URLSearchParams(location.search).get("t"));
if (asked > 0) seek(asked, false);

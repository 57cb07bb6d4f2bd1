// The talk page: one agent, one button, what is being said.

import { VoiceCall } from "./voice-call.js";

const page = document.querySelector("[data-connect]");
const part = (name) => page.querySelector(`[data-part=${name}]`);
const STATES = {
  connecting: "Connecting …",
  live: "Connected",
  listening: "Listening",
  thinking: "Thinking",
  speaking: "Speaking",
  ended: "The call has ended",
  refused: "The call was not started",
};
let call = null;
let open = {};

async function listMicrophones() {
  const devices = await navigator.mediaDevices?.enumerateDevices().catch(() => []);
  const named = (devices ?? []).filter((device) => device.kind === "audioinput" && device.deviceId && device.label);
  const chosen = part("microphones").value;
  part("microphones").replaceChildren(
    new Option("The browser's choice", ""),
    ...named.map((device) => new Option(device.label, device.deviceId, false, device.deviceId === chosen)),
  );
}

function post(address) {
  return fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": page.querySelector("[name=csrfmiddlewaretoken]").value },
    body: "{}",
    keepalive: true,
  });
}

function showState({ state, reason, error }) {
  const isOver = call.isOver;
  page.dataset.state = state;
  part("state").textContent = STATES[state] ?? state;
  part("why").textContent = error ?? (reason ? page.dataset[`reason_${reason}`] ?? "" : "");
  part("start").hidden = !isOver;
  part("again").textContent = "Call again";
  part("stop").hidden = isOver;
  part("microphones").disabled = !isOver;
  part("level").parentElement.hidden = isOver;
  part("details").hidden = !(isOver && call.id);
  if (call.id) part("details").href = `/calls/${call.id}`;
  if (state === "live") listMicrophones();
}

function showLine({ role, text, final }) {
  let line = open[role];
  if (!line) {
    line = open[role] = document.createElement("li");
    line.className = role;
    const words = document.createElement("p");
    const who = document.createElement("span");
    who.className = "who";
    who.textContent = role === "user" ? "You" : page.dataset.agent;
    words.append(who, document.createElement("span"));
    line.append(words);
    part("lines").append(line);
  }
  const words = line.querySelector("p > span:last-child");
  words.textContent = final || role === "user" ? text : `${words.textContent} ${text}`.trim();
  if (final) open[role] = null;
  line.scrollIntoView({ block: "nearest" });
}

part("start").addEventListener("click", () => {
  open = {};
  part("lines").replaceChildren();
  // The page may be served under another name than the one that the api tells.
  call = new VoiceCall(() => post(page.dataset.connect), {
    offerTo: (url) => new URL(url).pathname,
    hangUp: (id) => post(`/api/calls/${id}/end`).catch(() => {}),
  });
  call.addEventListener("state", (event) => showState(event.detail));
  call.addEventListener("line", (event) => showLine(event.detail));
  call.addEventListener("level", (event) => (part("level").value = event.detail.level));
  call.start(part("microphones").value, part("sound"));
});
part("stop").addEventListener("click", () => call.end());
addEventListener("pagehide", () => call?.end());
listMicrophones();

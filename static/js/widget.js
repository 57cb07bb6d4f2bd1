// <osmtalk-widget agent="…" key="osm_…">: a button on any page that calls an agent.
//
//   <script type="module" src="https://osmtalk.example.com/static/js/widget.js"></script>
//   <osmtalk-widget agent="…" key="osm_…" label="Ask us"></osmtalk-widget>
//
// The key needs the scope `voice`, and should allow the page's own host alone. The page
// must be served over HTTPS, and its policy must allow this server to `script-src` and
// `connect-src`.

import { VoiceCall } from "./voice-call.js";

const SERVER = new URL(import.meta.url).origin;
const STATES = {
  connecting: "Connecting …",
  live: "Connected",
  listening: "Listening",
  thinking: "Thinking",
  speaking: "Speaking",
  ended: "The call has ended.",
};
// Why a call ended, where whoever talks would not know.
const REASONS = {
  error: "Something went wrong. Please try again.",
  media_failed: "The connection broke. Please try again.",
  max_duration: "The call has reached its longest duration.",
  idle_timeout: "Nothing was heard for a while.",
  shutdown: "The system is being updated. Please call back shortly.",
};
const STYLE = `
  :host { display: inline-block; font: 15px/1.4 system-ui, sans-serif; color-scheme: light dark; }
  button { font: inherit; padding: 0.6em 1.2em; border: 0; border-radius: 99px; background: #2f52d6; color: #fff; cursor: pointer; }
  button.live { background: #a11d1d; }
  p { margin: 0.5em 0 0; max-width: 22em; }
`;

class Widget extends HTMLElement {
  constructor() {
    super();
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    this.button = document.createElement("button");
    this.button.type = "button";
    this.says = document.createElement("p");
    this.says.setAttribute("role", "status");
    this.sound = document.createElement("audio");
    this.sound.autoplay = true;
    root.append(this.button, this.says, this.sound);
    this.button.addEventListener("click", () => (this.isLive ? this.call.end() : this.start()));
  }

  connectedCallback() {
    this.button.textContent = this.label;
  }

  disconnectedCallback() {
    this.call?.end();
  }

  get label() {
    return this.getAttribute("label") ?? "Talk to us";
  }

  get isLive() {
    return this.call && !this.call.isOver;
  }

  start() {
    const address = `${SERVER}/api/widget/agents/${encodeURIComponent(this.getAttribute("agent"))}/connect`;
    const headers = { "Content-Type": "application/json", "x-api-key": this.getAttribute("key") };
    this.call = new VoiceCall(() => fetch(address, { method: "POST", headers, body: "{}" }));
    this.call.addEventListener("state", (event) => this.show(event.detail));
    this.call.addEventListener("line", (event) => this.relay(event));
    this.call.start("", this.sound);
  }

  show({ state, error, reason }) {
    this.button.textContent = this.isLive ? "Hang up" : this.label;
    this.button.classList.toggle("live", this.isLive);
    this.says.textContent = error ?? (state === "ended" ? REASONS[reason] : undefined) ?? STATES[state] ?? state;
    this.relay(new CustomEvent("state", { detail: { state, error, reason } }));
  }

  /** Let the page follow: `osmtalk-state` and `osmtalk-line`. */
  relay({ type, detail }) {
    this.dispatchEvent(new CustomEvent(`osmtalk-${type}`, { detail, bubbles: true }));
  }
}

customElements.define("osmtalk-widget", Widget);

// <running-time secs="42.5">42s</running-time>: goes on counting from what the server said,
// by a clock that nobody sets. Also fills a dialog by the button that opens it.

class RunningTime extends HTMLElement {
  static observedAttributes = ["secs"];

  attributeChangedCallback() {
    this.zero = performance.now() - Number(this.getAttribute("secs")) * 1000;
  }

  connectedCallback() {
    this.timer = setInterval(() => this.show(), 1000);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }

  show() {
    if (document.hidden || this.closest("[stale]")) return;
    const text = inWords((performance.now() - this.zero) / 1000);
    if (this.textContent !== text) this.firstChild.data = text;
  }
}

/** As the server writes durations: 42s, 1m 42s, 1h 02m. */
function inWords(secs) {
  if (secs > 0 && secs < 1) return "<1s";
  const whole = Math.round(secs);
  const [hours, minutes, seconds] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  const two = (number) => String(number).padStart(2, "0");
  if (hours) return `${hours}h ${two(minutes)}m`;
  return minutes ? `${minutes}m ${two(seconds)}s` : `${seconds}s`;
}

customElements.define("running-time", RunningTime);

// Before the page's own listener opens the dialog.
document.addEventListener(
  "click",
  (event) => {
    const opener = event.target.closest("[data-opens][data-action]");
    if (!opener) return;
    const dialog = document.getElementById(opener.dataset.opens);
    dialog.querySelector("form").action = opener.dataset.action;
    dialog.querySelector("[data-fill=who]").textContent = opener.dataset.who;
  },
  { capture: true },
);

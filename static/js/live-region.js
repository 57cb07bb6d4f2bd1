// <live-region src="…" every="5" at-once>: fetches a piece of the page again and again.
//
// Only what is different is changed, so that focus, selection, scroll positions and open
// details stay. While the tab is hidden or a dialog is open nothing is fetched. When the
// server does not answer, a line says so, and since when.

const KEPT = new Set(["open"]);
const LIMIT_MS = 15_000;

class LiveRegion extends HTMLElement {
  connectedCallback() {
    this.failures = 0;
    this.wakeUp = () => document.hidden || this.refresh();
    document.addEventListener("visibilitychange", this.wakeUp);
    addEventListener("online", this.wakeUp);
    if (this.hasAttribute("at-once")) this.refresh();
    else this.schedule();
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
    document.removeEventListener("visibilitychange", this.wakeUp);
    removeEventListener("online", this.wakeUp);
  }

  schedule() {
    clearTimeout(this.timer);
    const seconds = Number(this.getAttribute("every") || 5) * 2 ** Math.min(this.failures, 3);
    this.timer = setTimeout(() => this.refresh(), seconds * 1000);
  }

  async refresh() {
    clearTimeout(this.timer);
    if (document.hidden || this.isAsking) return;
    if (!document.querySelector("dialog[open]")) await this.ask();
    this.schedule();
  }

  async ask() {
    this.isAsking = true;
    try {
      const answer = await fetch(this.getAttribute("src"), { signal: AbortSignal.timeout(LIMIT_MS) });
      if (answer.redirected || answer.status === 403) return location.reload();
      if (!answer.ok) throw new Error(answer.status);
      this.change(await answer.text());
      this.found();
    } catch {
      this.lost();
    } finally {
      this.isAsking = false;
    }
  }

  change(html) {
    if (document.querySelector("dialog[open]")) return;
    const beforeAttributeUpdated = (name, element) => !KEPT.has(name) || !element.matches("details, dialog");
    window.Idiomorph.morph(this, html, { morphStyle: "innerHTML", callbacks: { beforeAttributeUpdated } });
    this.dispatchEvent(new CustomEvent("changed", { bubbles: true }));
  }

  found() {
    this.failures = 0;
    this.removeAttribute("stale");
    this.notice?.remove();
    this.notice = undefined;
  }

  lost() {
    this.failures += 1;
    this.setAttribute("stale", "");
    if (this.notice) return;
    this.notice = document.createElement("p");
    this.notice.className = "lost";
    this.notice.setAttribute("role", "alert");
    const since = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
    this.notice.textContent = `No answer from the server since ${since.format(new Date())}. What you see is from before; it is being tried again.`;
    this.before(this.notice);
  }
}

customElements.define("live-region", LiveRegion);

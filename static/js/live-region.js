// <live-region src="…" every="5">: fetches a piece of the page again and again, but not
// while the tab is hidden, and not under somebody's hands.

class LiveRegion extends HTMLElement {
  connectedCallback() {
    this.failures = 0;
    this.onVisible = () => document.hidden || this.refresh();
    document.addEventListener("visibilitychange", this.onVisible);
    this.schedule();
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
    document.removeEventListener("visibilitychange", this.onVisible);
  }

  schedule() {
    clearTimeout(this.timer);
    const seconds = Number(this.getAttribute("every") || 5) * 2 ** Math.min(this.failures, 4);
    this.timer = setTimeout(() => this.refresh(), seconds * 1000);
  }

  get isInUse() {
    return this.querySelector("dialog[open]") || (this.contains(document.activeElement) && this.matches(":focus-within"));
  }

  async refresh() {
    if (document.hidden) return;
    if (!this.isInUse) {
      try {
        const answer = await fetch(this.getAttribute("src"), { headers: { "X-Part": "1" } });
        if (answer.redirected) return location.reload();
        if (!answer.ok) throw new Error(answer.status);
        const html = await answer.text();
        if (!this.isInUse) this.innerHTML = html;
        this.failures = 0;
        this.removeAttribute("stale");
      } catch {
        this.failures += 1;
        this.setAttribute("stale", "");
      }
    }
    this.schedule();
  }
}

customElements.define("live-region", LiveRegion);

// What every page needs: times in the viewer's zone, copying, asking before doing.

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
const STYLES = {
  short: { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" },
  long: { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit" },
  day: { day: "numeric", month: "short", year: "numeric" },
  time: { hour: "2-digit", minute: "2-digit", second: "2-digit" },
};

/** Write times as the server would have, had it known the zone. */
export function localize(root) {
  for (const time of root.querySelectorAll("time[data-style]")) {
    const parts = { ...STYLES[time.dataset.style], hourCycle: "h23", timeZone: zone };
    const format = new Intl.DateTimeFormat("en-GB", parts);
    time.textContent = format.format(new Date(time.dateTime)).replace(" at ", ", ").replace("Sept", "Sep");
  }
}

const told = document.cookie.split("; ").find((part) => part.startsWith("zone="));
const isTold = told === `zone=${encodeURIComponent(zone)}` || told === `zone=${zone}`;
if (!isTold) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `zone=${zone}; path=/; max-age=31536000; samesite=lax${secure}`;
  localize(document);
  for (const name of document.querySelectorAll("[data-zone-name]")) name.textContent = zone;
}

document.addEventListener("click", async (event) => {
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    await navigator.clipboard.writeText(copy.dataset.copy);
    copy.classList.add("copied");
    copy.setAttribute("aria-label", "Copied");
    setTimeout(() => copy.classList.remove("copied"), 1500);
  }
  const opener = event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens).showModal();
  const closer = event.target.closest("[data-closes]");
  if (closer) closer.closest("dialog").close();
});

document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-submit-on-change]");
  // Days by name, or from one to another: what was chosen last is meant.
  const { range, since, until } = form?.elements ?? {};
  if (range && since && event.target === range) since.value = until.value = "";
  if (range && since && [since, until].includes(event.target)) range.value = "";
  if (form && event.target.matches("select, input[type=radio]")) form.requestSubmit();
});

// Empty fields say nothing, so they do not belong into an address that is shared.
document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-tidy]")) return;
  const empty = [...event.target.elements].filter((field) => field.name && !field.value && !field.disabled);
  for (const field of empty) field.disabled = true;
  setTimeout(() => empty.forEach((field) => (field.disabled = false)));
});

// On a narrow screen the menu is one line: show the part of it where this page is.
const here = document.querySelector("header.frame nav [aria-current]");
const list = here?.closest("ul");
if (list) list.scrollLeft = here.offsetLeft - list.offsetLeft - (list.clientWidth - here.offsetWidth) / 2;

// One menu at a time, and none when something else is clicked.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

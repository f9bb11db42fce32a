// Improves pages that work without it. One element, <live-fragment>, keeps a
// part of a page as the home has it: it asks for the page again and takes the
// part of the same id from the answer.
//
//   events="/live"  when the home says that something changed
//   form="ID"       while the person types in that form
//   more            when the end of a long list comes into view

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

class LiveFragment extends HTMLElement {
  #ask; // the request under way
  #off = new AbortController();

  connectedCallback() {
    const { signal } = this.#off;
    const source = this.getAttribute("events");
    if (source) listen(source, () => this.refresh(location.href), signal);
    const form = document.getElementById(this.getAttribute("form"));
    if (form) this.#follow(form, signal);
    if (this.hasAttribute("more")) this.#lengthen();
  }

  disconnectedCallback() { this.#off.abort(); }

  // refresh takes the element's content from the page at address.
  async refresh(address) {
    const page = await this.#page(address);
    const fresh = page?.getElementById(this.id);
    if (page && !fresh) location.assign(address); // another page stands there now
    if (!fresh || fresh.innerHTML === this.innerHTML) return;
    if (this.#isBusy()) return; // the person is at work in it
    const open = [...this.querySelectorAll("details")].map((d) => d.open);
    const said = this.querySelector("[role=status][id]");
    const focus = this.contains(document.activeElement) ? document.activeElement : null;
    this.className = fresh.className;
    this.replaceChildren(...fresh.childNodes);
    this.querySelectorAll("details").forEach((d, i) => { d.open = open[i] ?? d.open; });
    const says = said && this.querySelector(`[id="${said.id}"]`);
    if (says) { // the same element goes on, so that its change is read out
      says.replaceWith(said);
      said.replaceChildren(...says.childNodes);
    }
    if (focus) [...this.querySelectorAll(focus.tagName)].find((e) => e.textContent === focus.textContent)?.focus();
  }

  #isBusy() {
    const at = document.activeElement;
    return this.contains(at) && at.matches("input:not([type=hidden]), select, textarea");
  }

  async #page(address) {
    this.#ask?.abort();
    const ask = this.#ask = new AbortController();
    try {
      const answer = await fetch(address, { signal: ask.signal, headers: { Accept: "text/html" } });
      if (new URL(answer.url).pathname === "/unlock") { location.reload(); return null; }
      return new DOMParser().parseFromString(await answer.text(), "text/html");
    } catch { return null; } // gone, or asked again: the page stays as it is
  }

  #follow(form, signal) {
    let turn = 0;
    form.addEventListener("input", async () => {
      const mine = ++turn;
      await pause(120);
      if (mine !== turn) return;
      const address = `${form.getAttribute("action")}?${new URLSearchParams(new FormData(form))}`;
      history.replaceState(null, "", address);
      this.refresh(address);
    }, { signal });
  }

  #lengthen() {
    const watch = new IntersectionObserver(async (seen) => {
      if (!seen.some((s) => s.isIntersecting)) return;
      const next = this.querySelector("a[rel=next]");
      watch.disconnect();
      if (!next) return;
      const fresh = (await this.#page(next.href))?.getElementById(this.id);
      if (!fresh) return;
      this.querySelector(".pager").remove();
      const last = this.querySelector(":scope > section:last-of-type");
      const first = fresh.querySelector(":scope > section");
      if (last && first && last.dataset.month === first.dataset.month) {
        last.querySelector("ul").append(...first.querySelector("ul").children);
        first.remove();
      }
      this.append(...fresh.childNodes);
      this.#lengthen();
    }, { rootMargin: "600px" });
    const pager = this.querySelector(".pager");
    if (pager?.querySelector("a[rel=next]")) watch.observe(pager);
  }
}

// listen shares one stream among the elements of a page.
const streams = new Map();
function listen(address, changed, signal) {
  let stream = streams.get(address);
  if (!stream) {
    stream = new EventSource(address);
    stream.addEventListener("gone", () => { stream.close(); location.reload(); });
    addEventListener("pagehide", () => stream.close());
    streams.set(address, stream);
  }
  stream.addEventListener("change", changed, { signal });
}

customElements.define("live-fragment", LiveFragment);

// "/" and Ctrl or ⌘ K lead to the search.
addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, select, textarea");
  const asked = event.key === "/" && !typing && !event.ctrlKey && !event.metaKey || event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey);
  if (!asked || !document.querySelector(".nav")) return;
  event.preventDefault();
  const field = document.querySelector("main input[type=search]");
  if (field) field.focus(); else location.assign("/search");
});

// A menu closes when the person turns elsewhere.
const menu = document.querySelector("details.menu");
addEventListener("click", (event) => { if (menu?.open && !menu.contains(event.target)) menu.open = false; });
addEventListener("keydown", (event) => {
  if (event.key === "Escape" && menu?.open) { menu.open = false; menu.querySelector("summary").focus(); }
});

// Files may be dropped anywhere on a form that takes them.
for (const zone of document.querySelectorAll("form.drop")) {
  const field = zone.querySelector("input[type=file]");
  const over = (is) => zone.classList.toggle("over", is);
  zone.addEventListener("dragover", (event) => { event.preventDefault(); over(true); });
  zone.addEventListener("dragleave", () => over(false));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    over(false);
    if (event.dataTransfer.files.length) { field.files = event.dataTransfer.files; zone.requestSubmit(); }
  });
}

if (isSecureContext && document.querySelector(".nav")) navigator.serviceWorker?.register("/sw.js").catch(() => {});

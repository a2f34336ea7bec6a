/** The list of requests, with filters, beside the request that is open. */

import { html, useEffect, useMemo, useRef, useState } from "./vendor/preact.js";
import { admin, harBlob } from "./api.js";
import { FirstRequest } from "./first_request.js";
import { clock, duration, number, plural, tenantName } from "./format.js";
import { address } from "./hooks.js";
import { Picture, Select, Status, Text } from "./parts.js";
import { RequestDetail } from "./request.js";

const ROW = 60;
const SPARE_ROWS = 6;
const STEPS = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 };
const NO_FILTER = { text: "", model: "", tenant: "", status: "", all: false };

/** What an empty list means, by the status of the journal. */
const EMPTY = { loading: "Loading…", offline: "The mock does not respond." };

const STATUSES = {
  "2xx": (status) => status < 300,
  "3xx": (status) => status >= 300 && status < 400,
  "4xx": (status) => status >= 400 && status < 500,
  "5xx": (status) => status >= 500,
};

function matches(entry, filter) {
  const text = filter.text.toLowerCase();
  const searched = [entry.prompt, entry.model, entry.path, entry.message, entry.fault, entry.rule, entry.id];
  return (
    (filter.all || entry.method === "POST") &&
    (!filter.model || entry.model === filter.model) &&
    (!filter.tenant || entry.tenant === filter.tenant) &&
    (!filter.status || STATUSES[filter.status](entry.status)) &&
    (!text || searched.some((part) => part?.toLowerCase().includes(text)))
  );
}

/** Return the different values of a property, sorted. */
function values(entries, name) {
  return [...new Set(entries.map((entry) => entry[name]).filter(Boolean))].sort();
}

function Choice({ label, value, options, onChange, shown = (option) => option }) {
  return html`<label><span>${label}</span>
    <${Select} value=${value} onChange=${onChange}
      options=${[["", "All"], ...options.map((option) => [option, shown(option)])]} />
  </label>`;
}

/** Stop a form from loading another page. */
function keepPage(event) {
  event.preventDefault();
}

function Filters({ entries, filter, onChange, searchBox }) {
  const set = (name) => (value) => onChange({ ...filter, [name]: value });
  const models = useMemo(() => values(entries, "model"), [entries]);
  const tenants = useMemo(() => values(entries, "tenant"), [entries]);
  return html`<form role="search" class="filters" aria-label="Filter requests" onSubmit=${keepPage}>
    <label class="grow"><span>Text</span>
      <input type="search" ref=${searchBox} placeholder="Prompt, message, fault, id  ( / )" value=${filter.text}
        onInput=${(event) => set("text")(event.target.value)} />
    </label>
    <label class="check"><input type="checkbox" checked=${filter.all}
      onChange=${(event) => set("all")(event.target.checked)} /> Other routes too</label>
    <${Choice} label="Model" value=${filter.model} options=${models} onChange=${set("model")} />
    <${Choice} label="Tenant" value=${filter.tenant} options=${tenants} onChange=${set("tenant")}
      shown=${tenantName} />
    <${Choice} label="Status" value=${filter.status} options=${Object.keys(STATUSES)} onChange=${set("status")} />
  </form>`;
}

function Row({ entry, index, total, isOpen, top }) {
  const title = entry.prompt ?? `${entry.method} ${entry.path}`;
  const isEmpty = title.trim() === "";
  return html`<li class="row" style=${{ top: `${top}px` }} aria-setsize=${total} aria-posinset=${index + 1}>
    <a href=${address("requests", entry.id)} data-index=${index} aria-current=${isOpen ? "true" : undefined}>
      <${Status} code=${entry.status} />
      <span class="thumb">${entry.images > 0 && html`<${Picture} id=${entry.id} index=${0} width=${96} alt="" />`}
        ${entry.images > 1 && html`<span class="count">${entry.images}</span>`}</span>
      <span class="what">
        <span class=${isEmpty ? "title muted" : "title"}><${Text}>${isEmpty ? "(empty prompt)" : title}<//></span>
        <span class="sub">
          ${entry.fault && html`<span class="badge fault">${entry.fault}</span>`}
          ${entry.rule && html`<span class="badge"><${Text}>${entry.rule}<//></span>`}
          ${entry.model && html`<span class="model"><${Text}>${entry.model}<//></span>`}
          <span class="tenant mono">${tenantName(entry.tenant)}</span>
        </span>
      </span>
      <span class="when"><time datetime=${entry.time}>${clock(entry.time)}</time>
        <span>${duration(entry.duration_ms)}</span></span>
    </a>
  </li>`;
}

/** The rows that are in sight; the rest is empty space, so that a long journal stays fast. */
function Rows({ entries, openId }) {
  const box = useRef();
  const [view, setView] = useState({ top: 0, height: 800 });
  useEffect(() => {
    const measure = () => setView({ top: box.current.scrollTop, height: box.current.clientHeight });
    const observer = new ResizeObserver(measure);
    observer.observe(box.current);
    box.current.addEventListener("scroll", measure, { passive: true });
    return () => observer.disconnect();
  }, []);

  const first = Math.max(0, Math.floor(view.top / ROW) - SPARE_ROWS);
  const last = Math.min(entries.length, Math.ceil((view.top + view.height) / ROW) + SPARE_ROWS);
  const shown = [];
  for (let index = first; index < last; index += 1) {
    const entry = entries[entries.length - 1 - index]; // the newest comes first
    shown.push(html`<${Row} key=${entry.id} entry=${entry} index=${index} total=${entries.length}
      isOpen=${entry.id === openId} top=${index * ROW} />`);
  }
  return html`<div class="rows" ref=${box} onKeyDown=${(event) => moveFocus(event, box.current, entries.length)}>
    <ol style=${{ height: `${entries.length * ROW}px` }} aria-label="Requests, the newest first">${shown}</ol>
  </div>`;
}

/** Move the focus to the next row by the arrow keys, or by j and k. */
function moveFocus(event, box, total) {
  const step = STEPS[event.key];
  const current = event.target.dataset?.index;
  if (!step || current === undefined) return;
  event.preventDefault();
  const next = Math.min(total - 1, Math.max(0, Number(current) + step));
  const top = next * ROW;
  if (top < box.scrollTop) box.scrollTop = top;
  if (top + ROW > box.scrollTop + box.clientHeight) box.scrollTop = top + ROW - box.clientHeight;
  box.querySelector(`[data-index="${next}"]`)?.focus({ preventScroll: true }); // spare rows are drawn
}

function Summary({ shown, total, others, onClear, onReset }) {
  const isFiltered = shown < total;
  return html`<div class="summary">
    <span role="status">${isFiltered && `${number(shown)} of `}${plural(total, "request")}${
      others > 0 && ` (${number(others)} on other routes)`}</span>
    ${isFiltered && html`<button type="button" class="quiet" onClick=${onReset}>Show all</button>`}
    <button type="button" class="quiet" onClick=${saveHar} disabled=${!(total + others)}>Save as HAR</button>
    <button type="button" class="quiet" onClick=${onClear} disabled=${!(total + others)}>Clear journal</button>
  </div>`;
}

/** Let the browser save the journal; a link alone could not send the token. */
async function saveHar() {
  const url = URL.createObjectURL(await harBlob());
  const link = Object.assign(document.createElement("a"), { href: url, download: "journal.har" });
  link.click();
  URL.revokeObjectURL(url);
}

/** Focus the search by "/", the list by a key that moves in it; close the open request by Escape. */
function useShortcuts(searchBox) {
  useEffect(() => {
    const onKey = (event) => {
      const isTyping = event.target.matches("input, select, textarea");
      if (event.key === "/" && !isTyping && searchBox.current) {
        event.preventDefault();
        searchBox.current.focus();
      } else if (isOutside(event, searchBox.current) && STEPS[event.key]) {
        event.preventDefault();
        (document.querySelector(".rows [aria-current]") ?? document.querySelector(".rows a"))?.focus();
      } else if (event.key === "Escape" && !isTyping) location.hash = address("requests");
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
}

/** Return whether a key is for the list, although nothing in it has the focus. */
function isOutside({ key, target }, searchBox) {
  return target === document.body || (target === searchBox && key === "ArrowDown");
}

/** Return whether the page shows either the list or the open request. */
function useIsNarrow() {
  const [query] = useState(() => matchMedia("(max-width: 900px)"));
  const [isNarrow, setIsNarrow] = useState(query.matches);
  useEffect(() => {
    const update = () => setIsNarrow(query.matches);
    query.addEventListener("change", update);
    return () => query.removeEventListener("change", update);
  }, []);
  return isNarrow;
}

export function RequestsView({ journal, route, settings }) {
  const [filter, setFilter] = useState(NO_FILTER);
  const searchBox = useRef();
  useShortcuts(searchBox);
  const isNarrow = useIsNarrow(); // then the list is hidden, and its title with it
  const { entries } = journal;
  const shown = useMemo(() => entries.filter((entry) => matches(entry, filter)), [entries, filter]);
  const others = filter.all ? 0 : entries.filter(({ method }) => method !== "POST").length;
  const isUnused = !entries.some(({ method }) => method === "POST");
  const isShown = route.item || (filter.all && entries.length > 0);
  if (journal.status === "live" && isUnused && !isShown) {
    return html`<${FirstRequest} settings=${settings} others=${entries.length}
      onShow=${() => setFilter({ ...NO_FILTER, all: true })} />`;
  }
  const clear = () => admin("requests", { method: "DELETE" });
  return html`<div class=${`split ${route.item ? "is-open" : ""}`}>
    <section class="list" aria-labelledby="requests-title">
      <div class="head"><h1 id="requests-title">Requests</h1>
        <${Summary} shown=${shown.length} total=${entries.length - others} others=${others}
          onClear=${clear} onReset=${() => setFilter({ ...NO_FILTER, all: true })} />
      </div>
      <${Filters} entries=${entries} filter=${filter} onChange=${setFilter} searchBox=${searchBox} />
      ${shown.length ? html`<${Rows} entries=${shown} openId=${route.item} />`
        : html`<p class="empty">${(!entries.length && EMPTY[journal.status])
          || "No request matches. Change the filter, or show all."}</p>`}
    </section>
    <section class="detail" aria-label="The open request">
      ${route.item ? html`<a class="back" href=${address("requests")}>← All requests</a>
          <${RequestDetail} key=${route.item} id=${route.item} level=${isNarrow ? 1 : 2} />`
        : html`<p class="empty">Choose a request to see why it got its response.<br />
            <kbd>↑</kbd> <kbd>↓</kbd> move, <kbd>Enter</kbd> opens, <kbd>/</kbd> searches, <kbd>Esc</kbd> closes.</p>`}
    </section>
  </div>`;
}

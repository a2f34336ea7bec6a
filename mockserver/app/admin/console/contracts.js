/** Contracts: the models, the revisions of one of them, and the differences between two contracts. */

import { html, useEffect, useMemo, useRef, useState } from "./vendor/preact.js";
import { admin } from "./api.js";
import { plural } from "./format.js";
import { address, useLoad } from "./hooks.js";
import { Input, Notice, Select, Text } from "./parts.js";

function byModel(contracts) {
  const models = new Map();
  for (const contract of contracts) models.set(contract.model, [...(models.get(contract.model) ?? []), contract]);
  return models;
}

function Models({ models, chosen }) {
  const [text, setText] = useState("");
  const list = useRef();
  useEffect(() => showChosen(list.current), []);
  const shown = [...models].filter(([model]) => model.includes(text.trim().toLowerCase()));
  return html`<nav class="models card" aria-label="Models">
    <label><span>Model</span>
      <${Input} type="search" placeholder=${`Search ${models.size} models`} value=${text} onText=${setText} /></label>
    <ul ref=${list} tabindex="0" aria-label="Models">${shown.map(([model, revisions]) => html`<li key=${model}>
      <a href=${address("contracts", model)} aria-current=${model === chosen ? "true" : undefined}>
        <span>${model}</span>
        ${revisions.length > 1 && html`<span class="muted">${revisions.length} revisions</span>`}</a></li>`)}</ul>
  </nav>`;
}

/** Scroll the list, and not the page, to the chosen model. */
function showChosen(list) {
  const chosen = list.querySelector("[aria-current]");
  if (chosen) list.scrollTop = chosen.offsetTop - list.offsetTop - list.clientHeight / 3;
}

function Timeline({ revisions, isDefault, pair }) {
  const state = (each) => (pair.includes(each.contract) ? "is-compared" : "");
  return html`<ol class="timeline">${revisions.map((each) => html`<li key=${each.contract} class=${state(each)}>
    <span class="num">${each.revision}</span>
    <span class="badges">
      ${each.served && html`<span class="badge ok">served</span>`}
      ${isDefault(each) && html`<span class="badge">default</span>`}
      <span class="muted">success: ${each.success}</span>
    </span></li>`)}</ol>`;
}

function PairForm({ model, ids, pair }) {
  const options = ids.map((id) => [id, id]);
  const choose = (position) => (other) => {
    const chosen = pair.map((id, i) => (i === position ? other : id));
    location.hash = address("contracts", model, { old: chosen[0], new: chosen[1] });
  };
  const select = (label, position) => html`<label><span>${label}</span>
    <${Select} value=${pair[position]} options=${options} onChange=${choose(position)} /></label>`;
  return html`<form class="filters" aria-label="Compare" onSubmit=${(event) => event.preventDefault()}>
    ${select("A client of", 0)}${select("that calls", 1)}</form>`;
}

const VERDICTS = { breaking: "bad", unclear: "warn", compatible: "ok" };

function Change({ change }) {
  const { example } = change;
  return html`<li class="change">
    <span class=${`badge ${VERDICTS[change.verdict]}`}>${change.verdict}</span>
    <div><code><${Text}>${change.pointer}<//></code><p><${Text}>${change.words}<//></p>
      ${example && html`<p class="muted">Shown by <code><${Text}>${JSON.stringify(example.value)}<//></code>:
        ${" "}<${Text}>${example.words}<//></p>`}</div>
  </li>`;
}

function Differences({ pair }) {
  const [old, next] = pair;
  const { data, error } = useLoad(() => admin("contracts/diff", { query: { old, new: next } }), pair);
  if (error) return html`<${Notice} kind="bad"><${Text}>${error.message}<//><//>`;
  if (!data || data.old !== old || data.new !== next) return html`<p class="muted" role="status">Comparing…</p>`;
  const found = Object.entries(data.counts).filter(([, count]) => count);
  const counts = found.map(([verdict, count]) => `${count} ${verdict}`).join(", ");
  return html`<p role="status">${counts ? `${plural(data.changes.length, "change")}: ${counts}` : "No change."}</p>
    <ul class="changes">${data.changes.map((change) => html`<${Change} change=${change} />`)}</ul>`;
}

/** Return the two contracts to compare: those of the address, else the latest two. */
function pairOf(route, ids, revisions) {
  const latest = revisions.slice(-2).map((each) => each.contract);
  const wanted = [route.query.get("old"), route.query.get("new")];
  return wanted.every((id) => ids.includes(id)) ? wanted : [latest[0], latest.at(-1)];
}

export function ContractsView({ route }) {
  const { data, error } = useLoad(() => admin("contracts"), []);
  const models = useMemo(() => byModel(data?.contracts ?? []), [data]);
  if (error) return html`<${Notice} kind="bad">${error.message}<//>`;
  if (!data) return html`<p class="empty">Loading…</p>`;
  const model = models.has(route.item) ? route.item : data.default.split("@")[0];
  const revisions = models.get(model);
  const ids = data.contracts.map((each) => each.contract);
  const { withdrawn } = revisions.at(-1);
  const pair = pairOf(route, ids, revisions);
  return html`<div class="columns narrow-first">
    <${Models} models=${models} chosen=${model} />
    <section class="card" aria-labelledby="model-title">
      <div class="head"><div class="badges"><h1 id="model-title">${model}</h1>
        ${withdrawn && html`<span class="badge warn">withdrawn by the provider: ${withdrawn}</span>`}</div>
        <a class="button" href=${address("try", "", { model })}>Try it</a></div>
      <h2>Timeline</h2>
      <${Timeline} revisions=${revisions} isDefault=${(each) => each.contract === data.default} pair=${pair} />
      <h2>Differences</h2>
      <${PairForm} model=${model} ids=${ids} pair=${pair} />
      ${pair[0] === pair[1] ? html`<p class="muted">${revisions.length === 1 ? `${model} has one revision.`
          : "The two are the same contract."} Choose another contract to compare.</p>`
        : html`<${Differences} key=${pair.join()} pair=${pair} />`}
    </section>
  </div>`;
}

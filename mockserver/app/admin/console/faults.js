/** Faults and scenarios as switches, with what is left of their times. */

import { html, useEffect, useState } from "./vendor/preact.js";
import { admin } from "./api.js";
import { plural, scopes, tenantName } from "./format.js";
import { useLoad } from "./hooks.js";
import { Input, Notice, Prose, Select, Switch, Text } from "./parts.js";

const TIMES = ["1", "2", "3", "5", "10", "always"];
const COUNTS = ["id", "seen", "used", "tenant", "scope", "scenario"];

/** Lists of images in the responses of the contracts. */
const IMAGE_LISTS = ["data", "images", "output"];

/** Return how many requests a queued fault can still happen to. */
function left(fault) {
  return fault.times === "always" ? Infinity : fault.times - fault.used;
}

/** Return a fault without its counts, so that two of them can be compared. */
function signature(fault) {
  return JSON.stringify(Object.entries(fault).filter(([name]) => !COUNTS.includes(name)).sort());
}

/** Return the scenario that a queue begins with: to switch one on replaces the queue. */
function activeScenario(scenarios, queue) {
  const queued = queue.map(signature);
  const isFirst = ({ faults }) => faults.length > 0 && faults.every((fault, i) => signature(fault) === queued[i]);
  return scenarios.filter(isFirst).sort((one, other) => other.faults.length - one.faults.length)[0];
}

/** Return a queue whose faults name the scenario that they are a part of. */
function labelled(scenarios, queue) {
  const active = activeScenario(scenarios, queue);
  return queue.map((fault, i) => (i < (active?.faults.length ?? 0) ? { ...fault, scenario: active.name } : fault));
}

function Left({ fault }) {
  if (fault.times === "always") return html`<span>always, ${plural(fault.used, "time")} so far</span>`;
  return html`<progress aria-label=${`Used of ${fault.fault}`} value=${fault.used} max=${fault.times}></progress>
    <span class="num">${left(fault)} of ${fault.times} left</span>`;
}

function options(fault) {
  const when = ["fault", "times", "probability", "after", "seed", ...COUNTS];
  const given = Object.entries(fault).filter(([name]) => !when.includes(name));
  if (fault.after > 0) given.push(["after", fault.after]);
  if (fault.probability < 1) given.push(["probability", fault.probability]);
  const text = (value) => (typeof value === "object" ? JSON.stringify(value) : value);
  return given.map(([name, value]) => `${name} ${text(value)}`).join(", ");
}

function Queued({ faults, onRemove }) {
  if (!faults.length) return html`<p class="muted">None. Every request gets its documented response.</p>`;
  return html`<ul class="queued">${faults.map((fault) => html`<li key=${fault.scope + fault.id}>
    <strong class="mono">${fault.fault}</strong>
    ${options(fault) && html`<span class="muted"><${Text}>${options(fault)}<//></span>`}
    ${fault.scenario && html`<span class="badge fault">of scenario ${fault.scenario}</span>`}
    <span class="badge">${fault.scope ? tenantName(fault.scope) : "every key"}</span>
    <span class="left"><${Left} fault=${fault} />
      <button type="button" class="quiet" aria-label=${`Remove ${fault.fault}`}
        onClick=${() => onRemove(fault)}>Remove</button></span>
  </li>`)}</ul>`;
}

/** Return the default that the summary of a kind names for an option. */
function defaultOf(kind, name) {
  return kind.summary.match(new RegExp(`\`${name}\` \\(([^)]+)\\)`))?.[1];
}

function Kind({ kind, queue, initial, failure, onSwitch }) {
  const names = [...kind.needs, ...kind.takes.filter((name) => kind.summary.includes(`\`${name}\``))];
  const [given, setGiven] = useState(Object.fromEntries(kind.needs.map((name) => [name, initial[name] ?? ""])));
  const waiting = queue.filter((fault) => fault.fault === kind.name && left(fault) > 0);
  const id = `kind-${kind.name}`;
  return html`<li class=${waiting.length ? "kind is-on" : "kind"}>
    <${Switch} label=${kind.name} isOn=${waiting.length > 0} describedBy=${id}
      onChange=${(isOn) => onSwitch(kind, isOn, given)} />
    <div><strong class="mono">${kind.name}</strong>
      <p id=${id}><${Prose} text=${kind.summary} /></p>
      ${names.length > 0 && html`<div class="options">${names.map((name) => html`<label>${name}
        <${Input} value=${given[name] ?? ""} placeholder=${defaultOf(kind, name) ?? name}
          onText=${(text) => setGiven({ ...given, [name]: text })} /></label>`)}</div>`}
      ${failure.name === kind.name && html`<${Notice} kind="bad"><${Text}>${failure.message}<//><//>`}
      ${waiting.map((fault) => html`<p class="left"><${Left} fault=${fault} /></p>`)}
    </div>
  </li>`;
}

/** Return the options of a fault as the admin API takes them. */
function typed(given) {
  const filled = Object.entries(given).filter(([, text]) => text !== "");
  return Object.fromEntries(filled.map(([name, text]) => [name, /^\d+(\.\d+)?$/.test(text) ? Number(text) : text]));
}

function Kinds({ title, kinds, ...rest }) {
  const id = `kinds-${title.split(" ")[0]}`;
  return html`<section aria-labelledby=${id}><h2 id=${id}>${title}</h2>
    <ul class="kinds">${kinds.map((kind) => html`<${Kind} key=${kind.name} kind=${kind} ...${rest} />`)}</ul></section>`;
}

function Scenarios({ scenarios, queue, onSwitch }) {
  return html`<section aria-labelledby="scenarios"><h2 id="scenarios">Scenarios</h2>
    <p class="muted">A scenario replaces the faults that are queued for the same key, and has its own counts.</p>
    <ul class="kinds">${scenarios.map((scenario) => {
      const isOn = queue.some((fault) => fault.scenario === scenario.name && left(fault) > 0);
      const id = `scenario-${scenario.name}`;
      return html`<li key=${scenario.name} class=${isOn ? "kind is-on" : "kind"}>
        <${Switch} label=${`Scenario ${scenario.name}`} isOn=${isOn} describedBy=${id}
          onChange=${(on) => onSwitch(scenario, on)} />
        <div><strong class="mono">${scenario.name}</strong><p id=${id}>${scenario.summary}</p></div></li>`;
    })}</ul></section>`;
}

/** Load every queue: that of everybody, and those of the tenants. */
async function loadQueues() {
  const [everybody, { tenants }] = await Promise.all([admin("faults"), admin("tenants")]);
  const own = tenants.map(({ tenant, faults }) => [tenant, faults]);
  return new Map([["", everybody.faults], ...own]);
}

async function loadKinds(contract) {
  const [{ kinds }, { scenarios }, { response }] = await Promise.all([
    admin("faults/kinds"), admin("scenarios"), admin("contracts/schemas", { query: { contract } }),
  ]);
  const initial = { status: "503", pointer: imagePointer(response) };
  return { errors: kinds.filter(isError), others: kinds.filter((kind) => !isError(kind)), scenarios, initial };
}

/** Return the pointer to a response's image, or to the list of its images. */
function imagePointer(schema) {
  const list = IMAGE_LISTS.find((name) => Object.hasOwn(schema?.properties ?? {}, name)) ?? IMAGE_LISTS[0];
  const fields = schema?.properties?.[list]?.items?.properties ?? {};
  const image = ["url", "b64_json"].find((name) => Object.hasOwn(fields, name));
  return image ? `/${list}/0/${image}` : `/${list}`;
}

function isError(kind) {
  return /^\d{3}|an error/.test(kind.summary);
}

function Scope({ scope, tenants, times, onScope, onTimes }) {
  return html`<form class="filters" aria-label="What a switch adds" onSubmit=${(event) => event.preventDefault()}>
    <label><span>Happens to</span><${Select} value=${scope} onChange=${onScope} options=${scopes(tenants)} /></label>
    <label><span>How many requests</span>
      <${Select} value=${times} onChange=${onTimes} options=${TIMES.map((text) => [text, text])} /></label>
  </form>`;
}

export function FaultsView({ journal, settings }) {
  const [scope, setScope] = useState("");
  const [times, setTimes] = useState("1");
  const [failure, setFailure] = useState({});
  const latest = journal.entries.at(-1)?.id;
  const [contract] = Object.values(settings.contracts);
  const known = useLoad(() => loadKinds(contract), [contract]);
  const { data: queues, error, reload } = useLoad(loadQueues, [latest, journal.status]);
  useEffect(() => setFailure({}), [journal.status]);
  if (error ?? known.error) return html`<${Notice} kind="bad">${(error ?? known.error).message}<//>`;
  if (!queues || !known.data) return html`<p class="empty">Loading…</p>`;

  const tenant = scope || undefined;
  const { errors, others, scenarios, initial } = known.data;
  const queue = labelled(scenarios, queues.get(scope) ?? []);
  const own = queue.filter((fault) => !fault.scenario);
  const all = [...queues].flatMap(([name, faults]) =>
    labelled(scenarios, faults).map((fault) => ({ ...fault, scope: name })));
  const change = async (name, ...calls) => {
    const failed = await Promise.all(calls).then(() => ({}), ({ message }) => ({ name, message }));
    setFailure(failed);
    reload();
  };
  const remove = ({ id }, name = scope) => admin("faults", { method: "DELETE", query: { id, tenant: name } });
  const onSwitch = (kind, isOn, given) => {
    const same = own.filter((fault) => fault.fault === kind.name);
    const added = { fault: kind.name, times: times === "always" ? times : Number(times), tenant, ...typed(given) };
    change(kind.name, ...same.map((fault) => remove(fault)), isOn && admin("faults", { method: "POST", body: added }));
  };
  const onScenario = ({ name }, isOn) => {
    const parts = queue.filter((fault) => fault.scenario);
    if (isOn) change("", admin("scenario", { method: "PUT", body: { tenant, name } }));
    else change("", ...parts.map((fault) => remove(fault)));
  };
  const shared = { queue: own, initial, failure, onSwitch };

  return html`<div class="stack">
    <div class="head"><h1>Faults</h1><${Scope} scope=${scope} tenants=${[...queues.keys()].filter(Boolean)}
      times=${times} onScope=${setScope} onTimes=${setTimes} /></div>
    ${failure.name === "" && html`<${Notice} kind="bad"><${Text}>${failure.message}<//><//>`}
    <section aria-labelledby="queue"><h2 id="queue">Waiting for requests</h2>
      <${Queued} faults=${all.filter((fault) => left(fault) > 0)}
        onRemove=${(fault) => change("", remove(fault, fault.scope))} /></section>
    <${Scenarios} scenarios=${scenarios} queue=${queue} onSwitch=${onScenario} />
    <${Kinds} title="Error responses" kinds=${errors} ...${shared} />
    <${Kinds} title="Delays, connections, bodies and images" kinds=${others} ...${shared} />
  </div>`;
}

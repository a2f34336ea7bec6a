/** A form for each model, made from its request schema. */

import { html, useEffect, useMemo, useRef, useState } from "./vendor/preact.js";
import { admin, generate } from "./api.js";
import { Field } from "./field.js";
import { address, useLoad } from "./hooks.js";
import { apiKey } from "./key.js";
import { Input, Notice, Text } from "./parts.js";
import { RequestDetail } from "./request.js";
import { TYPES, canHold, problem, textOf, valueOf } from "./schema.js";

const EXAMPLE = "A red fox in the snow";
const FURTHER = "further fields";
const FURTHER_SCHEMA = { type: "object", description: "Sent as they are, documented or not; a filled-in field comes first." };
/** The latest form, {model, texts}: kept for this tab, so that a fault can be switched on meanwhile. */
const draft = {
  get: () => JSON.parse(sessionStorage.getItem("mockserver.draft") ?? "{}"),
  set: (value) => sessionStorage.setItem("mockserver.draft", JSON.stringify(value)),
};

function ModelChoice({ models, value, onChange }) {
  return html`<div class="field"><label class="name" for="model">model</label>
    <input id="model" list="models" autocomplete="off" key=${value} value=${value} placeholder="Search"
      onFocus=${(event) => event.target.select()} onChange=${(event) => onChange(event.target.value.trim())} />
    <datalist id="models">${models.map((model) => html`<option value=${model} />`)}</datalist>
    <span class="facts-line">${models.length} models are served: type a part of a name to choose one.</span>
  </div>`;
}

/**
 * Return the body of the form, and what is wrong with it by field.
 * Text that stands for no value is sent as it is, for those who want to see the refusal.
 */
function readForm(model, schema, texts) {
  const errors = {};
  const further = furtherFields(texts[FURTHER]);
  const body = { model, ...further };
  if (!further) errors[FURTHER] = "Expected a JSON object.";
  for (const [name, field] of Object.entries(schema.properties)) {
    if (name === "model" || (!texts[name] && Object.hasOwn(body, name))) continue;
    try {
      const value = valueOf(field, texts[name]);
      if (value === undefined) {
        if (schema.required?.includes(name)) errors[name] = "Expected a value, received nothing.";
        continue;
      }
      body[name] = value;
      const found = problem(field, value);
      if (found) errors[name] = found;
    } catch (error) {
      body[name] = texts[name];
      errors[name] = error.message;
    }
  }
  return { body, errors };
}

/** Return the fields of a JSON object; null where the text is none. */
function furtherFields(text) {
  try {
    const fields = JSON.parse(text || "{}");
    return TYPES.object(fields) ? fields : null;
  } catch {
    return null;
  }
}

/** Return the texts of a form for the fields of a request. */
function textsOf(schema, fields) {
  const hasControl = ([name, value]) => Object.hasOwn(schema.properties, name) && canHold(schema.properties[name], value);
  const others = Object.entries(fields).filter(([name]) => name !== "model");
  const known = others.filter(hasControl);
  const further = others.filter((field) => !hasControl(field));
  const texts = Object.fromEntries(known.map(([name, value]) => [name, textOf(schema.properties[name], value)]));
  return further.length ? { ...texts, [FURTHER]: JSON.stringify(Object.fromEntries(further), null, 2) } : texts;
}

/** Return what the server found, by field. */
async function serverErrors(id) {
  const { findings, status } = await admin(`requests/${id}`);
  if (status < 400) return {};
  const about = findings.filter(({ pointer, level }) => level !== "hint" && pointer.startsWith("/request/body/"));
  return Object.fromEntries(about.map((finding) => [
    finding.pointer.split("/")[3],
    `The mock refused it: expected ${finding.expected}, received ${finding.received}.`,
  ]));
}

function ErrorSummary({ errors, onSend }) {
  const names = Object.keys(errors);
  if (!names.length) return null;
  const count = names.length === 1 ? "One field needs" : `${names.length} fields need`;
  const link = (name) => html`<a href=${`#field-${name}`} onClick=${(event) => focusField(event, name)}>${name}</a>`;
  return html`<${Notice} kind="bad"><strong>${count} a change:</strong>
    ${" "}${names.map((name, i) => [i > 0 && ", ", link(name)])}
    ${" "}<button type="button" class="quiet" onClick=${onSend}>Send anyway</button><//>`;
}

function focusField(event, name) {
  event.preventDefault();
  document.getElementById(`field-${name}`)?.focus();
}

function KeyField() {
  const [key, setKey] = useState(apiKey.get());
  const onText = (text) => {
    setKey(text);
    apiKey.set(text);
  };
  return html`<div class="field"><label class="name" for="api-key">API key</label>
    <${Input} id="api-key" autocomplete="off" value=${key} onText=${onText} />
    <span class="facts-line">Each key is a tenant with its own faults, limits and credits.</span></div>`;
}

function Form({ contract, model, initial, onResult }) {
  const [texts, setTexts] = useState(initial);
  const [errors, setErrors] = useState({});
  const [waiting, setWaiting] = useState(null);
  useEffect(() => draft.set({ model, texts }), [model, texts]);
  const { properties, required } = contract.request;
  const names = Object.keys(properties).filter((name) => name !== "model");
  const set = (name) => (text) => {
    setTexts({ ...texts, [name]: text });
    setErrors(Object.fromEntries(Object.entries(errors).filter(([other]) => other !== name)));
  };

  const send = async (body) => {
    const controller = new AbortController();
    setWaiting(controller);
    setErrors({});
    try {
      const result = await generate(contract.path, apiKey.get(), body, { signal: controller.signal });
      onResult(result);
      if (result.status >= 400 && result.id) setErrors(await serverErrors(result.id));
    } catch (error) {
      onResult({ error: error.message });
    }
    setWaiting(null);
  };
  const submit = (event) => {
    event.preventDefault();
    const read = readForm(model, contract.request, texts);
    if (!Object.keys(read.errors).length) return send(read.body);
    setErrors(read.errors);
    onResult(null);
    return focusField(event, Object.keys(read.errors)[0]);
  };

  return html`<form onSubmit=${submit} novalidate>
    ${names.map((name) => html`<${Field} key=${name} name=${name} schema=${properties[name]} text=${texts[name]}
      isRequired=${required?.includes(name)} error=${errors[name]} onText=${set(name)} />`)}
    <details open=${Boolean(texts[FURTHER]) || undefined}><summary>Further fields</summary>
      <${Field} name=${FURTHER} schema=${FURTHER_SCHEMA}
        text=${texts[FURTHER]} error=${errors[FURTHER]} onText=${set(FURTHER)} /></details>
    <${KeyField} />
    <div class="actions sticky">
      <${ErrorSummary} errors=${errors} onSend=${() => send(readForm(model, contract.request, texts).body)} />
      <button type="submit" class="primary" disabled=${Boolean(waiting)}>
        ${waiting ? "Waiting for the response…" : "Send request"}</button>
      ${waiting && html`<button type="button" onClick=${() => waiting.abort()}>Cancel</button>`}</div>
  </form>`;
}

/** Load the contract of a model, and the texts to begin with: of a request, of the latest form, or an example. */
async function loadForm(key, contractId, model, from) {
  const contract = await admin("contracts/schemas", { query: { contract: contractId } });
  const latest = draft.get();
  if (!from && latest.model === model) return { key, contract, texts: latest.texts };
  const example = "prompt" in contract.request.properties ? { prompt: EXAMPLE } : {};
  const fields = from ? (await admin(`requests/${encodeURIComponent(from)}`)).fields : example;
  return { key, contract, texts: textsOf(contract.request, fields) };
}

/** Show the response where it is out of sight: below the form, or above what is shown. */
function useInSight(result) {
  const section = useRef();
  useEffect(() => {
    const { top } = section.current.getBoundingClientRect();
    if (result && (top < 0 || top > innerHeight * 0.6)) section.current.scrollIntoView();
  }, [result]);
  return section;
}

export function TryView({ settings, route }) {
  const models = useMemo(() => Object.keys(settings.contracts), [settings]);
  const from = route.query.get("from") ?? "";
  const model = route.query.get("model") || draft.get().model || models[0];
  const [result, setResult] = useState(null);
  const section = useInSight(result);
  useEffect(() => setResult(null), [model, from]);
  const choose = (name) => {
    location.hash = address("try", "", { model: name || models[0] });
  };
  const isServed = Object.hasOwn(settings.contracts, model);
  const contractId = settings.contracts[isServed ? model : models[0]];
  const key = [contractId, model, from].join();
  const { data, error } = useLoad(() => loadForm(key, contractId, model, from), [key]);

  return html`<div class="columns">
    <section class="card" aria-labelledby="try-title">
      <h1 id="try-title">Try it</h1>
      <p class="muted">The form has every documented field of <code>${contractId}</code>. An empty field is not sent.</p>
      <${ModelChoice} models=${models} value=${model} onChange=${choose} />
      ${!isServed && html`<${Notice}>No model <code><${Text}>${model}<//></code> is served. The mock will refuse it.<//>`}
      ${error && html`<${Notice} kind="bad">${error.message}<//>`}
      ${data?.key === key && html`<${Form} key=${key} contract=${data.contract} model=${model}
        initial=${data.texts} onResult=${setResult} />`}
    </section>
    <section class="result" ref=${section} aria-label="The response" aria-live="polite">
      ${result?.error && html`<${Notice} kind="bad">${result.error}<//>`}
      ${result?.id && html`<${RequestDetail} key=${result.id} id=${result.id} />`}
      ${!result && html`<p class="empty">The response appears here: its images, its JSON, and why it was refused.</p>`}
    </section>
  </div>`;
}

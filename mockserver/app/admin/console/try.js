/** A form for each model, made from its request schema. */

import { html, useEffect, useMemo, useState } from "./vendor/preact.js";
import { admin, generate } from "./api.js";
import { Field } from "./field.js";
import { useLoad } from "./hooks.js";
import { apiKey } from "./key.js";
import { Input, Notice } from "./parts.js";
import { RequestDetail } from "./request.js";
import { problem, textOf, valueOf } from "./schema.js";

const EXAMPLE = "A red fox in the snow";
const FURTHER = "further fields";
const FURTHER_SCHEMA = { type: "object", description: "To see what happens to a field that no contract has." };
const NO_RESPONSE = "The connection closed without a response.";

function ModelChoice({ models, value, onChange }) {
  const vendors = [...new Set(models.map(vendor))];
  const option = (model) => html`<option value=${model} selected=${model === value}>${model}</option>`;
  return html`<label class="field"><span class="name">model</span>
    <select value=${value} onChange=${(event) => onChange(event.target.value)}>
      ${vendors.map((name) => html`<optgroup label=${name}>
        ${models.filter((model) => vendor(model) === name).map(option)}</optgroup>`)}
    </select>
    <span class="facts-line">${models.length} models are served</span>
  </label>`;
}

function vendor(model) {
  return model.includes("/") ? model.split("/")[0] : "without a vendor";
}

/**
 * Return the body of the form, and what is wrong with it by field.
 * Text that stands for no value is sent as it is, for those who want to see the refusal.
 */
function readForm(model, schema, texts) {
  const body = { model };
  const errors = {};
  for (const [name, field] of Object.entries(schema.properties)) {
    if (name === "model") continue;
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
  try {
    Object.assign(body, JSON.parse(texts[FURTHER] || "{}"));
  } catch {
    errors[FURTHER] = "Expected a JSON object.";
  }
  return { body, errors };
}

/** Return the texts of a form for the fields of a request. */
function textsOf(schema, fields) {
  const known = Object.entries(fields).filter(([name]) => name !== "model" && Object.hasOwn(schema.properties, name));
  const further = Object.entries(fields).filter(([name]) => !Object.hasOwn(schema.properties, name));
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
      const result = await generate(contract.path, apiKey.get(), body, controller.signal);
      onResult(result);
      if (result.status >= 400 && result.id) setErrors(await serverErrors(result.id));
    } catch {
      onResult({ error: controller.signal.aborted ? "You cancelled the request." : NO_RESPONSE });
    }
    setWaiting(null);
  };
  const submit = (event) => {
    event.preventDefault();
    const read = readForm(model, contract.request, texts);
    if (!Object.keys(read.errors).length) return send(read.body);
    setErrors(read.errors);
    return focusField(event, Object.keys(read.errors)[0]);
  };

  return html`<form onSubmit=${submit} novalidate>
    ${names.map((name) => html`<${Field} key=${name} name=${name} schema=${properties[name]} text=${texts[name]}
      isRequired=${required?.includes(name)} error=${errors[name]} onText=${set(name)} />`)}
    <details open=${Boolean(texts[FURTHER]) || undefined}><summary>Fields that are not documented</summary>
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

/** Load the contract of a model, and the request to begin with. */
async function loadForm(contractId, from) {
  const contract = await admin("contracts/schemas", { query: { contract: contractId } });
  const example = "prompt" in contract.request.properties ? { prompt: EXAMPLE } : {};
  const fields = from ? (await admin(`requests/${encodeURIComponent(from)}`)).fields : example;
  return { contract, texts: textsOf(contract.request, fields) };
}

/** Return the model of the request to begin with, where it is served. */
async function modelOf(from, contracts) {
  const model = from && (await admin(`requests/${encodeURIComponent(from)}`)).fields?.model;
  return Object.hasOwn(contracts, model) ? model : "";
}

export function TryView({ settings, route }) {
  const models = useMemo(() => Object.keys(settings.contracts), [settings]);
  const from = route.query.get("from") ?? "";
  const wanted = route.query.get("model");
  const [model, setModel] = useState(models.includes(wanted) ? wanted : models[0]);
  const [result, setResult] = useState(null);
  useEffect(() => {
    modelOf(from, settings.contracts).then((found) => found && setModel(found), () => {});
  }, [from]);
  const contractId = settings.contracts[model] ?? settings.contracts[models[0]];
  const { data, error } = useLoad(() => loadForm(contractId, from), [contractId, from]);
  const isReady = data?.contract.contract === contractId;

  return html`<div class="columns">
    <section class="card" aria-labelledby="try-title">
      <h1 id="try-title">Try it</h1>
      <p class="muted">The form has every documented field of <code>${contractId}</code>. An empty field is not sent.</p>
      <${ModelChoice} models=${models} value=${model} onChange=${setModel} />
      ${error && html`<${Notice} kind="bad">${error.message}<//>`}
      ${isReady && html`<${Form} key=${contractId + from} contract=${data.contract} model=${model}
        initial=${data.texts} onResult=${setResult} />`}
    </section>
    <section class="result" aria-label="The response" aria-live="polite">
      ${result?.error && html`<${Notice} kind="bad">${result.error} The journal has the request.<//>`}
      ${result?.id && html`<${RequestDetail} key=${result.id} id=${result.id} />`}
      ${!result && html`<p class="empty">The response appears here: its images, its JSON, and why it was refused.</p>`}
    </section>
  </div>`;
}

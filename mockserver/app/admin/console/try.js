/** A form for each model, made from its request schema. */

import { html, useEffect, useMemo, useState } from "./vendor/preact.js";
import { admin, generate } from "./api.js";
import { useLoad } from "./hooks.js";
import { apiKey } from "./key.js";
import { Notice, Text } from "./parts.js";
import { RequestDetail } from "./request.js";
import { choices, controlOf, facts, problem, sizeFields, textOf, valueOf } from "./schema.js";

const EXAMPLE = "A red fox in the snow";
const FURTHER = "further fields";

function ModelChoice({ models, value, onChange }) {
  const groups = Map.groupBy
    ? Map.groupBy(models, vendor)
    : models.reduce((map, model) => map.set(vendor(model), [...(map.get(vendor(model)) ?? []), model]), new Map());
  return html`<label class="field"><span class="name">model</span>
    <select value=${value} onChange=${(event) => onChange(event.target.value)}>
      ${[...groups].map(([name, members]) => html`<optgroup label=${name}>
        ${members.map((model) => html`<option value=${model} selected=${model === value}>${model}</option>`)}</optgroup>`)}
    </select>
    <span class="facts-line">${models.length} models are served</span>
  </label>`;
}

function vendor(model) {
  return model.includes("/") ? model.split("/")[0] : "without a vendor";
}

function ChoiceControl({ schema, text, common, onText }) {
  const none = schema.default === undefined ? "not sent" : `default: ${schema.default}`;
  return html`<select ...${common} value=${text} onChange=${(event) => onText(event.target.value)}>
    <option value="">${none}</option>
    ${choices(schema).map((value) => html`<option value=${JSON.stringify(value)} selected=${JSON.stringify(value) === text}>${String(value)}</option>`)}
  </select>`;
}

function SizeControl({ name, schema, text, common, onText }) {
  const isCustom = text.startsWith("{");
  const given = isCustom ? JSON.parse(text) : {};
  const none = schema.default === undefined ? "not sent" : `default: ${schema.default}`;
  return html`<select ...${common} value=${isCustom ? "{}" : text} onChange=${(event) => onText(event.target.value)}>
      <option value="">${none}</option>
      ${choices(schema).map((value) => html`<option value=${value} selected=${value === text}>${value}</option>`)}
      <option value="{}" selected=${isCustom}>width and height…</option>
    </select>
    ${isCustom && html`<span class="pair">${Object.entries(sizeFields(schema)).map(([part, member]) => html`<label>
      <span class="facts-line">${part} ${facts(member)}</span>
      <input inputmode="numeric" aria-label=${`${name} ${part}`} value=${given[part] ?? ""}
        onInput=${(event) => onText(JSON.stringify({ ...given, [part]: event.target.value }))} /></label>`)}</span>`}`;
}

function TextControl({ name, schema, text, common, onText }) {
  const onInput = (event) => onText(event.target.value);
  const control = controlOf(schema);
  if (control === "number") return html`<input ...${common} inputmode="decimal" autocomplete="off" value=${text} onInput=${onInput} />`;
  if (control === "text" && !/prompt/.test(name)) return html`<input ...${common} dir="auto" autocomplete="off" value=${text} onInput=${onInput} />`;
  const example = control === "json" && html`<span class="facts-line">JSON, such as ${JSON.stringify(sample(schema))}</span>`;
  return html`<textarea ...${common} dir="auto" rows=${name === "prompt" ? 3 : 2} value=${text} onInput=${onInput}></textarea>${example}`;
}

/** Return a value of a schema, to show its form. */
function sample(schema) {
  if (schema.type === "array") return [sample(schema.items)];
  if (schema.type === "object") return Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, member]) => [name, sample(member)]));
  return { string: "…", integer: schema.minimum ?? 1, number: schema.minimum ?? 1, boolean: true }[schema.type] ?? {};
}

const CONTROLS = { choice: ChoiceControl, size: SizeControl };

function Field({ name, schema, isRequired, text, error, onText }) {
  const id = `field-${name}`;
  const Control = CONTROLS[controlOf(schema)] ?? TextControl;
  const common = { id, "aria-invalid": error ? "true" : undefined, "aria-describedby": `${id}-about ${id}-error` };
  return html`<div class=${`field ${error ? "is-bad" : ""}`}>
    <label class="name" for=${id}>${name}</label>
    <${Control} name=${name} schema=${schema} text=${text ?? ""} common=${common} onText=${onText} />
    <span id=${`${id}-about`} class="facts-line">${schema.description && html`<span class="about">${schema.description}</span> `}${facts(schema, isRequired)}</span>
    <span id=${`${id}-error`} class="error">${error && html`<${Text}>${error}<//>`}</span>
  </div>`;
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
      if (value === undefined && schema.required?.includes(name)) errors[name] = "Expected a value, received nothing.";
      if (value === undefined) continue;
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
  const known = Object.entries(fields).filter(([name]) => name !== "model" && name in schema.properties);
  const further = Object.entries(fields).filter(([name]) => !(name in schema.properties));
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
  return html`<${Notice} kind="bad"><strong>${names.length === 1 ? "One field needs" : `${names.length} fields need`} a change:</strong>
    ${" "}${names.map((name, i) => html`${i ? ", " : ""}<a href=${`#field-${name}`} onClick=${(event) => focusField(event, name)}>${name}</a>`)}
    ${" "}<button type="button" class="quiet" onClick=${onSend}>Send anyway</button><//>`;
}

function focusField(event, name) {
  event.preventDefault();
  document.getElementById(`field-${name}`)?.focus();
}

function KeyField() {
  const [key, setKey] = useState(apiKey.get());
  const onInput = (event) => {
    setKey(event.target.value);
    apiKey.set(event.target.value);
  };
  return html`<div class="field"><label class="name" for="api-key">API key</label>
    <input id="api-key" autocomplete="off" value=${key} onInput=${onInput} />
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
      onResult({ error: controller.signal.aborted ? "You cancelled the request." : "The connection closed without a response." });
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
      <${Field} name=${FURTHER} schema=${{ type: "object", description: "For any model: what happens to a field that the contract does not have." }}
        text=${texts[FURTHER]} error=${errors[FURTHER]} onText=${set(FURTHER)} /></details>
    <${KeyField} />
    <div class="actions sticky">
      <${ErrorSummary} errors=${errors} onSend=${() => send(readForm(model, contract.request, texts).body)} />
      <button type="submit" class="primary" disabled=${Boolean(waiting)}>${waiting ? "Waiting for the response…" : "Send request"}</button>
      ${waiting && html`<button type="button" onClick=${() => waiting.abort()}>Cancel</button>`}</div>
  </form>`;
}

/** Load the contract of a model, and the request to begin with. */
async function loadForm(contractId, from) {
  const contract = await admin("contracts/schemas", { query: { contract: contractId } });
  const fields = from ? (await admin(`requests/${encodeURIComponent(from)}`)).fields : { prompt: EXAMPLE };
  return { contract, texts: textsOf(contract.request, "prompt" in contract.request.properties || from ? fields : {}) };
}

/** Return the model of the request to begin with, where it is served. */
async function modelOf(from, contracts) {
  const model = from && (await admin(`requests/${encodeURIComponent(from)}`)).fields?.model;
  return model in contracts ? model : "";
}

export function TryView({ settings, route }) {
  const models = useMemo(() => Object.keys(settings.contracts), [settings]);
  const from = route.query.get("from") ?? "";
  const [model, setModel] = useState(route.query.get("model") || models[0]);
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
      ${isReady && html`<${Form} key=${contractId + from} contract=${data.contract} model=${model} initial=${data.texts} onResult=${setResult} />`}
    </section>
    <section class="result" aria-label="The response" aria-live="polite">
      ${result?.error && html`<${Notice} kind="bad">${result.error} The journal has the request.<//>`}
      ${result?.id && html`<${RequestDetail} key=${result.id} id=${result.id} />`}
      ${!result && html`<p class="empty">The response appears here: its images, its JSON, and why it was refused.</p>`}
    </section>
  </div>`;
}

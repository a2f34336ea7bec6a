/** A field of a form: its label, its control, what is known of it, and what is wrong with it. */

import { html } from "./vendor/preact.js";
import { Input, Select, Text } from "./parts.js";
import { choices, controlOf, facts, sizeFields } from "./schema.js";

/** Return the option of a field that is not sent. */
function nothing(schema) {
  return ["", schema.default === undefined ? "not sent" : `default: ${schema.default}`];
}

/** Return the options of a choice, with the chosen one where it is none of them. */
function withChosen(options, chosen) {
  if (options.some(([value]) => value === chosen)) return options;
  return [...options, [chosen, `${chosen.replace(/^"|"$/g, "")} (not documented)`]];
}

function ChoiceControl({ schema, text, common, onText }) {
  const options = choices(schema).map((value) => [JSON.stringify(value), String(value)]);
  return html`<${Select} ...${common} value=${text} onChange=${onText}
    options=${withChosen([nothing(schema), ...options], text)} />`;
}

function SizeControl({ name, schema, text, common, onText }) {
  const isCustom = text.startsWith("{");
  const given = isCustom ? JSON.parse(text) : {};
  const names = choices(schema).map((value) => [value, value]);
  const options = [nothing(schema), ...names, ["{}", "width and height…"]];
  const chosen = isCustom ? "{}" : text;
  return html`<${Select} ...${common} value=${chosen} onChange=${onText} options=${withChosen(options, chosen)} />
    ${isCustom && html`<span class="pair">${Object.entries(sizeFields(schema)).map(([part, member]) => html`<label>
      <span class="facts-line">${part} ${facts(member)}</span>
      <${Input} inputmode="numeric" aria-label=${`${name} ${part}`} value=${given[part] ?? ""}
        onText=${(typed) => onText(JSON.stringify({ ...given, [part]: typed }))} /></label>`)}</span>`}`;
}

function LineControl({ schema, text, common, onText }) {
  const mode = controlOf(schema) === "number" ? "decimal" : "text";
  return html`<${Input} ...${common} inputmode=${mode} dir="auto" autocomplete="off" value=${text} onText=${onText} />`;
}

function AreaControl({ name, schema, text, common, onText }) {
  const isJson = controlOf(schema) === "json";
  const rows = isJson || isLong(name, schema) || text.includes("\n") ? 3 : 1;
  return html`<textarea ...${common} dir="auto" rows=${rows} value=${text}
      onInput=${(event) => onText(event.target.value)}></textarea>
    ${isJson && html`<span class="facts-line">JSON, such as ${JSON.stringify(sample(schema))}</span>`}`;
}

/** Return a value of a schema, to show its form. */
function sample(schema) {
  if (schema.type === "array") return [sample(schema.items)];
  if (schema.type === "string") return "…";
  if (schema.type !== "object") return schema.minimum ?? 1;
  const members = Object.entries(schema.properties ?? {});
  return Object.fromEntries(members.map(([name, member]) => [name, sample(member)]));
}

const CONTROLS = {
  choice: ChoiceControl,
  json: AreaControl,
  lines: AreaControl,
  number: LineControl,
  size: SizeControl,
  text: LineControl,
};

function isLong(name, schema) {
  return name.endsWith("prompt") && controlOf(schema) === "text";
}

export function Field({ name, schema, isRequired, text, error, onText }) {
  const id = `field-${name}`;
  const Control = isLong(name, schema) ? AreaControl : CONTROLS[controlOf(schema)];
  const common = { id, "aria-invalid": error ? "true" : undefined, "aria-describedby": `${id}-about ${id}-error` };
  return html`<div class=${`field ${error ? "is-bad" : ""}`}>
    <label class="name" for=${id}>${name}</label>
    <${Control} name=${name} schema=${schema} text=${text ?? ""} common=${common} onText=${onText} />
    <span id=${`${id}-about`} class="facts-line">
      <span class="about">${schema.description}</span>${" "}${facts(schema, isRequired)}</span>
    <span id=${`${id}-error`} class="error">${error && html`<${Text}>${error}<//>`}</span>
  </div>`;
}

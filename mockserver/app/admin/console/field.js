/** A field of a form: its label, its control, what is known of it, and what is wrong with it. */

import { html } from "./vendor/preact.js";
import { Input, Select, Text } from "./parts.js";
import { choices, controlOf, facts, sizeFields } from "./schema.js";

/** Return the option of a field that is not sent. */
function nothing(schema) {
  return ["", schema.default === undefined ? "not sent" : `default: ${schema.default}`];
}

function ChoiceControl({ schema, text, common, onText }) {
  const options = choices(schema).map((value) => [JSON.stringify(value), String(value)]);
  return html`<${Select} ...${common} value=${text} onChange=${onText} options=${[nothing(schema), ...options]} />`;
}

function SizeControl({ name, schema, text, common, onText }) {
  const isCustom = text.startsWith("{");
  const given = isCustom ? JSON.parse(text) : {};
  const names = choices(schema).map((value) => [value, value]);
  const options = [nothing(schema), ...names, ["{}", "width and height…"]];
  return html`<${Select} ...${common} value=${isCustom ? "{}" : text} onChange=${onText} options=${options} />
    ${isCustom && html`<span class="pair">${Object.entries(sizeFields(schema)).map(([part, member]) => html`<label>
      <span class="facts-line">${part} ${facts(member)}</span>
      <${Input} inputmode="numeric" aria-label=${`${name} ${part}`} value=${given[part] ?? ""}
        onText=${(typed) => onText(JSON.stringify({ ...given, [part]: typed }))} /></label>`)}</span>`}`;
}

function LineControl({ schema, text, common, onText }) {
  const mode = controlOf(schema) === "number" ? "decimal" : "text";
  return html`<${Input} ...${common} inputmode=${mode} dir="auto" autocomplete="off" value=${text} onText=${onText} />`;
}

function AreaControl({ schema, text, common, onText }) {
  const isJson = controlOf(schema) === "json";
  return html`<textarea ...${common} dir="auto" rows="3" value=${text}
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

export function Field({ name, schema, isRequired, text, error, onText }) {
  const id = `field-${name}`;
  const Control = name.endsWith("prompt") ? AreaControl : CONTROLS[controlOf(schema)];
  const common = { id, "aria-invalid": error ? "true" : undefined, "aria-describedby": `${id}-about ${id}-error` };
  return html`<div class=${`field ${error ? "is-bad" : ""}`}>
    <label class="name" for=${id}>${name}</label>
    <${Control} name=${name} schema=${schema} text=${text ?? ""} common=${common} onText=${onText} />
    <span id=${`${id}-about`} class="facts-line">
      <span class="about">${schema.description}</span>${" "}${facts(schema, isRequired)}</span>
    <span id=${`${id}-error`} class="error">${error && html`<${Text}>${error}<//>`}</span>
  </div>`;
}

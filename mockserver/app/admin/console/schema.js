/** Forms from JSON Schema: the control of a field, the value of its text, what is wrong with it. */

import { number } from "./format.js";

/** Return the schema's first variant of a type. */
function variant(schema, type) {
  return (schema.anyOf ?? schema.oneOf ?? [schema]).find((each) => each.type === type);
}

/** Return which control a field has: choice, number, text, lines, size or json. */
export function controlOf(schema) {
  if (schema.enum || schema.type === "boolean") return "choice";
  if (schema.type === "integer" || schema.type === "number") return "number";
  if (schema.type === "string") return "text";
  if (variant(schema, "object")?.properties?.width && variant(schema, "string")?.enum) return "size";
  if (variant(schema, "array")?.items?.type === "string") return "lines";
  return "json";
}

/** Return the values to choose from. */
export function choices(schema) {
  return schema.enum ?? variant(schema, "string")?.enum ?? [true, false];
}

/** Return the fields of a size that is given in numbers. */
export function sizeFields(schema) {
  return variant(schema, "object").properties;
}

/**
 * Return the value that the text of a control stands for; undefined where it is empty.
 * @throws {Error} when the text stands for no value.
 */
export function valueOf(schema, text) {
  if (text === undefined || text === "") return undefined;
  switch (controlOf(schema)) {
    case "choice":
      return JSON.parse(text);
    case "number":
      return numberOf(text);
    case "lines": {
      const lines = text.split("\n").map((line) => line.trim()).filter(Boolean);
      return lines.length === 1 && variant(schema, "string") ? lines[0] : lines;
    }
    case "size":
      return text.startsWith("{") ? sizeOf(JSON.parse(text)) : text;
    case "json":
      return parsed(text);
    default:
      return text;
  }
}

/** Return whether the control of a field can hold a value, such as no empty text: nothing is sent then. */
export function canHold(schema, value) {
  try {
    return JSON.stringify(valueOf(schema, textOf(schema, value))) === JSON.stringify(value);
  } catch {
    return false;
  }
}

/** Return the text of a control for a value; valueOf reverses it. */
export function textOf(schema, value) {
  switch (controlOf(schema)) {
    case "lines":
      return [value].flat().join("\n");
    case "size":
      return typeof value === "string" ? value : JSON.stringify(value);
    case "choice":
    case "json":
      return JSON.stringify(value);
    default:
      return String(value);
  }
}

function numberOf(text) {
  const value = Number(text);
  if (Number.isNaN(value)) throw new Error(`Expected a number, received '${text}'.`);
  return value;
}

function sizeOf(texts) {
  const given = Object.entries(texts).filter(([, text]) => text !== "");
  return Object.fromEntries(given.map(([name, text]) => [name, numberOf(text)]));
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error("Expected JSON.");
  }
}

export const TYPES = {
  integer: Number.isInteger,
  number: (value) => typeof value === "number",
  string: (value) => typeof value === "string",
  boolean: (value) => typeof value === "boolean",
  array: Array.isArray,
  object: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
};

/** What a keyword expects, where a value does not keep it. The server checks all keywords. */
const RULES = {
  type: (type, value) => !TYPES[type](value) && `${type === "integer" ? "a whole number" : type}`,
  enum: (values, value) => !values.includes(value) && values.join(" | "),
  minimum: (least, value) => value < least && `at least ${number(least)}`,
  maximum: (most, value) => value > most && `at most ${number(most)}`,
  minLength: (least, value) => value.length < least && `at least ${number(least)} characters`,
  maxLength: (most, value) => [...value].length > most && `at most ${number(most)} characters`,
  minItems: (least, value) => value.length < least && `at least ${least} entries`,
  maxItems: (most, value) => value.length > most && `at most ${most} entries`,
};

/** Return what a value breaks of its schema, as text; empty where nothing. */
export function problem(schema, value) {
  const variants = schema.anyOf ?? schema.oneOf;
  if (variants?.some((each) => !problem(each, value))) return "";
  if (variants) return problem(nearest(variants, value), value);
  for (const [keyword, rule] of Object.entries(RULES)) {
    const expected = keyword in schema && rule(schema[keyword], value);
    if (expected) return `Expected ${expected}, received ${shown(value)}.`;
  }
  return memberProblem(schema, value);
}

function nearest(variants, value) {
  return variants.find((each) => each.type && TYPES[each.type](value)) ?? variants[0];
}

function memberProblem(schema, value) {
  if (Array.isArray(value)) return value.map((item) => problem(schema.items ?? {}, item)).find(Boolean) ?? "";
  if (typeof value !== "object" || value === null) return "";
  const missing = (schema.required ?? []).find((name) => !(name in value));
  if (missing) return `Expected ${missing}, received nothing.`;
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    const found = name in value && problem(member, value[name]);
    if (found) return `${name}: ${found}`;
  }
  return "";
}

function shown(value) {
  if (Array.isArray(value)) return `${value.length}`;
  if (typeof value !== "string") return JSON.stringify(value);
  return value.length > 40 ? `${number([...value].length)} characters` : `'${value}'`;
}

/** Return the facts of a field in a line: type, limits, default. */
export function facts(schema, isRequired) {
  const range = [schema.minimum, schema.maximum].map((limit) => (limit === undefined ? "" : number(limit)));
  const array = variant(schema, "array");
  const isChosen = ["choice", "size"].includes(controlOf(schema)); // the control shows all of it
  return [
    isRequired && "required",
    !isChosen && schema.type,
    range.some(Boolean) && (range[1] ? `${range[0]} to ${range[1]}` : `at least ${range[0]}`),
    schema.maxLength && `at most ${number(schema.maxLength)} characters`,
    array?.maxItems && `at most ${array.maxItems}, one per line`,
    schema.default !== undefined && !isChosen && `default ${JSON.stringify(schema.default)}`,
  ].filter(Boolean).join(" · ");
}

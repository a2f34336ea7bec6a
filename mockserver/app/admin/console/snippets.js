/** The same request for a shell, in Python and in JavaScript. */

import { mockUrl } from "./api.js";

const KEY = "mock-key";

/** Return a text as one word of a POSIX shell. */
function shellQuote(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Return a JSON value as an expression of Python. */
function pythonLiteral(value, indent = "    ") {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value !== "object") return JSON.stringify(value);
  const inner = `${indent}    `;
  const items = Array.isArray(value)
    ? value.map((item) => pythonLiteral(item, inner))
    : Object.entries(value).map(([name, item]) => `${JSON.stringify(name)}: ${pythonLiteral(item, inner)}`);
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  if (!items.length) return open + close;
  return `${open}\n${items.map((item) => `${inner}${item},\n`).join("")}${indent}${close}`;
}

/** Return a JSON value as an expression of JavaScript. */
function javascriptLiteral(value) {
  // In a literal, "__proto__" would set the prototype.
  return JSON.stringify(value, null, 2)
    .replaceAll('\n', '\n  ')
    .replaceAll('"__proto__":', '["__proto__"]:');
}

function curl(url, body, headers) {
  return [
    `curl -s ${shellQuote(url)}`,
    ...Object.entries(headers).map(([name, value]) => `  -H ${shellQuote(`${name}: ${value}`)}`),
    "  -H 'Content-Type: application/json'",
    `  -d ${shellQuote(JSON.stringify(body))}`,
  ].join(" \\\n");
}

function python(url, body, headers) {
  return `import requests

response = requests.post(
    ${JSON.stringify(url)},
    headers=${JSON.stringify(headers)},
    json=${pythonLiteral(body)},
)
print(response.status_code, response.text)`;
}

function javascript(url, body, headers) {
  return `const response = await fetch(${JSON.stringify(url)}, {
  method: "POST",
  headers: ${JSON.stringify({ ...headers, "Content-Type": "application/json" })},
  body: JSON.stringify(${javascriptLiteral(body)}),
});
console.log(response.status, await response.text());`;
}

/** Return the request in each language, by its name; prefer is the header that names a fault. */
export function snippets(path, body, prefer) {
  const url = mockUrl(path);
  const headers = { Authorization: `Bearer ${KEY}`, ...(prefer && { Prefer: prefer }) };
  return {
    curl: curl(url, body, headers),
    Python: python(url, body, headers),
    JavaScript: javascript(url, body, headers),
  };
}

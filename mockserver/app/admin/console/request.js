/** One request: why it got its response, what was sent, what was received, how to send it again. */

import { html, useState } from "./vendor/preact.js";
import { admin, generate } from "./api.js";
import { duration, tenantName } from "./format.js";
import { address, useLoad } from "./hooks.js";
import { apiKey } from "./key.js";
import { CodeTabs, CopyButton, FullPicture, Json, Notice, Status, Text } from "./parts.js";
import { snippets } from "./snippets.js";

const LEVELS = {
  "documented": "breaks the published schema",
  "client-required": "no client could use it",
  "semantic": "breaks a rule that no schema can express",
  "hint": "worth knowing",
};

/** The status in the journal of a connection that a fault closed. */
const CLOSED = 444;

/** Load a request and its response. */
async function load(id) {
  const path = `requests/${encodeURIComponent(id)}`;
  const [entry, response] = await Promise.all([admin(path), admin(`${path}/response`)]);
  return { ...entry, response };
}

/** The reason of a refusal: the fault that happened, the message, each wrong field. */
function Why({ entry, findings }) {
  const isRefused = entry.status >= 400;
  const isMade = entry.rule || entry.status === CLOSED; // nobody refused it
  const hadNoEffect = entry.fault && entry.message && !isRefused;
  const [title, ...lines] = (entry.message ?? "").split("\n");
  const details = findings.length ? [] : lines; // the findings say the same, field by field
  if (!isRefused && !entry.fault && !entry.message && !entry.rule) return null;
  return html`<section aria-labelledby="why">
    <h2 id="why">${isRefused && !isMade ? "Why it was refused" : "What happened to it"}</h2>
    ${hadNoEffect && html`<${Notice} kind="fault">The fault <code>${entry.fault}</code> had no effect:
      ${" "}<${Text}>${entry.message}<//>.<//>`}
    ${entry.fault && !hadNoEffect && html`<${Notice} kind="fault">The fault <code>${entry.fault}</code> happened to this request${
      isRefused ? ", so the request itself may be correct." : "."}${" "}
      <a href=${address("faults")}>Faults</a><//>`}
    ${entry.rule && html`<${Notice}>The rule <code><${Text}>${entry.rule}<//></code> made this response.<//>`}
    ${entry.message && !hadNoEffect && html`<${Notice} kind=${isRefused ? "refusal" : "info"}>
      <strong><${Text}>${title}<//></strong>
      ${details.length > 0 && html`<ul>${details.map((line) => html`<li><${Text}>${line}<//></li>`)}</ul>`}<//>`}
    <${FindingList} findings=${findings} />
  </section>`;
}

function FindingList({ findings }) {
  return html`<ul class="findings">${findings.map((finding) => html`<li>
    <p><code><${Text}>${finding.pointer.replace("/request/body/", "")}<//></code>
      <span class=${`level ${finding.level}`} title=${LEVELS[finding.level]}>${finding.level}</span></p>
    <dl class="facts"><dt>Expected</dt><dd><${Text}>${finding.expected}<//></dd>
      <dt>Received</dt><dd><${Text}>${finding.received}<//></dd></dl>
  </li>`)}</ul>`;
}

function Findings({ title, findings }) {
  if (!findings.length) return null;
  return html`<section aria-labelledby="findings"><h2 id="findings">${title}</h2>
    <${FindingList} findings=${findings} /></section>`;
}

function Images({ entry }) {
  if (!entry.images.length) return null;
  return html`<section aria-labelledby="images">
    <h2 id="images">Images</h2>
    ${entry.fault && html`<p class="muted">The mock made these; the fault decides what the client received.</p>`}
    <div class="gallery">${entry.images.map((image, index) =>
      html`<${FullPicture} key=${index} id=${entry.id} index=${index} image=${image} />`)}</div>
  </section>`;
}

function Headers({ title, headers }) {
  const names = Object.entries(headers);
  return html`<details><summary>${title} <span class="muted num">${names.length}</span></summary>
    <dl class="headers">${names.map(([name, value]) => html`<dt>${name}</dt><dd><${Text}>${value}<//></dd>`)}</dl>
  </details>`;
}

function Response({ entry }) {
  const { body, headers } = entry.response;
  const isSent = entry.status !== CLOSED;
  return html`<section aria-labelledby="response">
    <h2 id="response">Response</h2>
    ${body ? html`<${Json} label="Response body" text=${body} />`
      : html`<p class="muted">${isSent ? "The journal keeps no body of this response."
        : "Nothing was sent: the connection was closed."}</p>`}
    ${isSent && html`<${Headers} title="Response headers" headers=${headers} />`}
  </section>`;
}

/** Return why the journal has no body of a request. */
function noBody({ method, status, message }) {
  if (method !== "POST") return "It has no body.";
  if (status === 401) return "The request had no valid key, so its body was not read.";
  if (message?.includes("Expected JSON")) return "The body was no JSON, so the journal did not keep it.";
  return "The journal did not keep its body.";
}

function Sent({ entry }) {
  return html`<section aria-labelledby="sent">
    <h2 id="sent">Request</h2>
    ${entry.fields === null ? html`<p class="muted">${noBody(entry)}</p>`
      : html`<${Json} label="Fields sent" value=${entry.fields} />`}
    <${Headers} title="Request headers" headers=${entry.headers} />
  </section>`;
}

function SameRequest({ entry }) {
  if (!isRepeatable(entry)) return null;
  return html`<section aria-labelledby="code"><h2 id="code">The same request as code</h2>
    <${CodeTabs} label="Language" codes=${snippets(entry.path, entry.fields, entry.headers.prefer)} /></section>`;
}

function isRepeatable(entry) {
  return entry.method === "POST" && entry.fields !== null;
}

/** Return the requested model; the form has the default where none was named. */
function modelOf({ fields }) {
  return typeof fields.model === "string" ? fields.model : "";
}

/** Return whether the journal may have cut a text of a value: it marks the end of such a text. */
function isCut(value) {
  return JSON.stringify(value).includes('…"');
}

function Actions({ entry }) {
  const [sent, setSent] = useState({});
  if (!isRepeatable(entry)) return null;
  const again = async () => {
    setSent({ isWaiting: true });
    try {
      setSent(await generate(entry.path, apiKey.get(), entry.fields, { prefer: entry.headers.prefer }));
    } catch (error) {
      setSent({ error: error.message });
    }
  };
  return html`<div class="actions">
    <button type="button" class="primary" onClick=${again} disabled=${sent.isWaiting}>
      ${sent.isWaiting ? "Sending…" : "Send again"}</button>
    <a class="button" href=${address("try", "", { from: entry.id, model: modelOf(entry) })}>Edit and send</a>
    <span role="status">${sent.error}${sent.status && html`<${Status} code=${sent.status} /> ${" "}
      <a href=${address("requests", sent.id)}>Open the new request</a>`}</span>
  </div>
  ${isCut(entry.fields) && html`<${Notice}>The journal cuts long texts, and ends them with “…”. Sent again, or as
    code, they are the cut ones.<//>`}`;
}

function Facts({ entry }) {
  const time = new Date(entry.time).toLocaleString("en-GB");
  const contract = entry.contract && address("contracts", entry.contract.split("@")[0]);
  return html`<dl class="facts">
    <dt>Time</dt><dd class="num"><time datetime=${entry.time}>${time}</time></dd>
    <dt>Duration</dt><dd class="num">${duration(entry.duration_ms)}</dd>
    <dt>Tenant</dt><dd class="mono">${tenantName(entry.tenant)}</dd>
    <dt>Contract</dt><dd>${contract ? html`<a href=${contract}>${entry.contract}</a>` : "none"}</dd>
    ${entry.source && html`<dt>Source</dt><dd>${entry.source}</dd>`}
    ${entry.variation && html`<dt>Variation</dt><dd>${entry.variation}</dd>`}
    ${entry.recording && html`<dt>Recording</dt><dd><${Text}>${entry.recording}<//></dd>`}
    <dt>Request id</dt><dd class="mono">${entry.id} <${CopyButton} text=${entry.id} /></dd>
  </dl>`;
}

/** @param {{id: string, level?: 1 | 2}} props level is that of its title among the page's headings. */
export function RequestDetail({ id, level = 2 }) {
  const { data: entry, error } = useLoad(() => load(id), [id]);
  if (error?.status === 404) return html`<${Notice}>This request is no longer in the journal.<//>`;
  if (error) return html`<${Notice} kind="bad">${error.message}<//>`;
  if (!entry) return html`<p class="empty">Loading…</p>`;
  const Title = `h${level}`;
  const hints = entry.findings.filter(({ level }) => level === "hint");
  const wrong = entry.findings.filter(({ level }) => level !== "hint");
  const isRefused = entry.status >= 400;
  const prompt = entry.fields?.prompt;
  return html`<article class="request">
    <${Title} class="line"><${Status} code=${entry.status} />
      <span class="mono"><${Text}>${entry.method} ${entry.path}<//></span><//>
    ${typeof prompt === "string" && prompt && html`<p class="prompt" dir="auto">${prompt}</p>`}
    <${Facts} entry=${entry} />
    <${Actions} entry=${entry} />
    <${Why} entry=${entry} findings=${isRefused ? wrong : []} />
    <${Findings} title="Findings" findings=${isRefused ? [] : wrong} />
    <${Images} entry=${entry} />
    <${Findings} title="Hints" findings=${hints} />
    <${Sent} entry=${entry} />
    <${Response} entry=${entry} />
    <${SameRequest} entry=${entry} />
  </article>`;
}

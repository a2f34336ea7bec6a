/** Parts of several views. */

import { html, useEffect, useRef, useState } from "./vendor/preact.js";
import { imageBlob } from "./api.js";
import { fileSize, statusClass } from "./format.js";

export function Status({ code }) {
  return html`<span class=${`status ${statusClass(code)}`}>${code}</span>`;
}

export function Notice({ kind = "info", children }) {
  return html`<div class=${`notice ${kind}`} role=${kind === "bad" ? "alert" : "note"}>${children}</div>`;
}

/** Text of a request, whose direction the text itself decides. */
export function Text({ children }) {
  return html`<bdi dir="auto">${children}</bdi>`;
}

export function CopyButton({ text, label = "Copy" }) {
  const [said, setSaid] = useState("");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setSaid("Copied");
    } catch {
      setSaid("Not copied");
    }
    setTimeout(() => setSaid(""), 1500);
  };
  return html`<button type="button" class="quiet" onClick=${copy}>
    <span aria-live="polite">${said || label}</span></button>`;
}

/** Text of the mock itself, in which backticks mark code. */
export function Prose({ text }) {
  return text.split("`").map((part, i) => (i % 2 ? html`<code>${part}</code>` : part));
}

/** A choice: each option is a pair of its value and its text. */
export function Select({ options, value, onChange, ...attributes }) {
  return html`<select ...${attributes} value=${value} onChange=${(event) => onChange(event.target.value)}>
    ${options.map(([each, text]) => html`<option value=${each} selected=${each === value}>${text}</option>`)}
  </select>`;
}

/** A text field. */
export function Input({ value, onText, ...attributes }) {
  return html`<input ...${attributes} value=${value} onInput=${(event) => onText(event.target.value)} />`;
}

/** A switch with its label. */
export function Switch({ label, isOn, onChange, describedBy }) {
  return html`<button type="button" role="switch" class="switch" aria-checked=${String(isOn)}
    aria-label=${label} aria-describedby=${describedBy} onClick=${() => onChange(!isOn)}><span></span></button>`;
}

/** A bar of what is used; without a limit there is only the text. */
export function Bar({ label, value, most, children }) {
  return html`<div class="bar">
    <div class="bar-text"><span>${label}</span><span class="num">${children}</span></div>
    ${most > 0 && html`<progress aria-label=${label} class=${value >= most ? "is-full" : ""}
      value=${value} max=${most}></progress>`}
  </div>`;
}

/** Tabs of code by its language; arrow keys move between them. */
export function CodeTabs({ label, codes }) {
  const names = Object.keys(codes);
  const [chosen, setChosen] = useState(names[0]);
  const list = useRef();
  const move = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = (names.indexOf(chosen) + step + names.length) % names.length;
    setChosen(names[next]);
    list.current.children[next].focus();
  };
  return html`<div><div role="tablist" class="tabs" aria-label=${label} ref=${list} onKeyDown=${move}>
      ${names.map((name) => html`<button type="button" role="tab" id=${`tab-${name}`}
        aria-controls=${`panel-${name}`} aria-selected=${String(name === chosen)}
        tabindex=${name === chosen ? 0 : -1} onClick=${() => setChosen(name)}>${name}</button>`)}
    </div>
    <div role="tabpanel" id=${`panel-${chosen}`} aria-labelledby=${`tab-${chosen}`}>
      <${Code} label=${chosen} text=${codes[chosen]} /></div></div>`;
}

/** Code with a button that copies it; it scrolls, so it takes the focus. */
function Code({ label, text, children }) {
  return html`<div class="code">
    <${CopyButton} text=${text} />
    <pre tabindex="0" role="region" aria-label=${label}><code>${children ?? text}</code></pre>
  </div>`;
}

const TOKENS = /("(?:\\.|[^"\\])*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Return JSON text in parts, each a text or an element with the class of its kind. */
function colored(text) {
  const parts = [];
  let end = 0;
  for (const found of text.matchAll(TOKENS)) {
    const [token, string, colon] = found;
    parts.push(text.slice(end, found.index));
    if (string) parts.push(html`<bdi class=${colon ? "json-name" : "json-text"}>${string}</bdi>`, colon);
    else parts.push(html`<span class="json-value">${token}</span>`);
    end = found.index + token.length;
  }
  return [...parts, text.slice(end)];
}

/** JSON with colors; other text, such as a broken body, as it is. */
export function Json({ label, value, text = JSON.stringify(value, null, 2) }) {
  let shown = text;
  try {
    shown = JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return html`<${Code} label=${label} text=${text} />`;
  }
  return html`<${Code} label=${label} text=${shown}>${colored(shown)}<//>`;
}

/** An image of a response; onFile gets its file. */
export function Picture({ id, index, width, alt, onFile }) {
  const [shown, setShown] = useState({ url: "", isBroken: false });
  useEffect(() => {
    let url = "";
    let isCurrent = true;
    const show = async () => {
      let blob = await imageBlob(id, index, width);
      if (isCurrent && onFile) onFile(blob);
      if (blob.type === "image/tiff") blob = await imageBlob(id, index, 2048); // no browser shows it
      if (!isCurrent) return;
      url = URL.createObjectURL(blob);
      setShown({ url, isBroken: false });
    };
    show().catch(() => isCurrent && setShown({ url: "", isBroken: true }));
    return () => {
      isCurrent = false;
      if (url) URL.revokeObjectURL(url);
    };
  }, [id, index, width]);
  if (shown.isBroken) {
    return html`<span class="picture broken" role="img" aria-label=${`${alt} (damaged)`}>damaged</span>`;
  }
  if (!shown.url) return html`<span class="picture waiting"></span>`;
  const onError = () => setShown({ url: "", isBroken: true });
  return html`<img class="picture" src=${shown.url} alt=${alt} onError=${onError} />`;
}

/** The height, in pixels, above which an image is shown smaller; the style sheet has it, too. */
const FOLD = 320;

/** An image, with what its file says about itself. */
export function FullPicture({ id, index, image }) {
  const [about, setAbout] = useState(null);
  const [isLarge, setIsLarge] = useState(false);
  const onFile = async (blob) => {
    setAbout({ type: blob.type, size: blob.size, labels: pngLabels(await blob.arrayBuffer()) });
  };
  const file = about && ` · ${about.type} · ${fileSize(about.size)}`;
  return html`<figure class=${isLarge ? "is-large" : ""}>
    <${Picture} id=${id} index=${index} alt=${`Image ${index + 1}: ${image.name}`} onFile=${onFile} />
    <figcaption>
      <p class="muted num">${image.name} · ${image.width} × ${image.height}${file}
        ${image.height > FOLD && html`<button type="button" class="quiet" aria-pressed=${String(isLarge)}
          onClick=${() => setIsLarge(!isLarge)}>Full size</button>`}</p>
      <details><summary>Metadata</summary><dl class="facts">
        ${about?.labels.map(([name, text]) => html`<dt>${name}</dt><dd class="mono"><${Text}>${text}<//></dd>`)}
        <dt title="Of the file without its metadata">SHA-256</dt><dd class="mono">${image.sha256}</dd>
      </dl></details>
    </figcaption>
  </figure>`;
}

/** Return the text chunks of a PNG file: pairs of keyword and text. */
function pngLabels(buffer) {
  const view = new DataView(buffer);
  const latin1 = new TextDecoder("latin1");
  const labels = [];
  if (buffer.byteLength < 8 || view.getUint32(0) !== 0x89504e47) return labels;
  for (let at = 8; at + 12 <= buffer.byteLength; at += 12 + view.getUint32(at)) {
    const type = latin1.decode(buffer.slice(at + 4, at + 8));
    if (type === "IDAT") break;
    if (type === "tEXt") {
      const [name, ...text] = latin1.decode(buffer.slice(at + 8, at + 8 + view.getUint32(at))).split("\0");
      labels.push([name, text.join("")]);
    }
  }
  return labels;
}

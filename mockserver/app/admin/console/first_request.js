/** What the console shows before the first request: how to send one. */

import { html } from "./vendor/preact.js";
import { mockUrl } from "./api.js";
import { plural } from "./format.js";
import { address } from "./hooks.js";
import { CodeTabs } from "./parts.js";
import { snippets } from "./snippets.js";

const PROMPT = "A red fox in the snow";

function openai(model) {
  return `from openai import OpenAI

client = OpenAI(base_url=${JSON.stringify(mockUrl("/v1"))}, api_key="mock-key")
print(client.images.generate(model=${JSON.stringify(model)}, prompt=${JSON.stringify(PROMPT)}).data[0].url)`;
}

/** @param {{settings: object, others: number, onShow: () => void}} props others are requests to other routes. */
export function FirstRequest({ settings, others, onShow }) {
  const [model] = Object.keys(settings.contracts);
  const readable = "openai/gpt-image-1" in settings.contracts ? "openai/gpt-image-1" : model;
  const codes = {
    ...snippets("/v1/images/generations", { model, prompt: PROMPT }),
    "OpenAI SDK": openai(readable),
  };
  return html`<section class="card first">
    <h1>Send the first request</h1>
    <p>The mock listens, and no image was requested yet. Each API key is a tenant with its own state. The request${
      " "}appears here as soon as it has its response.</p>
    <${CodeTabs} label="First request" codes=${codes} />
    <p class="actions"><a class="button primary" href=${address("try")}>Or fill in a form</a>
      ${others > 0 && html`<button type="button" onClick=${onShow}>Show ${plural(others, "other request")}</button>`}</p>
  </section>`;
}

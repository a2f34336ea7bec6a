/** The console: its header, its views, and what it shows when it may not read the journal. */

import { html, render, useEffect, useState } from "./vendor/preact.js";
import { admin, token } from "./api.js";
import { ContractsView } from "./contracts.js";
import { FaultsView } from "./faults.js";
import { address, useJournal, useLoad, useRoute } from "./hooks.js";
import { LimitsView } from "./limits.js";
import { Notice } from "./parts.js";
import { RequestsView } from "./requests.js";
import { TryView } from "./try.js";

const VIEWS = {
  requests: { title: "Requests", Component: RequestsView },
  try: { title: "Try it", Component: TryView },
  faults: { title: "Faults", Component: FaultsView },
  limits: { title: "Limits", Component: LimitsView },
  contracts: { title: "Contracts", Component: ContractsView },
};

const STATUS = { loading: "Loading", live: "Live", offline: "Reconnecting", refused: "No access" };

function Header({ view, status }) {
  return html`<header>
    <a class="brand" href=${address("requests")}><img src="console/icon.svg" alt="" />aimlapi-mockserver</a>
    <nav aria-label="Views">
      ${Object.entries(VIEWS).map(([name, { title }]) => html`<a href=${address(name)}
        aria-current=${name === view ? "page" : undefined}>${title}</a>`)}
      <a href="../docs/">API reference</a>
    </nav>
    <span class=${`connection ${status}`} role="status">${STATUS[status]}</span>
  </header>`;
}

function TokenForm({ message, onToken }) {
  const [text, setText] = useState("");
  let wrong = message;
  if (message.includes("with the token of")) wrong = token.get() && "This token is not the one of --admin-token.";
  const submit = (event) => {
    event.preventDefault();
    token.set(text.trim());
    onToken();
  };
  return html`<form class="card token" onSubmit=${submit}>
    <h1>Admin token</h1>
    ${wrong && html`<${Notice} kind="bad">${wrong}<//>`}
    <label>Token of <code>--admin-token</code>
      <input type="password" autocomplete="off" required value=${text} onInput=${(e) => setText(e.target.value)} />
    </label>
    <p class="muted">It is kept in this tab until you close it, and sent to the admin API only.</p>
    <button type="submit" class="primary">Open the console</button>
  </form>`;
}

function Console() {
  const route = useRoute();
  const [attempt, setAttempt] = useState(1);
  const settings = useLoad(() => admin("settings"), [attempt]);
  const journal = useJournal(settings.data?.journal ?? 1000, Boolean(settings.data), attempt);
  const isRefused = settings.error?.status === 403 || journal.status === "refused";
  const refusal = isRefused && (settings.error?.message ?? journal.error);
  const status = refusal ? "refused" : settings.error ? "offline" : journal.status;

  useEffect(() => {
    if (journal.status === "live") settings.reload(); // after a restart they may be others
  }, [journal.status]);
  const view = Object.hasOwn(VIEWS, route.view) ? route.view : "requests";
  const { title, Component } = VIEWS[view];
  useEffect(() => {
    document.title = `${title} · aimlapi-mockserver`;
  }, [title]);

  let content = null;
  if (refusal) content = html`<${TokenForm} message=${refusal} onToken=${() => setAttempt(attempt + 1)} />`;
  else if (settings.error) content = html`<${Notice} kind="bad">${settings.error.message} Trying again…<//>`;
  else if (settings.data) content = html`<${Component} route=${route} journal=${journal} settings=${settings.data} />`;
  return html`
    <a class="skip" href="#content" onClick=${skip}>Skip to the content</a>
    <${Header} view=${view} status=${status} />
    <main id="content" tabindex="-1" class=${`view-${view}`}>${content}</main>`;
}

/** Move the focus; following the link would change the route. */
function skip(event) {
  event.preventDefault();
  document.getElementById("content").focus();
}

render(html`<${Console} />`, document.getElementById("console"));

/** Limits and credits of each tenant, and the latency of the latest requests. */

import { html, useState } from "./vendor/preact.js";
import { admin } from "./api.js";
import { duration, number, plural, scopes, tenantName } from "./format.js";
import { useLoad } from "./hooks.js";
import { Bar, Input, Notice, Select, Text } from "./parts.js";

const LATEST = 60;
const CHART = { width: 600, height: 80 };

async function loadAll() {
  const [limits, credits, tenants] = await Promise.all([admin("limits"), admin("credits"), admin("tenants")]);
  return { defaults: { ...limits, balance: credits.balance }, ...tenants };
}

function Left({ label, left, most, unlimited = "unlimited" }) {
  const text = most ? `${number(left)} of ${number(most)} left` : unlimited;
  return html`<${Bar} label=${label} value=${most - left} most=${most}>${text}<//>`;
}

function TenantBars({ tenant, start }) {
  const { balance, concurrency, inside, left, rate } = tenant;
  return html`<${Left} label=${rate ? `Rate ${rate}` : "Rate"} left=${left} most=${rate && parseInt(rate, 10)} />
    <${Left} label="Concurrency" left=${concurrency - inside} most=${concurrency} unlimited=${`${inside} now, unlimited`} />
    <${Left} label="Credits" left=${balance} most=${balance !== null && Math.max(start ?? 0, balance, 1)} />`;
}

function TenantCard({ tenant, start }) {
  return html`<li class="card tenant-card">
    <h3 class="mono">${tenantName(tenant.tenant)}</h3>
    <${TenantBars} tenant=${tenant} start=${start} />
    ${tenant.contracts.length > 0 && html`<p>Contracts: ${tenant.contracts.join(", ")}</p>`}
    ${tenant.time && html`<p>Its clock stands at <time>${tenant.time}</time></p>`}
  </li>`;
}

/** Return the texts of the form for the limits that hold now. */
function textsOf({ tenant = "", rate, concurrency, balance }) {
  return { tenant, rate: rate ?? "", concurrency: String(concurrency ?? ""), balance: String(balance ?? "") };
}

function LimitsForm({ defaults, tenants, onSaved }) {
  const options = scopes(tenants.map(({ tenant }) => tenant));
  const [form, setForm] = useState(textsOf(defaults));
  const choose = (name) => setForm(textsOf(tenants.find(({ tenant }) => tenant === name) ?? defaults));
  const [failure, setFailure] = useState("");
  const input = (name, label, hint) => html`<label><span>${label}</span>
    <${Input} value=${form[name]} placeholder=${hint}
      onText=${(text) => setForm({ ...form, [name]: text })} /></label>`;
  const save = async (event) => {
    event.preventDefault();
    const tenant = form.tenant || undefined;
    const whole = (text) => (/^\d+$/.test(text) ? Number(text) : text || null); // the mock refuses other text
    try {
      const limits = { tenant, rate: form.rate || null, concurrency: whole(form.concurrency) };
      await admin("limits", { method: "PUT", body: limits });
      await admin("credits", { method: "PUT", body: { tenant, balance: whole(form.balance) } });
      setFailure("");
    } catch (error) {
      setFailure(error.message);
    }
    onSaved();
  };
  return html`<form class="filters card" aria-label="Set limits" onSubmit=${save}>
    <label><span>For</span>
      <${Select} value=${form.tenant} onChange=${choose} options=${options} /></label>
    ${input("rate", "Rate", "such as 10/minute")}
    ${input("concurrency", "Concurrency", "unlimited")}
    ${input("balance", "Credits", "unlimited")}
    <button type="submit" class="primary">Set limits</button>
    ${failure && html`<${Notice} kind="bad"><${Text}>${failure}<//><//>`}
  </form>`;
}

/** Return the value that a part of sorted values does not exceed. */
function quantile(sorted, part) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
}

function Chart({ values }) {
  const most = Math.max(...values, 1);
  const step = CHART.width / LATEST;
  const box = `0 0 ${CHART.width} ${CHART.height}`;
  return html`<svg class="chart" viewBox=${box} preserveAspectRatio="none" role="img"
    aria-label=${`Durations of the latest ${plural(values.length, "request")}, at most ${duration(most)}`}>
    ${values.map((value, i) => {
      const height = Math.max(2, (value / most) * CHART.height);
      return html`<rect x=${i * step + 1} y=${CHART.height - height} width=${step - 2} height=${height} rx="1" />`;
    })}</svg>`;
}

function Latency({ entries, settings }) {
  const durations = entries.filter((entry) => entry.method === "POST").map((entry) => entry.duration_ms);
  const sorted = [...durations].sort((a, b) => a - b);
  const figures = { Median: 0.5, "95th percentile": 0.95, Longest: 1 };
  return html`<section class="card" aria-labelledby="latency"><h2 id="latency">Latency</h2>
    <p class="muted">The setting <code>--latency</code> is ${settings.latency ?? "not used"}.</p>
    ${sorted.length === 0 ? html`<p>No request yet.</p>` : html`
      <dl class="figures">${Object.entries(figures).map(([name, part]) => html`<div>
        <dt>${name}</dt><dd class="num">${duration(quantile(sorted, part))}</dd></div>`)}</dl>
      <${Chart} values=${durations.slice(-LATEST)} />`}
  </section>`;
}

export function LimitsView({ journal, settings }) {
  const latest = journal.entries.at(-1)?.id;
  const { data, error, reload } = useLoad(loadAll, [latest, journal.status]);
  if (error) return html`<${Notice} kind="bad">${error.message}<//>`;
  if (!data) return html`<p class="empty">Loading…</p>`;
  const { defaults } = data;
  const others = data.count - data.tenants.length;
  return html`<div class="stack">
    <h1>Limits</h1>
    <${LimitsForm} defaults=${defaults} tenants=${data.tenants} onSaved=${reload} />
    <section aria-labelledby="tenants"><h2 id="tenants">Tenants</h2>
      <p class="muted">A tenant is an API key, shown by its digest. A new one starts with the limits of every API key.</p>
      ${data.tenants.length === 0 && html`<p>No key was used yet.</p>`}
      <ul class="cards">${data.tenants.map((tenant) => html`<${TenantCard} key=${tenant.tenant}
        tenant=${tenant} start=${defaults.balance} />`)}</ul>
      ${others > 0 && html`<p>${number(others)} that were used earlier are not shown.</p>`}
    </section>
    <${Latency} entries=${journal.entries} settings=${settings} />
  </div>`;
}

/** Calls to the mock: its admin API, and the image endpoint. */

const TOKEN = "mockserver.token";

/** A response that is an error, or none at all (status 0). */
class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** The admin token is kept for this tab only. */
export const token = {
  get: () => sessionStorage.getItem(TOKEN) ?? "",
  set: (value) => sessionStorage.setItem(TOKEN, value),
};

/** Return the URL of a path below the admin API; the page itself is at its root. */
function adminUrl(path, query = {}) {
  const url = new URL(path, document.baseURI);
  url.hash = "";
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== "") url.searchParams.set(name, value);
  }
  return url;
}

/** Return the URL of a path of the mock itself. */
export function mockUrl(path) {
  return new URL(`..${path}`, adminUrl(".")).href;
}

async function call(path, { method = "GET", query, body, signal } = {}) {
  const headers = token.get() ? { Authorization: `Bearer ${token.get()}` } : {};
  let response;
  try {
    response = await fetch(adminUrl(path, query), {
      method,
      headers: body === undefined ? headers : { ...headers, "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal,
    });
  } catch {
    throw new ApiError(0, "The mock does not respond.");
  }
  if (!response.ok) throw new ApiError(response.status, await errorMessage(response));
  return response;
}

async function errorMessage(response) {
  try {
    const { message } = await response.json();
    return String(message).replace("Body validation error!\n", "");
  } catch {
    return `The mock responds with ${response.status}.`;
  }
}

/** Call the admin API and return its JSON. */
export async function admin(path, options) {
  const response = await call(path, options);
  return response.json();
}

/** Return an image of a response as a blob: the file itself, or a thumbnail of a width. */
export async function imageBlob(id, index, width) {
  const response = await call(`requests/${encodeURIComponent(id)}/images/${index}`, { query: { width } });
  return response.blob();
}

/** Return the journal as a HAR file. */
export async function harBlob() {
  const response = await call("journal.har");
  return response.blob();
}

/**
 * Send a request for images.
 * @param {{prefer?: string, signal?: AbortSignal}} options prefer is the header that names a fault.
 * @returns {Promise<{id: string, status: number}>} the id by which the journal knows it.
 */
export async function generate(path, key, body, { prefer, signal } = {}) {
  const headers = { "Authorization": `Bearer ${key}`, "Content-Type": "application/json" };
  const response = await fetch(mockUrl(path), {
    method: "POST",
    headers: prefer ? { ...headers, Prefer: prefer } : headers,
    body: JSON.stringify(body),
    signal,
  }).catch(async () => {
    throw new Error(signal?.aborted ? "You cancelled the request." : await whyNoResponse());
  });
  const id = response.headers.get("X-Request-Id") ?? "";
  await response.arrayBuffer().catch(() => {}); // a fault may cut it; the journal has the request
  return { id, status: response.status };
}

async function whyNoResponse() {
  const isUp = await fetch(mockUrl("/healthz")).then(() => true, () => false);
  if (isUp) return "The connection closed without a response. The journal has the request.";
  return "The mock does not respond. Is mockserver serve running?";
}

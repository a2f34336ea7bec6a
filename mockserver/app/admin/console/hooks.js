/** State that several views share: the route, what was loaded, the journal. */

import { useCallback, useEffect, useRef, useState } from "./vendor/preact.js";
import { admin } from "./api.js";

const RETRY_MS = 1000;
const POLL_MS = 1000;
const HIDDEN_POLL_MS = 5000;
const PAGE = 1000;

/**
 * Return the route that the address names, such as #/requests/ID?all=1.
 * @returns {{view: string, item: string, query: URLSearchParams}}
 */
export function useRoute() {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const update = () => setHash(location.hash);
    addEventListener("hashchange", update);
    return () => removeEventListener("hashchange", update);
  }, []);
  const [path, query] = hash.replace(/^#\/?/, "").split("?");
  const [view, ...item] = path.split("/");
  return { view: view || "requests", item: decoded(item.join("/")), query: new URLSearchParams(query) };
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Return the address of a view, or of an item in it. */
export function address(view, item = "", query = {}) {
  const text = new URLSearchParams(query).toString();
  return `#/${view}${item && `/${encodeURIComponent(item)}`}${text && `?${text}`}`;
}

/**
 * Load data, and again when an input changes, and until a mock that does not respond is back.
 * Old data stays until the new is there.
 * @returns {{data?: any, error?: Error, reload: () => void}}
 */
export function useLoad(load, inputs) {
  const [state, setState] = useState({});
  const [count, setCount] = useState(0);
  useEffect(() => {
    let isCurrent = true;
    let timer;
    load().then(
      (data) => isCurrent && setState({ data }),
      (error) => {
        if (!isCurrent) return;
        setState({ error });
        if (error.status === 0 || error.status >= 500) timer = setTimeout(() => setCount((n) => n + 1), RETRY_MS);
      },
    );
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [...inputs, count]);
  return { ...state, reload: useCallback(() => setCount((n) => n + 1), []) };
}

/**
 * Follow the journal. The server holds no connection: each poll requests what is after a cursor.
 * @param {number} most how many entries are kept.
 * @param {boolean} isOpen whether the admin API may be read.
 * @param {number} attempt another number starts again after a refusal.
 * @returns {{entries: object[], status: "loading" | "live" | "offline" | "refused", error: string}}
 */
export function useJournal(most, isOpen, attempt) {
  const [journal, setJournal] = useState({ entries: [], status: "loading", error: "" });
  const cursor = useRef("");

  useEffect(() => {
    if (!isOpen) return undefined;
    let timer; // none while a poll is under way
    let isCurrent = true;

    async function pull() {
      let page;
      do {
        page = await admin("requests/feed", { query: { after: cursor.current, limit: PAGE } });
        if (!isCurrent) return;
        cursor.current = page.cursor;
        setJournal((before) => withPage(before, page, most));
      } while (page.requests.length === PAGE);
    }

    async function poll() {
      timer = undefined;
      try {
        await pull();
      } catch (error) {
        const status = error.status === 403 ? "refused" : "offline";
        if (isCurrent) setJournal((before) => ({ ...before, status, error: error.message }));
        if (status === "refused") return;
      }
      if (isCurrent) timer = setTimeout(poll, document.hidden ? HIDDEN_POLL_MS : POLL_MS);
    }

    function pollNow() {
      if (document.hidden || !timer) return;
      clearTimeout(timer);
      poll();
    }

    poll();
    document.addEventListener("visibilitychange", pollNow);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", pollNow);
    };
  }, [most, isOpen, attempt]);

  return journal;
}

function withPage(before, page, most) {
  const isSame = before.status === "live" && !page.requests.length && !page.is_new;
  if (isSame) return before; // nothing is drawn again
  const known = page.is_new ? [] : before.entries;
  return { entries: [...known, ...page.requests].slice(-most), status: "live", error: "" };
}

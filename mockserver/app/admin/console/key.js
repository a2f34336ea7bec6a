/** The API key that the console itself sends; it is kept for this tab only. */

const KEY = "mockserver.key";
const DEFAULT_KEY = "mock-key";

export const apiKey = {
  get: () => sessionStorage.getItem(KEY) || DEFAULT_KEY,
  set: (value) => sessionStorage.setItem(KEY, value),
};

/** Values as text. */

const NUMBER = new Intl.NumberFormat("en");
const UNITS = ["B", "KB", "MB"];

export const number = (value) => NUMBER.format(value);

/** Return a duration, given in milliseconds. */
export function duration(ms) {
  return ms < 1000 ? `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

/** Return the local time of day of a time in ISO 8601. */
export function clock(iso) {
  return new Date(iso).toLocaleTimeString("en-GB");
}

export function fileSize(bytes) {
  let unit = 0;
  let size = bytes;
  while (size >= 1024 && unit < UNITS.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${unit ? size.toFixed(1) : size} ${UNITS[unit]}`;
}

export function plural(count, noun) {
  return `${number(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** Return the name of a tenant as people read it. */
export function tenantName(tenant) {
  return tenant === "-" ? "no key" : tenant;
}

/** Return the choices of whom something applies to: pairs of value and text. */
export function scopes(tenants) {
  return [["", "every API key"], ...tenants.map((tenant) => [tenant, `tenant ${tenantName(tenant)}`])];
}

/** Return the class of a status: ok, warn (4xx) or bad (5xx). */
export function statusClass(status) {
  if (status >= 500) return "bad";
  return status >= 400 ? "warn" : "ok";
}

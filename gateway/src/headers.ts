import type { Outgoing } from "#src/http.ts";

/** What every answer carries to keep a browser from doing harm with it. One table, nothing set elsewhere. */
const securityHeaders: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "content-security-policy":
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};

/** Sets the security headers; with `https` also the one that keeps browsers from clear text for a year. */
export function setSecurityHeaders(response: Outgoing, https: boolean): void {
  for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
  if (https) response.setHeader("strict-transport-security", "max-age=31536000");
}

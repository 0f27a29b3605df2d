import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Health } from "@todo/kit/admin";
import { type Incoming, type Outgoing, send } from "#src/http.ts";

const read = (name: string) => readFileSync(new URL(name, import.meta.url), "utf8");
const style = read("page.css");
const script = read("page.js");
const template = read("page.html")
  .replace("<style></style>", () => `<style>${style}</style>`)
  .replace("<script></script>", () => `<script>${script}</script>`);

const hashOf = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
/** Nothing may run or be loaded but what stands in the page itself. */
const policy = [
  "default-src 'none'",
  `style-src ${hashOf(style)}`,
  `script-src ${hashOf(script)}`,
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** The page at `/`: what this is, what runs, how to call it. */
export function createPage(o: { publicUrl: string; methods: readonly string[]; health: Health }) {
  const { host, protocol } = new URL(o.publicUrl);
  const port = protocol === "https:" ? 443 : 80;
  const values: Record<string, string> = {
    url: o.publicUrl,
    authority: host.includes(":") ? host : `${host}:${port}`,
    plaintext: protocol === "https:" ? "" : "-plaintext ",
  };
  const fixed = fill(template, values).replace("{{methods}}", () =>
    o.methods.map((name) => `<li><code>${escapeHtml(name)}</code></li>`).join(""),
  );
  return async (request: Incoming, response: Outgoing): Promise<void> => {
    const { ok, checks } = await o.health.ready();
    const rows = Object.entries({ "ready to answer": ok ? "ok" : "unavailable", ...checks }).map(row);
    response.setHeader("content-security-policy", policy);
    send(
      request,
      response,
      200,
      "text/html; charset=utf-8",
      fixed.replace("{{checks}}", () => rows.join("")),
    );
  };
}

function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\{\{(url|authority|plaintext)\}\}/g, (_, name: string) =>
    escapeHtml(values[name] ?? ""),
  );
}

function row([name, result]: [string, string]): string {
  const state = result === "ok" ? "ok" : "bad";
  return `<li><span>${escapeHtml(name)}</span><span class="${state}">${escapeHtml(result)}</span></li>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

import { mkdirSync, readdirSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { join } from "node:path";
import { pid } from "node:process";
import { writeHeapSnapshot } from "node:v8";

/** Where an app may put what it tells of its own memory. */
export interface ProfileFolder {
  readonly path: string;
  readonly app: string;
}

export const heapSnapshotPath = "/debug/heap-snapshot";

/** So that nobody fills a disk: whoever wants more takes some away. */
const maxSnapshots = 10;

/**
 * Answers `POST /debug/heap-snapshot` with the file that it wrote. The process stands still meanwhile, so there is never
 * more than one at a time; it holds what the process holds, texts of users and secrets among it.
 */
export function answerHeapSnapshot(
  request: IncomingMessage,
  folder: ProfileFolder,
): { status: number; body: string } {
  // No page in the browser of an operator may ask: browsers say where a request comes from.
  const { origin, "sec-fetch-site": site } = request.headers;
  if (origin !== undefined || site !== undefined) return refusal(403, "not for pages");
  if (request.method !== "POST") return refusal(405, "POST takes a snapshot");
  try {
    return take(folder);
  } catch (error) {
    return refusal(500, error instanceof Error && "code" in error ? String(error.code) : "failed");
  }
}

function take({ path, app }: ProfileFolder): { status: number; body: string } {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const there = readdirSync(path).filter((name) => name.startsWith(`${app}-`) && name.endsWith(suffix));
  if (there.length >= maxSnapshots) {
    return refusal(409, `${maxSnapshots} snapshots of ${app} are there: remove some`);
  }
  const name = `${app}-${pid}-${new Date().toISOString().replaceAll(/[:.]/g, "-")}${suffix}`;
  const file = writeHeapSnapshot(join(path, name));
  return { status: 200, body: `${JSON.stringify({ file })}\n` };
}

const suffix = ".heapsnapshot";

function refusal(status: number, error: string): { status: number; body: string } {
  return { status, body: `${JSON.stringify({ error })}\n` };
}

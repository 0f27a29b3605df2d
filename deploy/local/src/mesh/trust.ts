import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { DataFolder } from "../data-folder.ts";
import type { Supervisor } from "../process/supervisor.ts";
import { checkAuthority, rootCertificate } from "./authority.ts";
import { sentrySpec } from "./sentry.ts";

/**
 * Starts sentry and gives the root certificate of the mesh. A sentry that has just made its certificates reloads itself
 * some time later, since it watches their folder; so the one that made them is ended, and the one that serves found them.
 */
export async function startSentry(o: {
  folder: DataFolder;
  program: string;
  ports: { grpc: number; health: number };
  supervisor: Supervisor;
  env: Readonly<Record<string, string>>;
  signal: AbortSignal;
}): Promise<string> {
  const complete = await checkAuthority(o.folder.authority, new Date());
  const { folder, program, ports, env } = o;
  const place = {
    program,
    authority: folder.authority,
    config: join(folder.dapr, "sentry.yaml"),
    ports,
    env,
  };
  const sentry = o.supervisor.add(sentrySpec(place));
  await sentry.start(o.signal);
  if (!complete) {
    await sentry.stop();
    await sentry.start(o.signal);
  }
  return readFile(rootCertificate(folder.authority), "utf8");
}

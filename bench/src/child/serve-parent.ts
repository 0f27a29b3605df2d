import type { Message } from "./child.ts";

/** What the program of a child does: it starts a server, says its port, and stops when its parent is gone. */
export async function serveParent(
  process: NodeJS.Process,
  start: (env: NodeJS.ProcessEnv) => Promise<{ port: number } & AsyncDisposable>,
): Promise<void> {
  const send = (message: Message) => process.send?.(message);
  // A Ctrl-C of the terminal comes here as well; the parent decides.
  process.on("SIGINT", () => undefined);
  const left = new Promise<void>((resolve) => process.once("disconnect", resolve));
  const server = await start(process.env);
  process.on("message", () => {
    const { user, system } = process.cpuUsage();
    send({ cpuMs: (user + system) / 1_000 });
  });
  send({ port: server.port });
  await left;
  await server[Symbol.asyncDispose]();
  process.exit(0);
}

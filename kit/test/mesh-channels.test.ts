import { createServer } from "node:net";
import { openChannels } from "@todo/kit/mesh/channels";
import { expect, it, onTestFinished } from "vitest";

/** An address at which nobody listens any more. */
async function deadAddress(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return `127.0.0.1:${port}`;
}

it("a connection that waits to connect again is passed over while another may answer [R097]", async () => {
  const channels = openChannels(await deadAddress(), 2);
  onTestFinished(() => channels.close());
  const failed = channels.next();
  await expect(
    new Promise((resolve, reject) =>
      failed.waitForReady(Date.now() + 300, (error) => (error ? reject(error) : resolve(undefined))),
    ),
  ).rejects.toThrow();
  // It tries again now and then, and for that moment it may be given out.
  await expect
    .poll(() => [channels.next(), channels.next()].includes(failed), { timeout: 10_000 })
    .toBe(false);
});

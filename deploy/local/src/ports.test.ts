import { once } from "node:events";
import { createServer } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { allocatePorts, isFree } from "./ports.ts";

describe("ports", () => {
  const server = createServer();
  afterEach(() => void server.close());
  const occupy = async (host = "127.0.0.1"): Promise<number> => {
    await once(server.listen(0, host), "listening");
    const address = server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  };

  /** Whoever else looks for ports on this machine holds some for a moment. */
  const besidesOthers = (look: () => Promise<void>) => vi.waitFor(look, { timeout: 4_000, interval: 50 });

  it("are all different and free", async () => {
    const names = Array.from({ length: 40 }, (_, i) => `port-${i}`);
    const found = Object.values(await allocatePorts(names, {}));
    expect(new Set(found).size).toBe(40);
    await besidesOthers(async () => expect(await Promise.all(found.map(isFree))).not.toContain(false));
  });

  it("are the wanted ones where those are free, and others where not", async () => {
    const busy = await occupy();
    await besidesOthers(async () => {
      const { first } = await allocatePorts(["first"], {});
      expect(await allocatePorts(["first"], { first })).toEqual({ first });
    });
    expect((await allocatePorts(["first"], { first: busy })).first).not.toBe(busy);
  });

  it("are busy when something listens, whatever address localhost means to it", async () => {
    expect(await isFree(await occupy())).toBe(false);
  });
});

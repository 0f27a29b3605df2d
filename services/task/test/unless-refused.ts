import { ConnectError } from "@connectrpc/connect";
import { reasonOf } from "@todo/kit/errors";
import { expect } from "vitest";

/** What a random command answers; `undefined`: it was refused for one of the reasons that say it makes no sense. */
export async function unlessRefused<T>(call: Promise<T>, reasons: RegExp): Promise<T | undefined> {
  return call.catch((error: unknown) => {
    expect(error).toBeInstanceOf(ConnectError);
    expect(reasonOf(error as ConnectError)).toMatch(reasons);
    return undefined;
  });
}

import { ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { domainError, ErrorReason, reasonOf, toConnectError } from "../errors.ts";
import { fromStatus, toStatus } from "./status.ts";

const error = (text: string) => toConnectError(domainError(ErrorReason.TASK_CHANGED, text));

describe("the status that ends a call", () => {
  it("begins and ends with no space, which HTTP/2 would drop with the whole text", () => {
    expect(toStatus(error("  changed since the etag \n")).details).toBe("changed since the etag");
    expect(toStatus(error("half \ud800")).details).toBe("half \ufffd");
  });

  it("keeps its text in the details, where a header was lost on the way", () => {
    const status = toStatus(error("changed since the etag"));
    const read = fromStatus({ ...status, details: "" });
    expect(read.rawMessage).toBe("changed since the etag");
    expect(reasonOf(read)).toBe("TASK_CHANGED");
  });

  it("is read without details as well", () => {
    const status = toStatus(new ConnectError("gone"));
    expect(fromStatus(status)).toMatchObject({ rawMessage: "gone", details: [] });
  });
});

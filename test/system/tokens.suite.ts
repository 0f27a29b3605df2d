import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { reasonOf } from "@todo/kit/errors";
import { AuditService } from "@todo/proto/todo/audit/v1/audit_service";
import { TokenService } from "@todo/proto/todo/identity/v1/token_service";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { beforeAll, describe, expect, it } from "vitest";
import type { Bed } from "./bed.ts";
import { eventually } from "./eventually.ts";
import { type User, userTransport } from "./user.ts";

/** The longest that a revoked token may still open anything. */
const revokedWithinMs = 30_000;

/** A program's way in, from its making to its end. */
export function tokensSuite(bed: () => Bed): void {
  describe("a personal access token", () => {
    let user: User;
    let made: { id: string; secret: string };
    const withSecret = () => userTransport(bed().url, made.secret);
    const list = () => createClient(TaskService, withSecret()).listTasks({});

    beforeAll(async () => {
      user = await bed().signUp();
      await user.client(TaskService).createTask({ title: "of the user" });
      const { token, secret } = await user
        .client(TokenService)
        .createToken({ name: "backup", scopes: ["tasks:read"] });
      made = { id: token?.id ?? "", secret };
    });

    it("opens what its scopes name, and that alone [R090]", async () => {
      expect((await list()).tasks).toMatchObject([{ title: "of the user" }]);
      const refusals = await Promise.all(
        [
          createClient(TaskService, withSecret()).createTask({ title: "by the program" }),
          createClient(TokenService, withSecret()).createToken({ name: "another", scopes: ["tasks:read"] }),
          createClient(TokenService, withSecret()).listTokens({}),
        ].map((call) => call.then(() => undefined, ConnectError.from)),
      );
      for (const error of refusals) {
        expect(error).toMatchObject({ code: Code.PermissionDenied });
        expect(error && reasonOf(error)).toBe("SCOPE_MISSING");
      }
    });

    it("opens nothing 30 seconds after it was revoked [R090]", async () => {
      await list();
      await user.client(TokenService).revokeToken({ id: made.id });
      const revoked = Date.now();
      let lastOpened = revoked;
      const refused = await eventually("the refusal of a revoked token", async () => {
        const asked = Date.now();
        const error = await list().then(() => undefined, ConnectError.from);
        if (error === undefined) lastOpened = asked;
        return error;
      });
      expect([refused.code, reasonOf(refused)]).toEqual([Code.Unauthenticated, "CREDENTIALS_INVALID"]);
      expect(lastOpened - revoked).toBeLessThan(revokedWithinMs);
    });

    it("stands in the user's audit log, made and revoked, without its secret [R104, R160]", async () => {
      const entries = await eventually("both entries of the token", async () => {
        const found = await user.client(AuditService).listEntries({ subject: made.id });
        return found.entries.length === 2 ? found.entries : undefined;
      });
      expect(entries.map(({ type }) => type)).toEqual([
        "todo.identity.v1.TokenRevoked",
        "todo.identity.v1.TokenCreated",
      ]);
      expect(JSON.parse(entries[1]?.dataJson ?? "")).toMatchObject({
        tokenId: made.id,
        scopes: ["tasks:read"],
      });
      expect(entries.map(({ dataJson }) => dataJson).join()).not.toContain(made.secret.slice(9));
    });
  });
}

import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { createClient } from "@connectrpc/connect";
import { TaskStatus } from "@todo/proto/todo/task/v1/task";
import { TaskService } from "@todo/proto/todo/task/v1/task_service";
import { beforeAll, describe, expect, it } from "vitest";
import type { Bed } from "./bed.ts";
import { eventually } from "./eventually.ts";
import { userTransport } from "./user.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");

/** The README's examples, run as they are printed and one after the other, against the running system. */
export function readmeSuite(bed: () => Bed): void {
  describe("the README", () => {
    const email = `ada-${randomUUID()}@example.com`;
    let said: string;
    let token: string;

    beforeAll(async () => {
      const names = ["sign-up", "token", "curl", "undo", "grpcurl", "recurrence", "series"];
      const shell = names.map((name) => example(name)).join("\n");
      const script = `${shell}\necho; echo EXPORT\n${example("export")}\necho; echo "TOKEN=$TOKEN"`;
      said = await shellOf(bed(), script.replaceAll("ada@example.com", email));
      token = /TOKEN=(\S+)/.exec(said)?.[1] ?? "";
    });

    it("has calls that work as printed [R181]", () => {
      expect(said).toMatch(/"name":"backup".*"secret":"todo_pat_[\w-]{49}"/);
      expect(said).toContain('"title":"Water the plants"');
      expect(said).toMatch(
        /"status":"TASK_STATUS_OPEN"[^}]*"userSeq":"3"[^}]*\}\],"userSeq":"3","undoToken":"u1-3-1"/,
      );
      expect(said).toContain('"title": "Call mum"');
      expect(said).toContain('"rrule":"FREQ=WEEKLY;INTERVAL=2;BYDAY=FR;BYHOUR=9;BYMINUTE=0"');
    });

    it("completes a task that repeats into the next one [R019, R181]", async () => {
      const tasks = createClient(TaskService, userTransport(bed().url, token));
      const next = await eventually("the next task", async () => {
        const filter = { statuses: [TaskStatus.OPEN] };
        const page = await tasks.listTasks({ filter });
        return page.tasks.find(({ title }) => title === "Send the invoice");
      });
      expect(next.due?.kind.value).toMatchObject({
        time: { seconds: BigInt(Date.UTC(2099, 2, 27, 16) / 1000) },
      });
    });

    it("has an export that holds everything", () => {
      const taken = said.slice(said.indexOf("\nEXPORT\n"));
      expect(taken).toContain(`"email":"${email}"`);
      expect(taken).toContain('"name":"backup"');
      expect(taken).toContain('"title":"Water the plants"');
      expect(taken).toContain('"rrule":"FREQ=MONTHLY;BYDAY=-1FR"');
      expect(taken).not.toContain('"code":');
    });

    it("has a client that runs as printed [R181]", async () => {
      const stdout = await clientOf(bed(), token);
      expect(stdout).toMatch(/1n todo\.task\.v1\.TaskCreated[\s\S]*todo\.task\.v1\.TaskCompleted/);
    });

    it("has an end of the account that works as printed", async () => {
      expect(await shellOf(bed(), example("erase"), { TOKEN: token })).toBe("{}");
    });
  });
}

/** Runs it in a folder of its own, and gives what it printed. */
async function shellOf(bed: Bed, script: string, more: Record<string, string> = {}): Promise<string> {
  await using folder = await mkdtempDisposable(join(tmpdir(), "todo-readme-"));
  const env = { ...process.env, ...more, PATH: `${dirname(bed.grpcurl)}:${process.env["PATH"]}` };
  const { stdout } = await run("bash", ["-euc", here(script, bed.url)], { cwd: folder.path, env });
  return stdout;
}

/** Runs the client inside the tree, where its packages are found. */
async function clientOf(bed: Bed, token: string): Promise<string> {
  const program = join(root, "test", `.readme-${process.pid}.ts`);
  writeFileSync(program, here(example("client"), bed.url));
  try {
    const env = { ...process.env, TOKEN: token };
    return (await run(process.execPath, [program], { cwd: root, env })).stdout;
  } finally {
    rmSync(program);
  }
}

function example(name: string): string {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const found = new RegExp(`<!-- tested: ${name} -->\\n\`\`\`\\w+\\n([\\s\\S]*?)\`\`\``).exec(readme)?.[1];
  if (found === undefined) throw new Error(`the README has no example ${name}`);
  return found;
}

/** The same text for a system that listens elsewhere. */
function here(text: string, url: string): string {
  return text.replaceAll("http://localhost:8080", url).replaceAll("localhost:8080", new URL(url).host);
}

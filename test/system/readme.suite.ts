import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import type { Bed } from "./bed.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");

/** The README's examples, run as they are printed, against the running system. */
export function readmeSuite(bed: () => Bed): void {
  describe("the README", () => {
    it("has examples that work as printed [R181]", async () => {
      const folder = mkdtempSync(join(tmpdir(), "todo-readme-"));
      try {
        const email = `ada-${Date.now()}@example.com`;
        const names = ["sign-up", "token", "curl", "undo", "grpcurl", "recurrence"];
        const shell = names.map((name) => example(name)).join("\n");
        const taking = `echo; echo EXPORT; ${example("export")}`;
        const env = { ...process.env, PATH: `${dirname(bed().grpcurl)}:${process.env["PATH"]}` };
        const script = here(`set -eu\n${shell}\n${taking}\necho\necho "TOKEN=$TOKEN"`, bed().url).replace(
          "ada@example.com",
          email,
        );
        const { stdout } = await run("bash", ["-c", script], { cwd: folder, env });
        expect(stdout).toMatch(/"name":"backup".*"secret":"todo_pat_[\w-]{49}"/);
        expect(stdout).toContain('"title":"Water the plants"');
        expect(stdout).toMatch(
          /"status":"TASK_STATUS_OPEN"[^}]*"userSeq":"3"[^}]*\}\],"userSeq":"3","undoToken":"u1-3-1"/,
        );
        expect(stdout).toContain('"title": "Call mum"');
        const taken = stdout.slice(stdout.indexOf("\nEXPORT\n"));
        expect(taken).toContain(`"email":"${email}"`);
        expect(taken).toContain('"name":"backup"');
        expect(taken).toContain('"title":"Water the plants"');
        expect(taken).not.toContain('"code":');
        expect(stdout).toContain('"rrule":"FREQ=WEEKLY;INTERVAL=2;BYDAY=FR;BYHOUR=9;BYMINUTE=0"');
        const token = /TOKEN=(\S+)/.exec(stdout)?.[1] ?? "";
        const program = join(root, "test", `.readme-${process.pid}.ts`);
        writeFileSync(program, here(example("client"), bed().url));
        try {
          const client = await run(process.execPath, [program], {
            cwd: root,
            env: { ...process.env, TOKEN: token },
          });
          const end = `set -eu\n${example("erase")}`;
          const erased = await run("bash", ["-c", here(end, bed().url)], { env: { ...env, TOKEN: token } });
          expect(erased.stdout).toBe("{}");
          expect(client.stdout).toMatch(/1n todo\.task\.v1\.TaskCreated[\s\S]*todo\.task\.v1\.TaskCompleted/);
        } finally {
          rmSync(program);
        }
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  });
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

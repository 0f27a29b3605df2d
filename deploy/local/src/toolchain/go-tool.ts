import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { cached, type Report } from "./cache.ts";
import { copyModule, goBuild } from "./go.ts";

/** Where a tool is built from, and where what was built is kept. */
export interface GoToolOptions {
  readonly cache: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder with go.mod and go.sum. */
  readonly module: string;
  readonly report: Report;
}

/** A program as a go.mod of ours names it, built once per machine. Gives its path. */
export async function goTool(name: string, program: string, o: GoToolOptions): Promise<string> {
  const parts = await Promise.all(["go.mod", "go.sum"].map((file) => readFile(join(o.module, file), "utf8")));
  const folder = await cached(o.cache, {
    name,
    parts,
    make: async (made) => {
      o.report(`Building ${name} (once per machine)`);
      const work = join(made, "work");
      await mkdir(work);
      await copyModule(o.module, work);
      await goBuild({ module: work, program, output: join(made, name), env: o.env });
      await rm(work, { recursive: true });
    },
  });
  return join(folder, name);
}

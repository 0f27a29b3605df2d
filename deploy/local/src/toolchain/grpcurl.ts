import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { cached, type Report } from "./cache.ts";
import { copyModule, goBuild } from "./go.ts";

/** The grpcurl that our go.mod names, built once per machine. */
export async function grpcurl(o: {
  cache: string;
  env: Readonly<Record<string, string | undefined>>;
  module: string;
  report: Report;
}): Promise<string> {
  const parts = await Promise.all(["go.mod", "go.sum"].map((file) => readFile(join(o.module, file), "utf8")));
  const folder = await cached(o.cache, {
    name: "grpcurl",
    parts,
    make: async (made) => {
      o.report("Building grpcurl (once per machine)");
      const work = join(made, "work");
      await mkdir(work);
      await copyModule(o.module, work);
      const program = "github.com/fullstorydev/grpcurl/cmd/grpcurl";
      await goBuild({ module: work, program, output: join(made, "grpcurl"), env: o.env });
      await rm(work, { recursive: true });
    },
  });
  return join(folder, "grpcurl");
}

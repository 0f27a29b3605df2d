import type { Reach } from "./reach.ts";

/** The schemas of apps that have a table of a name. */
export async function tablesNamed({ rows, schemas }: Reach, name: string): Promise<string[]> {
  const found = await rows<{ schema: string }>(
    "select schema from unnest($1::text[]) as schema where to_regclass(format('%I.%I', schema, $2::text)) is not null",
    [schemas, name],
  );
  return found.map(({ schema }) => schema);
}

import type { Readable } from "node:stream";

/** A line that is longer is written in parts. */
const longestLine = 64 * 1_024;

/** Writes what a stream says, whole lines at a time, so that two streams of one process do not break into each other. */
export async function collectLines(stream: Readable, log: { write(chunk: Buffer): void }): Promise<void> {
  let rest: Buffer[] = [];
  let length = 0;
  const flush = () => {
    if (length > 0) log.write(Buffer.concat(rest));
    rest = [];
    length = 0;
  };
  const keep = (part: Buffer) => {
    rest.push(part);
    length += part.length;
  };
  stream.on("data", (chunk: Buffer) => {
    const end = chunk.lastIndexOf(10) + 1;
    if (end > 0) {
      keep(chunk.subarray(0, end));
      flush();
    }
    if (end < chunk.length) keep(chunk.subarray(end));
    if (length > longestLine) flush();
  });
  // A pipe that breaks has nothing more to say, as one that ends.
  stream.on("error", () => undefined);
  await new Promise<void>((resolve) => stream.once("close", resolve));
  flush();
}

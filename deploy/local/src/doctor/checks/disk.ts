import { statfs } from "node:fs/promises";
import { type Check, fault, ok, warning } from "../check.ts";

const gib = 1024 ** 3;

/** Whether the data folder has room to grow. */
export const disk: Check = {
  name: "disk",
  async look({ folder }) {
    const { bavail, bsize } = await statfs(folder.root);
    const free = bavail * bsize;
    const what = `${(free / gib).toFixed(1)} GiB are free for the data folder`;
    const cure = "make room: Kafka and Postgres stop when the disk is full";
    if (free < gib) return [fault(what, cure)];
    return [free < 3 * gib ? warning(what, cure) : ok(what)];
  },
};

/** One of the two servers of the echo, by the variable MOUNT. */
import { serveParent } from "#src/child/serve-parent.ts";
import { serveBare } from "./bare.ts";
import { serveKit } from "./kit.ts";

await serveParent(process, (env) => (env["MOUNT"] === "kit" ? serveKit() : serveBare()));

/** `npm run bench`: the figures that have to hold. The benchmark is a workspace of its own; this gives it its command. */
import "../../../../bench/src/main.ts";

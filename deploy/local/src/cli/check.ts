/** `npm run check`: what can be said without running the system: types, lint, contracts, generated files, layout. */
import { runChecks } from "./checks.ts";

process.exit((await runChecks()).failures.length > 0 ? 1 : 0);

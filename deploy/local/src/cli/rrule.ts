/**
 * `npm run -s rrule`: recurrence rules from the command line. With arguments one rule for people, without them one line
 * of JSON out for each line of JSON in.
 */
import { argv, exit, stdin, stdout } from "node:process";
import { createInterface } from "node:readline";
import { answerLine } from "@todo/rrule/lines";
import { showRule } from "../rules/show-rule.ts";

const args = argv.slice(2);
if (args.length > 0) {
  const { text, understood } = showRule(args, {
    now: new Date(),
    tzid: Intl.DateTimeFormat().resolvedOptions().timeZone,
  });
  console.log(text);
  exit(understood ? 0 : 1);
}
for await (const line of createInterface({ input: stdin })) {
  if (line.trim() === "") continue;
  if (!stdout.write(`${answerLine(line)}\n`)) await new Promise((resolve) => stdout.once("drain", resolve));
}
// The channel to the entry would keep this process alive.
exit(0);

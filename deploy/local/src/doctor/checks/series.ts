import { type Check, type Finding, fault, unless } from "../check.ts";

/** Recurrence asks task within milliseconds, and looks every second for what is due. */
const stuckSeconds = 300;

/** Whether every series goes on. */
export const series: Check = {
  name: "series",
  async look({ rows, now }) {
    const [row] = await rows<{ parked: number; waiting: number; due: number }>(
      `select (select count(*)::integer from recurrence.pending_advance where park_time is not null) as parked,
        (select count(*)::integer from recurrence.pending_advance
          where park_time is null and create_time < $1) as waiting,
        (select count(*)::integer from recurrence.series_state where wake_at < $1) as due`,
      [new Date(now().getTime() - stuckSeconds * 1_000)],
    );
    const { parked = 0, waiting = 0, due = 0 } = row ?? {};
    const found: Finding[] = [];
    if (parked > 0) {
      const cure = "recurrence's log says why; cure it, then start recurrence again, which tries them anew";
      found.push(fault(`${parked} series stand still: task did not take their next occurrence`, cure));
    }
    if (waiting > 0) {
      const what = `${waiting} series wait for task for more than ${stuckSeconds} s`;
      found.push(fault(what, "see whether task is ready; they go on by themselves then"));
    }
    if (due > 0) {
      const what = `${due} series are due for more than ${stuckSeconds} s, and nobody looks at them`;
      found.push(fault(what, "see whether recurrence runs, and its log"));
    }
    return unless(found, "every series goes on");
  },
};

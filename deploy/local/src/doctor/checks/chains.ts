import { verifyChain } from "@todo/audit/verify";
import { kyselyOn, openPool } from "@todo/kit/database";
import { type Check, fault, unless } from "../check.ts";

/** How long chains are walked: first those whose newest entry is gone, then those that were written to last. */
const walkMs = 20_000;

/** Whether no entry of the audit log was changed, taken out or put in. */
export const chains: Check = {
  name: "chain",
  async look({ rows, databaseUrl }) {
    const heads = await rows<{ user_id: string }>(`
      select head.user_id from audit.chain_head head left join audit.entry using (user_id, number)
      order by entry.record_time desc nulls first`);
    const pool = openPool({ url: databaseUrl, schema: "audit", size: 1, name: "doctor" });
    const signal = AbortSignal.timeout(walkMs);
    const broken: string[] = [];
    let [walked, entries] = [0, 0n];
    try {
      for (const { user_id } of heads) {
        if (signal.aborted) break;
        const { verdict } = await verifyChain(kyselyOn(pool), user_id, signal);
        if (!verdict.intact) broken.push(`${user_id} from entry ${verdict.firstBroken}`);
        walked++;
        entries += verdict.count;
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      await pool.end();
    }
    const part =
      walked < heads.length
        ? ` (the newest ${walked} of ${heads.length} chains within ${walkMs / 1_000} s)`
        : "";
    return unless(
      broken.map((where) =>
        fault(
          `the chain of user ${where} is broken`,
          "the log was written to from outside: keep it as it is, find out by whom",
        ),
      ),
      `${entries} entries of ${walked} chains are as they were written${part}`,
    );
  },
};

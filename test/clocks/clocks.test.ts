import { job } from "@todo/kit/metric-labels";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type SoakBed, startSoakBed } from "../soak/bed.ts";
import { type Load, startLoad } from "../soak/load.ts";
import { prove } from "../soak/proof.ts";
import { type TopicTail, tailTopics } from "../soak/topic-tail.ts";
import { eventually } from "../system/eventually.ts";
import { jobRuns } from "./jobs.ts";
import { periods, shortenTopics, shortPeriods } from "./periods.ts";
import { Rounds } from "./rounds.ts";

const [times, withinMs] = [3, 150_000];

describe("a system whose slow clocks are quick, under a load", () => {
  let bed: SoakBed;
  let load: Load;
  let topics: TopicTail;
  beforeAll(async () => {
    bed = await startSoakBed(shortPeriods);
    topics = await tailTopics(bed.kafka);
    await shortenTopics(bed);
    load = await startLoad(bed, 1);
  });
  afterAll(async () => {
    await load?.stop();
    await topics?.[Symbol.asyncDispose]();
    await bed?.[Symbol.asyncDispose]();
  });

  describe.concurrent("sees", () => {
    it.for(periods)("that $name, three times", async ({ look }, { expect }) => {
      const rounds = new Rounds();
      const seen = async () => {
        rounds.see(await look(bed));
        return rounds.least >= times || undefined;
      };
      await expect(eventually("three rounds", seen, withinMs)).resolves.toBe(true);
    });

    it("that every job of every service is done, three times, and none fails", async ({ expect }) => {
      const done = async () => {
        const { succeeded } = await jobRuns(bed);
        const jobs = new Set(
          [...succeeded].filter(([, n]) => n >= times).map(([name]) => name.split("/")[1]),
        );
        return job.values.every((name) => jobs.has(name)) || undefined;
      };
      await expect(eventually("three runs", done, withinMs)).resolves.toBe(true);
      expect([...(await jobRuns(bed)).failed.keys()]).toEqual([]);
    });
  });

  it("answers every call meanwhile, loses nothing and doubles nothing [R064, R091]", async () => {
    await load.stop();
    const failed = load.log.calls.filter(({ outcome }) => outcome !== "OK");
    const proof = await prove(bed, load, topics);
    expect.soft(bed.deaths).toEqual([]);
    expect.soft(failed).toEqual([]);
    expect.soft(proof.violations).toEqual([]);
    // That its topics forget so soon is not as the doctor wants it.
    expect.soft(proof.complaints.filter((what) => !what.startsWith("topics: retention.ms"))).toEqual([]);
    expect(proof.counts.writes).toBeGreaterThan(100);
  });
});

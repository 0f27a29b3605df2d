import { series } from "@todo/local/doctor/checks/series";
import { reach } from "@todo/local/doctor/reach";
import { beforeEach, describe, expect, it } from "vitest";
import type { Bed } from "../bed.ts";
import { eventually } from "../eventually.ts";
import { atRest } from "../rest.ts";
import type { User } from "../user.ts";
import { complete, nextOf, settled, startSeries } from "./repeating.ts";

/** Once it is later, the doctor names what does not go on. */
export function stalledSuite(bed: () => Bed): void {
  describe("a series that does not go on", () => {
    let user: User;
    beforeEach(async () => {
      user = await bed().signUp();
      // The doctor looks at all series there are.
      await atRest(bed());
    });

    it("is named by the doctor while recurrence does not hear of it, and no more once it does", async () => {
      const first = await startSeries(user, "2099-02-27T16:00:00Z", {});
      const recurrence = bed().process("app:recurrence");
      await recurrence.stop();
      try {
        await complete(user, first);
        const what = `1 series have waited for an occurrence for more than 300 s, and recurrence does not know: ${first.seriesId}`;
        expect(await found(bed())).toMatchObject([{ level: "fault", what }]);
      } finally {
        await recurrence.start();
      }
      await nextOf(user, first);
      await settled(bed(), user, first);
      expect(await found(bed())).toMatchObject([{ level: "ok" }]);
    });

    it("is named by the doctor while task does not take its next occurrence, and no more once it does", async () => {
      const first = await startSeries(user, "2099-02-27T16:00:00Z", {});
      bed().armFailpoint("recurrence", "recurrence.before-advance=hold");
      try {
        await complete(user, first);
        const [one] = await eventually("the advance", async () => {
          const all = await found(bed());
          return all.some(({ what }) => what.includes("wait for task")) ? all : undefined;
        });
        expect(one?.what).toBe(`1 series wait for task for more than 300 s: ${first.seriesId}`);
      } finally {
        bed().disarmFailpoints("recurrence");
      }
      await nextOf(user, first);
      await settled(bed(), user, first);
      expect(await found(bed())).toMatchObject([{ level: "ok" }]);
    });
  });
}

/** What the doctor would find in ten minutes if all stayed as it is. */
async function found({ folder }: Bed) {
  await using system = await reach(folder);
  return await series.look({ ...system, now: () => new Date(Date.now() + 600_000) });
}

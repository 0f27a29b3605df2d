import { deadLetterTopic, deadLetterTopics } from "@todo/kit/event-catalogue";
import { type Check, unless, warning } from "../check.ts";

/** Whether events were given up. They stay on their topics for 30 days, redriven or not. */
export const deadLetters: Check = {
  name: "dead letters",
  async look({ kafka }) {
    const names = [deadLetterTopic, ...deadLetterTopics().map(({ name }) => name)];
    const counts = await kafka((admin) =>
      Promise.all(
        names.map(async (name) => {
          const ends = await admin.fetchTopicOffsets(name);
          return { name, count: ends.reduce((all, { low, high }) => all + BigInt(high) - BigInt(low), 0n) };
        }),
      ),
    );
    return unless(
      counts
        .filter(({ count }) => count > 0n)
        .map(({ name, count }) =>
          warning(
            `${count} dead letters lie on ${name}`,
            "npm run events -- dead shows each with its reason",
          ),
        ),
      `${names.length} topics of dead letters are empty`,
    );
  },
};

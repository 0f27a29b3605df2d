import { parseCloudEvent } from "@todo/kit/cloud-event";
import { topics } from "@todo/kit/event-catalogue";
import { foreignForm } from "@todo/kit/event-naming/forms";
import { foreignTopicOf, namings } from "@todo/kit/event-naming/names";
import type { GoldenFile } from "./files.ts";

/**
 * What is missing of the golden events in the forms of other namings: `<naming>/<type>.<version>.json`.
 * @param has whether there is a file of that name
 */
export function missingForeign(events: readonly GoldenFile[], has: (name: string) => boolean): GoldenFile[] {
  return namings
    .filter((naming) => naming !== "canonical")
    .flatMap((naming) =>
      events
        .filter(({ name }) => foreignTopicOf(naming, topicOf(name), messageOf(name)) !== undefined)
        .filter(({ name }) => !has(`${naming}/${name}`))
        .map(({ name, text }) => {
          const form = foreignForm(naming, parseCloudEvent(Buffer.from(text)));
          return { name: `${naming}/${name}`, text: JSON.stringify(form) };
        }),
    );
}

function topicOf(file: string): string {
  const type = file.replace(/\.\d+\.json$/, "");
  return topics.find(({ events }) => events.some(({ typeName }) => typeName === type))?.name ?? "";
}

/** The name of the message, without its package. */
function messageOf(file: string): string {
  return file.split(".").at(-3) ?? "";
}

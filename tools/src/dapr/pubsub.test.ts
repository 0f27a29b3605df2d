import { deadLetterTopics, subscriptionsOf, topics } from "@todo/kit/event-catalogue";
import { appIds } from "@todo/kit/services";
import { describe, expect, it } from "vitest";
import { pubsubComponent, subscriptions } from "./pubsub.ts";

interface Subscription {
  scopes: string[];
  spec: { topic: string; deadLetterTopic?: string; metadata: { rawPayload: string } };
}
interface Component {
  scopes: string[];
  spec: { metadata: { name: string; value: string }[] };
}

const all = appIds.flatMap((app) => subscriptions(app)) as unknown as Subscription[];
const component = pubsubComponent() as unknown as Component;
const setting = (name: string) => component.spec.metadata.find((entry) => entry.name === name)?.value;

describe("the subscriptions", () => {
  it("are one for each consumer and topic of the catalogue [R061]", () => {
    const declared = appIds.flatMap((app) => subscriptionsOf(app).map((topic) => `${app} ${topic}`));
    expect(all.map(({ scopes, spec }) => `${scopes} ${spec.topic}`).sort()).toEqual(declared.sort());
  });

  it("each have a dead letter topic of their own, which exists [R066]", () => {
    const dead = deadLetterTopics().map(({ name }) => name);
    const own = all.filter(({ spec }) => !dead.includes(spec.topic));
    const targets = own.map(({ spec }) => spec.deadLetterTopic);
    expect(new Set(targets).size).toBe(own.length);
    for (const target of targets) expect(dead).toContain(target);
  });

  it("read dead letters raw, since they may be no events at all, and never move them on", () => {
    const dead = deadLetterTopics().map(({ name }) => name);
    for (const { spec } of all) {
      const last = dead.includes(spec.topic);
      expect(spec.metadata.rawPayload, spec.topic).toBe(String(last));
      if (last) expect(spec.deadLetterTopic).toBeUndefined();
    }
  });
});

describe("the pub/sub component", () => {
  it("protects every topic", () => {
    const names = [...topics, ...deadLetterTopics()].map(({ name }) => name);
    expect(setting("protectedTopics")?.split(",").sort()).toEqual(names.sort());
  });

  it("lets no sidecar write a topic of the catalogue: that is for relays alone", () => {
    const written = setting("publishingScopes")
      ?.split(";")
      .flatMap((scope) => scope.split("=")[1]?.split(",") ?? []);
    const dead = deadLetterTopics().map(({ name }) => name);
    expect(written?.sort()).toEqual(dead.sort());
  });

  it("lets an app write only the dead letters it made itself", () => {
    for (const scope of setting("publishingScopes")?.split(";") ?? []) {
      const [app = "", names = ""] = scope.split("=");
      for (const name of names.split(",")) expect(name.endsWith(`.dlq.${app}`)).toBe(true);
    }
  });

  it("is loaded by consumers alone, starts at the oldest event and gives each app its own group", () => {
    expect(component.scopes).toEqual(appIds.filter((app) => subscriptionsOf(app).length > 0));
    expect(setting("initialOffset")).toBe("oldest");
    expect(setting("consumerGroup")).toBeUndefined();
  });
});

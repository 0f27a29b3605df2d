import { deadLetterTopicOf, topics } from "@todo/kit/event-catalogue";
import { describe, expect, it } from "vitest";
import { serverProperties } from "./broker.ts";
import { topicConfigs } from "./topics.ts";

describe("topics", () => {
  it("are those of the catalogue and a dead letter topic for each consumer [R047]", () => {
    const names = topicConfigs().map(({ topic }) => topic);
    const dead = topics.flatMap(({ name, consumers }) =>
      consumers.map((app) => deadLetterTopicOf(name, app)),
    );
    expect(names.sort()).toEqual([...topics.map(({ name }) => name), ...dead].sort());
  });

  it("have twelve partitions, and live as long as the catalogue says [R056, R057]", () => {
    const all = topicConfigs();
    expect(new Set(all.map(({ numPartitions }) => numPartitions))).toEqual(new Set([12]));
    const settings = (name: string) => all.find(({ topic }) => topic === name)?.configEntries;
    expect(settings("task.events")).toContainEqual({ name: "retention.ms", value: String(14 * 86_400_000) });
    expect(settings("task.state")).toContainEqual({ name: "cleanup.policy", value: "compact" });
  });
});

const passwords = { admin: "of-admin", controller: "of-controller", task: "of-task" };
const credentials = { folder: "/secrets", passwords };
const place = { folder: "/data", port: 1, controllerPort: 2, credentials };

describe("the broker's properties", () => {
  it("let in who proves a user, and allow nothing that nobody was given [R068]", () => {
    const text = serverProperties(place);
    expect(text).toContain(
      "listener.security.protocol.map=CLIENTS:SASL_PLAINTEXT,DETOUR:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT\n",
    );
    expect(text).toContain("sasl.enabled.mechanisms=SCRAM-SHA-512\n");
    expect(text).toContain("allow.everyone.if.no.acl.found=false\n");
    expect(text).toContain("super.users=User:admin;User:controller\n");
    expect(text).not.toContain("of-task");
  });

  it("encrypt what clients say where there is a certificate [R068]", () => {
    const tls = { keystore: "/k.p12", password: "of-keystore", caFile: "/ca.crt" };
    expect(serverProperties({ ...place, tls })).toContain("CLIENTS:SASL_SSL,DETOUR:SASL_SSL,");
  });

  it("keep to loopback and make no topics by themselves", () => {
    const text = serverProperties(place);
    expect(text).toContain("listeners=CLIENTS://127.0.0.1:1,CONTROLLER://127.0.0.1:2\n");
    expect(text).toContain("auto.create.topics.enable=false\n");
    expect(text).not.toContain("#");
  });

  it("tell clients to come back by the listener they came by", () => {
    const detour = { port: 3, proxyPort: 4 };
    const text = serverProperties({ ...place, detour });
    expect(text).toContain("listeners=CLIENTS://127.0.0.1:1,DETOUR://127.0.0.1:3,CONTROLLER://127.0.0.1:2\n");
    expect(text).toContain("advertised.listeners=CLIENTS://127.0.0.1:1,DETOUR://127.0.0.1:4\n");
  });

  it("ask two of a cluster's three nodes for every record [R070]", () => {
    const cluster = { id: "id", node: 2, controllerPorts: [5, 6, 7] };
    const text = serverProperties({ ...place, controllerPort: 6, cluster });
    expect(text).toContain("node.id=2\n");
    expect(text).toContain("controller.quorum.voters=1@127.0.0.1:5,2@127.0.0.1:6,3@127.0.0.1:7\n");
    expect(text).toContain("default.replication.factor=3\nmin.insync.replicas=2\n");
  });
});

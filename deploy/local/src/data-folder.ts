import { join } from "node:path";

/** Where everything of one local system lies. */
export interface DataFolder {
  readonly root: string;
  /** Pid files, of the launcher and of its children. */
  readonly pids: string;
  readonly logs: string;
  /** Keys, tokens and passwords, each in a file that only its owner reads. */
  readonly secrets: string;
  /** The certificate authority of the mesh. */
  readonly authority: string;
  /** The rendered files of deploy/dapr. */
  readonly dapr: string;
  /** Where the sidecars find each other. */
  readonly names: string;
  readonly kafka: string;
  /** How Kafka was reached at the last start. */
  readonly cluster: string;
  readonly postgres: string;
  /** The ports of the last start, taken again where they are free. */
  readonly ports: string;
  /** What Node made of the sources of apps, so that one that is started again is there sooner. */
  readonly compiled: string;
  /** What made the folder. */
  readonly version: string;
  /** The login made at the first start. */
  readonly demo: string;
}

export function dataFolder(root: string): DataFolder {
  return {
    root,
    pids: join(root, "run"),
    logs: join(root, "logs"),
    secrets: join(root, "secrets"),
    authority: join(root, "authority"),
    dapr: join(root, "dapr"),
    names: join(root, "names"),
    kafka: join(root, "kafka"),
    cluster: join(root, "kafka.json"),
    postgres: join(root, "postgres"),
    ports: join(root, "ports.json"),
    compiled: join(root, "compiled"),
    version: join(root, "version.json"),
    demo: join(root, "secrets", "demo-login.json"),
  };
}

import type { DescService } from "@bufbuild/protobuf";
import { type Client, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import type { LocalSystem } from "../local-system.ts";

/** What the steps of the smoke journey hand to each other. */
export interface Journey {
  readonly system: LocalSystem;
  token?: string;
  taskId?: string;
}

/** One step: a sentence, and what makes it true. It throws where it is not. */
export interface Step {
  readonly sentence: string;
  readonly run: (journey: Journey) => Promise<void>;
}

/** A client of the gateway for who has signed in. */
export function clientOf<S extends DescService>(journey: Journey, service: S): Client<S> {
  const transport = createConnectTransport({
    baseUrl: journey.system.gatewayUrl,
    httpVersion: "1.1",
    defaultTimeoutMs: 15_000,
    interceptors: [
      (next) => (request) => {
        request.header.set("authorization", `Bearer ${journey.token ?? ""}`);
        return next(request);
      },
    ],
  });
  return createClient(service, transport);
}

export function expect(truth: boolean, otherwise: string): asserts truth {
  if (!truth) throw new Error(otherwise);
}

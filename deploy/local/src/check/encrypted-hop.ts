import { readFile } from "node:fs/promises";
import { connect as connectHttp2 } from "node:http2";
import { connect as connectTls } from "node:tls";
import { workloadId } from "../mesh/identity.ts";
import { expect, type Step } from "./journey.ts";

const patienceMs = 10_000;

export const encryptedHopStep: Step = {
  sentence: "between sidecars nobody speaks in clear text, and who answers is task by its certificate",
  async run({ system }) {
    const port = system.apps["task"]?.ports.daprInternal;
    expect(port !== undefined, "task does not run");
    expect(!(await speaksPlainText(port)), "the sidecar of task answered in clear text");
    const ca = await readFile(system.sentry.rootCertificate, "utf8");
    const names = await certificateNames(port, ca);
    expect(names.includes(`URI:${workloadId("task")}`), `the certificate is for ${names}`);
  },
};

/** Whether an HTTP/2 connection without TLS gets as far as an answer. */
function speaksPlainText(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    const end = (spoke: boolean) => {
      session.destroy();
      resolve(spoke);
    };
    session.setTimeout(patienceMs, () => end(false));
    session.once("remoteSettings", () => end(true));
    session.once("error", () => end(false));
    session.once("close", () => end(false));
  });
}

/** The names in the certificate that a sidecar shows; it must come from our authority. */
function certificateNames(port: number, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = {
      host: "127.0.0.1",
      port,
      ca,
      ALPNProtocols: ["h2"],
      checkServerIdentity: () => undefined,
    };
    const socket = connectTls(options, () => {
      const names = socket.getPeerCertificate().subjectaltname ?? "";
      socket.destroy();
      resolve(names);
    });
    socket.setTimeout(patienceMs, () => socket.destroy(new Error("the sidecar of task does not answer")));
    socket.once("error", reject);
  });
}

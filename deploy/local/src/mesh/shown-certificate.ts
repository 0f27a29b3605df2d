import { connect } from "node:tls";

/** When a certificate begins and ends to be valid, in milliseconds since the epoch. */
export interface Validity {
  readonly from: number;
  readonly to: number;
}

/**
 * The certificate that a sidecar shows to other sidecars; none: it shows none within 3 s. A peer is asked for its own,
 * which the caller does not have: the look is over before the sidecar hangs up.
 */
export function shownCertificate(port: number): Promise<Validity | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false, ALPNProtocols: ["h2"] });
    socket.setTimeout(3_000, () => socket.destroy());
    socket.once("secureConnect", () => {
      const { valid_from, valid_to } = socket.getPeerCertificate();
      resolve({ from: Date.parse(valid_from), to: Date.parse(valid_to) });
      socket.destroy();
    });
    socket.on("error", () => resolve(undefined));
    socket.on("close", () => resolve(undefined));
  });
}

/** The share of its time that a certificate has left: 1 when it begins, 0 when it ends. */
export function leftOf({ from, to }: Validity, now: number): number {
  return (to - now) / (to - from);
}

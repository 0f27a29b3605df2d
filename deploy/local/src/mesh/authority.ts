import { X509Certificate } from "node:crypto";
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";

const files = ["ca.crt", "issuer.crt", "issuer.key"];
/** A certificate that ends sooner than this is renewed at the start. Sentry makes them for a year. */
const marginMs = 30 * 24 * 60 * 60 * 1000;

export const rootCertificate = (folder: string): string => join(folder, "ca.crt");

/**
 * Looks at the certificate authority of a data folder and throws away what is incomplete, unreadable or near its end,
 * so that sentry makes a new one.
 * @returns whether there is an authority to go on with
 */
export async function checkAuthority(folder: string, now: Date): Promise<boolean> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), "utf8").catch(() => "")));
  const [root = "", issuer = "", key = ""] = texts;
  if (key !== "" && lasts(root, now) && lasts(issuer, now)) return true;
  for (const file of files) await rm(join(folder, file), { force: true });
  return false;
}

function lasts(pem: string, now: Date): boolean {
  try {
    return Date.parse(new X509Certificate(pem).validTo) > now.getTime() + marginMs;
  } catch {
    return false;
  }
}

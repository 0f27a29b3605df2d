import { X509Certificate } from "node:crypto";
import { mkdir, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ensureSecret, randomSecret } from "../secrets/files.ts";
import { command, which } from "../toolchain/command.ts";

/** What a broker of ours proves itself with, and what its clients trust. */
export interface BrokerTls {
  /** A PKCS12 file with the broker's key and its certificate for loopback. */
  readonly keystore: string;
  readonly password: string;
  /** The authority that signed it, as PEM. */
  readonly caFile: string;
}

/** A certificate that ends sooner than this is made anew at the start, with its authority. */
const marginMs = 30 * 24 * 60 * 60 * 1000;
const days = "365";

/** The certificate of a data folder's brokers and the authority of its own that signed it, by the keytool of Java. */
export async function ensureBrokerTls(o: {
  folder: string;
  java: string;
  env: Readonly<Record<string, string>>;
  now: Date;
}): Promise<BrokerTls> {
  const { folder } = o;
  const [keystore, caFile] = [join(folder, "broker.p12"), join(folder, "ca.crt")];
  if (!(await lasts(caFile, o.now))) await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const password = await ensureSecret(join(folder, "keystore-password"), randomSecret);
  const made = { keystore, password: password.value, caFile };
  if (await lasts(caFile, o.now)) return made;
  const keytool = await keytoolBeside(o.java);
  const run = (...args: string[]) =>
    command(keytool, [...args, "-keystore", keystore, "-storepass:file", password.path], {
      cwd: folder,
      env: o.env,
      within: 60_000,
    });
  const key = [
    "-genkeypair",
    "-storetype",
    "PKCS12",
    "-keyalg",
    "EC",
    "-groupname",
    "secp256r1",
    "-validity",
    days,
  ];
  await run(...key, "-alias", "ca", "-dname", "CN=todo-kafka-ca", "-ext", "bc:critical=ca:true");
  const names = "san=ip:127.0.0.1,dns:localhost";
  await run(...key, "-alias", "broker", "-dname", "CN=todo-kafka", "-ext", names, "-signer", "ca");
  // The certificate comes last: where it lies, everything does.
  await run("-exportcert", "-rfc", "-alias", "ca", "-file", caFile);
  return made;
}

async function lasts(file: string, now: Date): Promise<boolean> {
  try {
    const { validTo } = new X509Certificate(await readFile(file));
    return Date.parse(validTo) > now.getTime() + marginMs;
  } catch {
    return false;
  }
}

async function keytoolBeside(java: string): Promise<string> {
  const found = await which("keytool", `${dirname(java)}`);
  if (found === undefined) throw new Error("keytool of Java is missing: it makes the certificate of Kafka");
  return found;
}

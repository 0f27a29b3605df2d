import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkAuthority } from "./authority.ts";

// Self-signed; its private key was never kept. Ends on 2036-11-18.
const certificate =
  "-----BEGIN CERTIFICATE-----\nMIIBMjCB5aADAgECAhRZKE3ybj0iJZ7ugVbakXBaa1RYMTAFBgMrZXAwDzENMAsG\nA1UEAwwEdGVzdDAeFw0yNjExMjExMjI5MzRaFw0zNjExMTgxMjI5MzRaMA8xDTAL\nBgNVBAMMBHRlc3QwKjAFBgMrZXADIQDpzuurBAt0C8PpEbGRBMLHd55T3HWjW5Zy\nmhfC6GTnGaNTMFEwHQYDVR0OBBYEFMYg/1bAP5HWJpiCn5o2I/an5O89MB8GA1Ud\nIwQYMBaAFMYg/1bAP5HWJpiCn5o2I/an5O89MA8GA1UdEwEB/wQFMAMBAf8wBQYD\nK2VwA0EAOMSkL1dryevU51kj8hKTH23/3H9RKNCYP2zARdEd5uIM2o6Ma598+zjQ\nInTx5kjKX0Y6Kd74J/Qc/xOoZSC7Aw==\n-----END CERTIFICATE-----\n";

describe("the certificate authority of a data folder", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "todo-authority-"));
    await writeFile(join(folder, "ca.crt"), certificate);
    await writeFile(join(folder, "issuer.crt"), certificate);
    await writeFile(join(folder, "issuer.key"), "key");
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("stays while its certificates last", async () => {
    expect(await checkAuthority(folder, new Date("2030-01-01"))).toBe(true);
    expect(await readdir(folder)).toHaveLength(3);
  });

  it("is thrown away, whole, when a certificate is near its end", async () => {
    expect(await checkAuthority(folder, new Date("2036-11-01"))).toBe(false);
    expect(await readdir(folder)).toEqual([]);
  });

  it("is thrown away when a part is missing or unreadable", async () => {
    await writeFile(join(folder, "issuer.crt"), "not a certificate");
    expect(await checkAuthority(folder, new Date("2030-01-01"))).toBe(false);
    expect(await readdir(folder)).toEqual([]);
  });
});

import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";

/**
 * The verifier that Postgres stores for a password (RFC 5803), so that the password itself never stands in a statement
 * and thus never in the server's log. The password must be printable ASCII: SASLprep (RFC 4013) leaves that as it is.
 */
export function scramVerifier(password: string, salt: Buffer = randomBytes(16), iterations = 4096): string {
  if (!/^[\x20-\x7e]+$/.test(password)) throw new Error("a database password must be printable ASCII");
  const salted = pbkdf2Sync(password, salt, iterations, 32, "sha256");
  const sign = (text: string) => createHmac("sha256", salted).update(text).digest();
  const storedKey = createHash("sha256").update(sign("Client Key")).digest("base64");
  const serverKey = sign("Server Key").toString("base64");
  return `SCRAM-SHA-256$${iterations}:${salt.toString("base64")}$${storedKey}:${serverKey}`;
}

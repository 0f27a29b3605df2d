import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { ConfigError, readConfig } from "./config.ts";

function faultsOf(read: () => unknown): readonly string[] {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  throw new Error("the configuration was accepted");
}

describe("readConfig", () => {
  it("names all faults at once [R103]", () => {
    const env = {
      PORT: "80a",
      RATIO: "11",
      LEVEL: "loud",
      URL: "localhost:1",
      NAME: "no spaces",
      BIG: "65536",
    };
    const faults = faultsOf(() =>
      readConfig(env, (read) => ({
        port: read.port("PORT"),
        ratio: read.integer("RATIO", { min: 1, max: 10 }),
        level: read.oneOf("LEVEL", ["info", "warn"]),
        url: read.url("URL"),
        name: read.string("NAME", { pattern: /^\w+$/ }),
        missing: read.string("MISSING"),
        secret: read.secret("SECRET"),
        big: read.port("BIG"),
      })),
    );
    expect(faults).toEqual([
      "PORT is not a whole number",
      "RATIO is more than 10",
      "LEVEL is none of info, warn",
      "URL is no URL of http or https",
      "NAME does not match ^\\w+$",
      "MISSING is not set",
      "SECRET is not set",
      "BIG is more than 65535",
    ]);
  });

  it.each(["", " 8080", "8080.0", "1e3", "0x10", "-1", "99999999999999999999"])(
    "refuses %j as a port instead of guessing",
    (PORT) => {
      expect(faultsOf(() => readConfig({ PORT }, (read) => read.port("PORT")))).toHaveLength(1);
    },
  );

  it("takes defaults for what is not set or empty", () => {
    const config = readConfig({ PORT: "", LIST: " a, b ,,c" }, (read) => ({
      port: read.port("PORT", { default: 0 }),
      list: read.list("LIST"),
      none: read.list("NONE", { default: [] }),
      optional: read.optional("PORT"),
    }));
    expect(config).toEqual({ port: 0, list: ["a", "b", "c"], none: [], optional: undefined });
  });

  it("prefers the file of a secret, and trims it", () => {
    const folder = mkdtempSync(join(tmpdir(), "todo-config-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "token");
    writeFileSync(file, "from the file\n");
    const env = { TOKEN: "from the variable", TOKEN_FILE: file };
    expect(readConfig(env, (read) => read.secret("TOKEN"))).toBe("from the file");
    expect(readConfig({ TOKEN: " as is " }, (read) => read.secret("TOKEN"))).toBe(" as is ");
  });

  it("says why the file of a secret cannot be read, even if there is a default", () => {
    const env = { TOKEN_FILE: "/nonexistent/token" };
    expect(faultsOf(() => readConfig(env, (read) => read.secret("TOKEN", { default: "x" })))).toEqual([
      "TOKEN_FILE names a file that cannot be read (ENOENT)",
    ]);
  });

  it("reports the faults even if the shape stumbles over a stand-in", () => {
    const faults = faultsOf(() =>
      readConfig({}, (read) => {
        const key = read.secret("KEY");
        return JSON.parse(key);
      }),
    );
    expect(faults).toEqual(["KEY is not set"]);
  });

  it("accepts the protocols it is told, with credentials in the URL, and never repeats them in a fault", () => {
    const url = "postgres://admin:hunter2@db/postgres";
    const protocols = ["postgres", "postgresql"];
    expect(readConfig({ URL: url }, (read) => read.url("URL", { protocols }))).toBe(url);
    expect(faultsOf(() => readConfig({ URL: url }, (read) => read.url("URL"))).join()).not.toContain(
      "hunter2",
    );
  });
});

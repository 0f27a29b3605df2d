import { describe, expect, it } from "vitest";
import { RuleFault } from "../fault.ts";
import { readZone, zoneNamed } from "./names.ts";

const irregular = [
  "Africa/Dar_es_Salaam",
  "America/Port-au-Prince",
  "America/Port_of_Spain",
  "America/Argentina/ComodRivadavia",
  "America/Knox_IN",
  "Antarctica/DumontDUrville",
  "Antarctica/McMurdo",
  "Asia/Calcutta",
  "Asia/Kolkata",
  "Australia/LHI",
  "Brazil/DeNoronha",
  "Chile/EasterIsland",
  "Etc/GMT+12",
  "Etc/GMT-14",
  "Etc/GMT0",
  "Etc/UTC",
  "Europe/Isle_of_Man",
  "GMT",
  "Mexico/BajaNorte",
  "NZ-CHAT",
  "US/East-Indiana",
  "UTC",
  "W-SU",
];

describe("the name of a zone", () => {
  it("is read in whatever case, and keeps its own spelling and its own name", () => {
    for (const name of [...Intl.supportedValuesOf("timeZone"), ...irregular]) {
      for (const text of [name, name.toLowerCase(), name.toUpperCase()]) {
        expect(readZone(text)).toEqual({ tzid: name });
      }
    }
  });

  it.each([
    ["BST", "Europe/London"],
    ["ist", "Asia/Kolkata"],
    ["CST", "America/Chicago"],
    ["PST", "America/Los_Angeles"],
    ["EST", "America/New_York"],
    ["HST", "Pacific/Honolulu"],
    ["EST5EDT", "America/New_York"],
    ["CET", "Europe/Berlin"],
    ["JST", "Asia/Tokyo"],
    ["GMT+1", "Etc/GMT-1"],
    ["UTC-03:00", "Etc/GMT+3"],
    ["+02:00", "Etc/GMT-2"],
    ["GMT+0", "UTC"],
    ["Berlin", "Europe/Berlin"],
    ["New York", "America/New_York"],
    ["Europe/Berln", "Europe/Berlin"],
    ["Europa/Berlin", "Europe/Berlin"],
  ])("is not %s, but may be %s", (text, proposal) => {
    const read = readZone(text);
    expect(read).toMatchObject({ tzid: undefined, proposal });
    expect("message" in read && read.message).toContain(`did you mean ${proposal}`);
  });

  it.each([
    "Mars/Olympus",
    "",
    "/",
    "SystemV/PST8PDT",
    "GMT+15",
    "Factory",
    "constructor",
    "Etc/Unknown",
    "AET/x",
  ])("is not %j, and nothing is proposed", (text) => {
    expect(readZone(text)).toMatchObject({ tzid: undefined, proposal: undefined });
    expect(() => zoneNamed(text)).toThrow(RuleFault);
  });
});

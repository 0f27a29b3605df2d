const pattern = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?(?:Z|([+-])(\d\d):(\d\d))$/;
const first = utc(1, 1, 1);
const last = utc(9999, 12, 31) + 86_399_999;

/**
 * Whether a text is an instant as Timestamp can hold it: a day and a time that exist (RFC 3339 section 5.7), in the years
 * 1 to 9999. JavaScript takes 30 February for 2 March, and 24:00 for the next day.
 */
export function isTimestamp(text: string): boolean {
  const parts = pattern.exec(text);
  if (parts === null) return false;
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number) as Six;
  const [sign, offsetHour, offsetMinute] = [parts[7], Number(parts[8] ?? 0), Number(parts[9] ?? 0)];
  if (hour > 23 || minute > 59 || second > 59 || offsetHour > 23 || offsetMinute > 59) return false;
  const midnight = utc(year, month, day);
  if (new Date(midnight).getUTCDate() !== day || month < 1 || month > 12) return false;
  const offset = (offsetHour * 60 + offsetMinute) * (sign === "-" ? -1 : 1);
  const ms = midnight + ((hour * 60 + minute - offset) * 60 + second) * 1000;
  return ms >= first && ms <= last;
}

type Six = [number, number, number, number, number, number];

/** Midnight of a day, also of the first century, which Date.UTC takes for the twentieth. */
function utc(year: number, month: number, day: number): number {
  return new Date(0).setUTCFullYear(year, month - 1, day);
}

/** Whether a text is a Duration as ProtoJSON writes it, within 10,000 years. */
export function isDuration(text: string): boolean {
  const parts = /^-?(\d{1,12})(?:\.\d{1,9})?s$/.exec(text);
  return parts !== null && Number(parts[1]) <= 315_576_000_000;
}

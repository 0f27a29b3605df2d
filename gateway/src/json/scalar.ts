import { ScalarType } from "@bufbuild/protobuf";
import { JsonNumber, type JsonValue } from "#src/json/text.ts";

/** A value as ProtoJSON writes it; or what is wrong with it. */
export type Read =
  | { value: unknown }
  | { kind: "TYPE_WRONG" | "TEXT_BROKEN" | "NUMBER_OUT_OF_RANGE"; text: string };

const numeral = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;
const base64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

const ranges: Partial<Record<ScalarType, readonly [least: bigint, most: bigint]>> = {
  [ScalarType.INT32]: [-(2n ** 31n), 2n ** 31n - 1n],
  [ScalarType.SINT32]: [-(2n ** 31n), 2n ** 31n - 1n],
  [ScalarType.SFIXED32]: [-(2n ** 31n), 2n ** 31n - 1n],
  [ScalarType.UINT32]: [0n, 2n ** 32n - 1n],
  [ScalarType.FIXED32]: [0n, 2n ** 32n - 1n],
  [ScalarType.INT64]: [-(2n ** 63n), 2n ** 63n - 1n],
  [ScalarType.SINT64]: [-(2n ** 63n), 2n ** 63n - 1n],
  [ScalarType.SFIXED64]: [-(2n ** 63n), 2n ** 63n - 1n],
  [ScalarType.UINT64]: [0n, 2n ** 64n - 1n],
  [ScalarType.FIXED64]: [0n, 2n ** 64n - 1n],
};

/** Reads a scalar strictly. Numbers may stand in quotes, as ProtoJSON has it. */
export function readScalar(type: ScalarType, value: JsonValue): Read {
  switch (type) {
    case ScalarType.STRING:
      return typeof value === "string" ? readText(value) : wrong("must be a string");
    case ScalarType.BOOL:
      return typeof value === "boolean" ? { value } : wrong("must be true or false");
    case ScalarType.BYTES:
      if (typeof value !== "string") return wrong("must be a string in base64");
      return base64.test(value) ? { value } : { kind: "TEXT_BROKEN", text: "must be base64" };
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return readFloat(value);
    default:
      return readInteger(value, ranges[type] ?? [0n, 0n]);
  }
}

/** Reads text, which has to be one. */
export function readText(value: string): Read {
  if (value.isWellFormed()) return { value };
  return { kind: "TEXT_BROKEN", text: "must be UTF-8 without lone surrogates" };
}

/** Reads the key of a map, which JSON has as a string whatever it is. */
export function readKey(type: ScalarType, key: string): Read {
  if (type === ScalarType.STRING) return readText(key);
  if (type !== ScalarType.BOOL) return readScalar(type, key);
  return key === "true" || key === "false" ? { value: key } : wrong("must be true or false");
}

function readInteger(value: JsonValue, [least, most]: readonly [bigint, bigint]): Read {
  const source = sourceOf(value);
  if (source === undefined || !numeral.test(source)) return wrong("must be a whole number");
  const whole = wholeOf(source);
  if (whole === undefined) return wrong("must be a whole number");
  if (whole < least || whole > most) {
    return { kind: "NUMBER_OUT_OF_RANGE", text: `must be a number from ${least} to ${most}` };
  }
  return { value: whole.toString() };
}

function readFloat(value: JsonValue): Read {
  if (value === "NaN" || value === "Infinity" || value === "-Infinity") return { value };
  const source = sourceOf(value);
  if (source === undefined || !numeral.test(source)) return wrong("must be a number");
  const float = Number(source);
  return Number.isFinite(float)
    ? { value: float }
    : { kind: "NUMBER_OUT_OF_RANGE", text: "must be a finite number" };
}

function sourceOf(value: JsonValue): string | undefined {
  if (value instanceof JsonNumber) return value.source;
  return typeof value === "string" ? value : undefined;
}

/** `1e3` and `1.0` are whole as well. No range reaches beyond 20 digits, so longer ones need no exactness. */
function wholeOf(source: string): bigint | undefined {
  if (/^-?\d{1,40}$/.test(source)) return BigInt(source);
  const float = Number(source);
  if (!Number.isFinite(float)) return source.startsWith("-") ? -(2n ** 64n) : 2n ** 64n;
  return Number.isInteger(float) ? BigInt(float) : undefined;
}

function wrong(text: string): Read {
  return { kind: "TYPE_WRONG", text };
}

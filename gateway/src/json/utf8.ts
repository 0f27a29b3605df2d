const strict = new TextDecoder("utf-8", { fatal: true });
const tolerant = new TextDecoder("utf-8", { ignoreBOM: true });
const replacement = Buffer.from("\ufffd");

/**
 * Bytes as text. What is no UTF-8 becomes half of a surrogate pair, which no UTF-8 stands for: so it can be told from
 * what was sent, and its place can be found.
 */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    return split(bytes)
      .map((part) => tolerant.decode(part).replaceAll("\ufffd", "\udfff"))
      .join("\ufffd");
  }
}

/** The parts between replacement characters that were really sent. */
function split(bytes: Uint8Array): Uint8Array[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: Uint8Array[] = [];
  let from = 0;
  for (let to = buffer.indexOf(replacement); to !== -1; to = buffer.indexOf(replacement, from)) {
    parts.push(buffer.subarray(from, to));
    from = to + replacement.length;
  }
  parts.push(buffer.subarray(from));
  return parts;
}

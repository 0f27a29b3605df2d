/** The partitions of every topic. A keyed topic keeps its count for ever: another count would move keys. */
export const partitionCount = 12;

/** The partition of a key, as Kafka's Java client and kafkajs choose it: murmur2 of its UTF-8 bytes. */
export function partitionOf(key: string, partitions: number = partitionCount): number {
  return (murmur2(Buffer.from(key)) & 0x7fffffff) % partitions;
}

const multiplier = 0x5bd1e995;

function mix(k: number): number {
  const product = Math.imul(k, multiplier);
  return Math.imul(product ^ (product >>> 24), multiplier);
}

/** MurmurHash2 with Kafka's seed, in 32 bit arithmetic. */
function murmur2(data: Buffer): number {
  const whole = data.length & ~3;
  let hash = 0x9747b28c ^ data.length;
  for (let at = 0; at < whole; at += 4) hash = Math.imul(hash, multiplier) ^ mix(data.readInt32LE(at));
  if (data.length > whole) {
    hash ^= data.readUIntLE(whole, data.length - whole);
    hash = Math.imul(hash, multiplier);
  }
  hash = Math.imul(hash ^ (hash >>> 13), multiplier);
  return hash ^ (hash >>> 15);
}

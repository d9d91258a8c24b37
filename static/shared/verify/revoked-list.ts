/**
 * A list: the set of revoked indices of one shard, in its one writing (token-format §2.3; step T4), and changes laid over it (§2.4).
 * A sorted array of four bytes an index: 400,000 of them are 1.6 MB, and nineteen comparisons find one.
 */

import { sha256, type Bytes } from './bytes'
import { isWithin } from './limits'
import { TrustRefusal } from './refusal'

/** Bytes of a change. */
export const CHANGE_BYTES = 4

const MORE = 0x80
const LOW = 0x7f
/** A distance below 2^28 has four bytes at most. */
const LAST_SHIFT = 21
const NEW_VALUE = 2 ** 31

export class RevokedList {
  private constructor(
    readonly bytes: Bytes,
    readonly sha256: string,
    /** Ascending. */
    readonly indices: Uint32Array,
  ) {}

  /** T4 for bytes that shall have this hash. */
  static async read(bytes: Bytes, pinned: string, size: number): Promise<RevokedList> {
    if ((await sha256(bytes)) !== pinned) throw new TrustRefusal('list_mismatch')
    const indices = isWithin(bytes, 'list') ? parse(bytes) : null
    if (indices === null) throw new TrustRefusal('list_untrusted')
    return new RevokedList(bytes, pinned, indices).checked(size)
  }

  /** This list, if it fits into a shard of `size` indices. */
  checked(size: number): this {
    if ((this.indices.at(-1) ?? -1) >= size) throw new TrustRefusal('list_untrusted')
    return this
  }

  has(index: number): boolean {
    return this.indices[placeOf(index, this.indices, 0)] === index
  }
}

/** The bytes of the list after changes; null where those are not whole ones. Only the hash tells whether it is the right one. */
export function layOver(indices: Uint32Array, changes: Bytes): Bytes | null {
  if (changes.length % CHANGE_BYTES !== 0 || !isWithin(changes, 'changes')) return null
  const words = new DataView(changes.buffer, changes.byteOffset, changes.byteLength)
  const news = new Map<number, boolean>()
  for (let at = 0; at < changes.length; at += CHANGE_BYTES) {
    const word = words.getUint32(at)
    news.set(word % NEW_VALUE, word >= NEW_VALUE)
  }
  return encode(merge(indices, news))
}

/** The one writing of ascending indices: each as its distance from the one before less one, in LEB128. */
export function encode(indices: Uint32Array): Bytes {
  const bytes = new Uint8Array(indices.length * 5)
  let [at, expected] = [0, 0]
  for (const index of indices) {
    let distance = index - expected
    for (; distance > LOW; distance >>>= 7) bytes[at++] = (distance & LOW) | MORE
    bytes[at++] = distance
    expected = index + 1
  }
  return bytes.slice(0, at)
}

/** Copies what lies between two changes in one go: a minute brings a few, a list may hold hundreds of thousands. */
function merge(indices: Uint32Array, news: ReadonlyMap<number, boolean>): Uint32Array {
  const whole = new Uint32Array(indices.length + news.size)
  let [from, length] = [0, 0]
  for (const index of Uint32Array.from(news.keys()).sort()) {
    const place = placeOf(index, indices, from)
    whole.set(indices.subarray(from, place), length)
    length += place - from
    if (news.get(index)) whole[length++] = index
    from = indices[place] === index ? place + 1 : place
  }
  whole.set(indices.subarray(from), length)
  return whole.subarray(0, length + indices.length - from)
}

/** Where the index stands among ascending ones, from `start` on, or would. */
function placeOf(index: number, indices: Uint32Array, start: number): number {
  let [low, high] = [start, indices.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((indices[middle] ?? 0) < index) low = middle + 1
    else high = middle
  }
  return low
}

/** Null where a number is cut short or takes more bytes than it needs. */
function parse(bytes: Bytes): Uint32Array | null {
  const indices = new Uint32Array(bytes.length)
  let [count, index, distance, shift] = [0, -1, 0, 0]
  for (const byte of bytes) {
    if (byte > LOW) {
      if (shift === LAST_SHIFT) return null
      distance |= (byte & LOW) << shift
      shift += 7
    } else {
      if (byte === 0 && shift > 0) return null
      index += (distance | (byte << shift)) + 1
      if (index >= NEW_VALUE) return null
      indices[count++] = index
      distance = shift = 0
    }
  }
  return shift > 0 ? null : indices.slice(0, count)
}

/**
 * A reader for the deterministic CBOR (RFC 8949 §4.2.1) that codes are made of: integers, byte and text strings, arrays, maps
 * with integer keys, tags, booleans. Every item has exactly one form here: long lengths, unsorted or doubled keys, trailing
 * bytes are refused.
 */

import { fromUtf8, type Bytes } from './bytes'

export type Cbor = bigint | boolean | string | Bytes | Cbor[] | Map<bigint, Cbor> | Tagged

export interface Tagged {
  readonly tag: bigint
  readonly value: Cbor
}

export class CborError extends Error {
  override readonly name = 'CborError'
}

const MAX_DEPTH = 6
const UNSIGNED = 0
const NEGATIVE = 1
const BYTES = 2
const TEXT = 3
const ARRAY = 4
const MAP = 5
const TAG = 6
const FALSE = 0xf4
const TRUE = 0xf5

/** Throws a CborError for anything but one item. */
export function decode(bytes: Bytes): Cbor {
  const { value, length } = decodeFirst(bytes)
  if (length !== bytes.length) throw new CborError('bytes after the item')
  return value
}

/** The item at the start of the bytes, and how many of them it takes. */
export function decodeFirst(bytes: Bytes): { value: Cbor; length: number } {
  const reader = new Reader(bytes)
  const value = reader.item(0)
  return { value, length: reader.at }
}

export function decodeOrNull(bytes: Bytes): Cbor | null {
  try {
    return decode(bytes)
  } catch (error) {
    if (error instanceof CborError) return null
    throw error
  }
}

export const isMap = (value: Cbor | undefined): value is Map<bigint, Cbor> => value instanceof Map
export const isBytes = (value: Cbor | undefined): value is Bytes => value instanceof Uint8Array
export const isTagged = (value: Cbor | undefined): value is Tagged =>
  typeof value === 'object' && 'tag' in value

class Reader {
  at = 0

  constructor(private readonly bytes: Bytes) {}

  item(depth: number): Cbor {
    if (depth > MAX_DEPTH) throw new CborError('nested too deeply')
    if (this.bytes[this.at] === FALSE || this.bytes[this.at] === TRUE) return this.byte() === TRUE
    const { major, argument } = this.head()
    switch (major) {
      case UNSIGNED:
        return argument
      case NEGATIVE:
        return -1n - argument
      case BYTES:
        return this.take(argument)
      case TEXT:
        return this.text(argument)
      case ARRAY:
        return this.array(argument, depth)
      case MAP:
        return this.map(argument, depth)
      case TAG:
        return { tag: argument, value: this.item(depth + 1) }
      default:
        throw new CborError('a type that no code holds')
    }
  }

  private head(): { major: number; argument: bigint } {
    const first = this.byte()
    const short = first & 0x1f
    if (short < 24) return { major: first >> 5, argument: BigInt(short) }
    if (short > 27) throw new CborError('indefinite or reserved length')
    const width = 1 << (short - 24)
    let argument = 0n
    for (let read = 0; read < width; read += 1) argument = (argument << 8n) | BigInt(this.byte())
    const least = width === 1 ? 24n : 1n << BigInt(width * 4)
    if (argument < least) throw new CborError('a longer form than needed')
    return { major: first >> 5, argument }
  }

  private array(length: bigint, depth: number): Cbor[] {
    const items: Cbor[] = []
    for (let left = this.bounded(length); left > 0; left -= 1) items.push(this.item(depth + 1))
    return items
  }

  private map(length: bigint, depth: number): Map<bigint, Cbor> {
    const entries = new Map<bigint, Cbor>()
    let previous: Bytes | null = null
    for (let left = this.bounded(length); left > 0; left -= 1) {
      const start = this.at
      const key = this.item(depth + 1)
      const written = this.bytes.slice(start, this.at)
      if (typeof key !== 'bigint') throw new CborError('a key that is no integer')
      if (previous !== null && !sortsBefore(previous, written))
        throw new CborError('keys out of order or doubled')
      entries.set(key, this.item(depth + 1))
      previous = written
    }
    return entries
  }

  private take(length: bigint): Bytes {
    const end = this.at + this.bounded(length)
    const part = this.bytes.slice(this.at, end)
    this.at = end
    return part
  }

  private text(length: bigint): string {
    const text = fromUtf8(this.take(length))
    if (text === null) throw new CborError('a text that is not UTF-8')
    return text
  }

  /** No item is shorter than a byte, so a length beyond the bytes left is false whatever it counts. */
  private bounded(length: bigint): number {
    if (length > BigInt(this.bytes.length - this.at)) throw new CborError('bytes end early')
    return Number(length)
  }

  private byte(): number {
    const byte = this.bytes[this.at]
    if (byte === undefined) throw new CborError('bytes end early')
    this.at += 1
    return byte
  }
}

function sortsBefore(left: Bytes, right: Bytes): boolean {
  for (let at = 0; at < left.length && at < right.length; at += 1) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0)
    if (difference !== 0) return difference < 0
  }
  return left.length < right.length
}

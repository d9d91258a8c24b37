/** Writes the few items of deterministic CBOR (RFC 8949 §4.2.1) that a verifier or a phone has to write. */

import { concat, type Bytes } from './bytes'

const BYTES = 0x40
const UINT32 = 2 ** 32

/** A byte string with its head. */
export const encodeBytes = (bytes: Bytes): Bytes => concat(head(BYTES, bytes.length), bytes)

/** An unsigned integer up to 2^53 − 1. */
export const encodeUnsigned = (value: number): Bytes => head(0, value)

/** The shortest form of a length or number behind its major type. */
function head(major: number, value: number): Bytes {
  if (value < 24) return Uint8Array.of(major | value)
  if (value < 0x100) return Uint8Array.of(major | 24, value)
  if (value < 0x10000) return Uint8Array.of(major | 25, value >> 8, value & 0xff)
  const [info, bytes] = value < UINT32 ? [26, bigEndian(value).slice(4)] : [27, bigEndian(value)]
  return concat(Uint8Array.of(major | info), bytes)
}

/** Eight bytes, big-endian. */
export function bigEndian(value: number): Bytes {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value))
  return bytes
}

/** COSE_Sign1 (RFC 9052 §4.2) as codes, credentials and presentations are written: nothing in the unprotected header. */

import { concat, utf8, type Bytes } from './bytes'
import { decodeOrNull, isBytes, isMap, isTagged, type Cbor } from './cbor'
import { encodeBytes } from './cbor-writer'

export interface Sign1 {
  readonly header: Map<bigint, Cbor>
  readonly payload: Map<bigint, Cbor>
  /** The content of the payload's byte string. */
  readonly payloadBytes: Bytes
  readonly signature: Bytes
  /** The bytes that the signature covers. */
  readonly signed: Bytes
}

export const HEADER = { algorithm: 1n, kid: 4n, kcwt: 13n } as const

const SIGN1_TAG = 18n
/** Algorithm numbers are written in at most 32 bits and a sign. */
const ALGORITHM_BITS = 33
const ALGORITHMS: ReadonlyMap<bigint, string> = new Map([[-7n, 'ES256']])
const SIGNATURE_BYTES = 64
/** `["Signature1", …]`: the head of an array of four and its first item. */
const CONTEXT = concat(Uint8Array.of(0x84, 0x6a), utf8('Signature1'))
const NO_EXTERNAL_DATA = Uint8Array.of(0x40)

export function readSign1(message: Cbor | null | undefined): Sign1 | null {
  if (!message || !isTagged(message) || message.tag !== SIGN1_TAG || !Array.isArray(message.value))
    return null
  const [protectedBytes, unprotected, payloadBytes, signature, ...rest] = message.value
  if (!isBytes(protectedBytes) || !isBytes(payloadBytes) || !isBytes(signature) || rest.length > 0)
    return null
  if (!isMap(unprotected) || unprotected.size > 0 || signature.length !== SIGNATURE_BYTES) return null
  const header = decodeMap(protectedBytes)
  const payload = decodeMap(payloadBytes)
  if (header === null || payload === null) return null
  return { header, payload, payloadBytes, signature, signed: signatureInput(protectedBytes, payloadBytes) }
}

/** The name of the header's algorithm; null where it is no number of an algorithm. */
export function readAlgorithm({ header }: Sign1): string | null {
  const number = header.get(HEADER.algorithm)
  if (typeof number !== 'bigint' || BigInt.asIntN(ALGORITHM_BITS, number) !== number) return null
  return ALGORITHMS.get(number) ?? `COSE ${number}`
}

/** `Sig_structure` (RFC 9052 §4.4). */
export function signatureInput(protectedBytes: Bytes, payload: Bytes): Bytes {
  return concat(CONTEXT, encodeBytes(protectedBytes), NO_EXTERNAL_DATA, encodeBytes(payload))
}

/** The tagged message of its four parts. */
export function writeSign1(protectedBytes: Bytes, payload: Bytes, signature: Bytes): Bytes {
  const parts = [
    encodeBytes(protectedBytes),
    Uint8Array.of(0xa0),
    encodeBytes(payload),
    encodeBytes(signature),
  ]
  return concat(Uint8Array.of(0xd2, 0x84), ...parts)
}

function decodeMap(bytes: Bytes): Map<bigint, Cbor> | null {
  const map = decodeOrNull(bytes)
  return map !== null && isMap(map) ? map : null
}

/** COSE_Sign1 (RFC 9052 §4.2) with the two protected headers that a code has: algorithm and key id. */

import { concat, hex, utf8, type Bytes } from './bytes'
import { CborError, decode, encodeBytes, isBytes, isMap, isTagged, type Cbor } from './cbor'

export interface Sign1 {
  /** COSE's number of the algorithm; ES256 is -7. */
  readonly algorithm: bigint
  readonly kid: string
  readonly payload: Map<bigint, Cbor>
  readonly signature: Bytes
  readonly signed: Bytes
}

const SIGN1_TAG = 18n
const HEADER_ALGORITHM = 1n
const HEADER_KID = 4n
const KID_BYTES = 4
/** Algorithm numbers are written in at most 32 bits and a sign. */
const ALGORITHM_BITS = 33
const SIGNATURE_BYTES = 64
/** `["Signature1", …]`: the head of an array of four and its first item. */
const CONTEXT = concat(Uint8Array.of(0x84, 0x6a), utf8('Signature1'))
const NO_EXTERNAL_DATA = Uint8Array.of(0x40)

export function parseSign1(bytes: Bytes): Sign1 | null {
  const message = decodeOrNull(bytes)
  if (message === null || !isTagged(message) || message.tag !== SIGN1_TAG || !Array.isArray(message.value))
    return null
  const [protectedBytes, unprotected, payloadBytes, signature, ...rest] = message.value
  if (!isBytes(protectedBytes) || !isBytes(payloadBytes) || !isBytes(signature) || rest.length > 0)
    return null
  if (!isMap(unprotected) || unprotected.size > 0 || signature.length !== SIGNATURE_BYTES) return null
  const header = parseHeader(protectedBytes)
  const payload = decodeOrNull(payloadBytes)
  if (header === null || payload === null || !isMap(payload)) return null
  return { ...header, payload, signature, signed: signatureInput(protectedBytes, payloadBytes) }
}

function parseHeader(bytes: Bytes): Pick<Sign1, 'algorithm' | 'kid'> | null {
  const header = decodeOrNull(bytes)
  if (header === null || !isMap(header) || header.size !== 2) return null
  const algorithm = header.get(HEADER_ALGORITHM)
  const kid = header.get(HEADER_KID)
  if (
    typeof algorithm !== 'bigint' ||
    BigInt.asIntN(ALGORITHM_BITS, algorithm) !== algorithm ||
    !isBytes(kid) ||
    kid.length !== KID_BYTES
  )
    return null
  return { algorithm, kid: hex(kid) }
}

function signatureInput(protectedBytes: Bytes, payload: Bytes): Bytes {
  return concat(CONTEXT, encodeBytes(protectedBytes), NO_EXTERNAL_DATA, encodeBytes(payload))
}

function decodeOrNull(bytes: Bytes): Cbor | null {
  try {
    return decode(bytes)
  } catch (error) {
    if (error instanceof CborError) return null
    throw error
  }
}

/** What a sector may read of the holder (docs/token-format.md §1.5), opened on this device and kept nowhere. */

import { concat, fromHex, hex, utf8, type Bytes } from '@shared/verify/bytes'
import { CborError, decodeFirst } from '@shared/verify/cbor'
import { ENC_BYTES, openHpke, type SealingPair } from './hpke'

export interface SealedClaims {
  readonly name: string
  readonly documentNumber: string
  /** 0 none, 1 employees', 2 residents', 3 other. */
  readonly insurance: number
}

/** `no_key`: sealed to a key that is not held. `unreadable`: not sealed to it for this scene, changed since, or not three claims. */
export type SealedReading = SealedClaims | 'no_key' | 'unreadable'

const KID_BYTES = 4
const BLOCK = 16
const INSURANCES = 4

/** The name of the key, 8 hex digits, and what is sealed to it. */
export interface Sealed {
  readonly kid: string
  readonly enc: Bytes
  readonly ciphertext: Bytes
}

export function readSealed(bytes: Bytes): Sealed {
  const [enc, end] = [KID_BYTES, KID_BYTES + ENC_BYTES]
  return { kid: hex(bytes.slice(0, enc)), enc: bytes.slice(enc, end), ciphertext: bytes.slice(end) }
}

/** `sealed` as a verdict's claims hold it, in hex; `pairs` are the sector's, by the names of their keys. */
export async function openSealed(
  sealed: string,
  scene: string,
  pairs: ReadonlyMap<string, SealingPair>,
): Promise<SealedReading> {
  const { kid, enc, ciphertext } = readSealed(fromHex(sealed) ?? new Uint8Array())
  const pair = pairs.get(kid)
  if (pair === undefined) return 'no_key'
  const info = concat(utf8('ecard sealed claims 1\0'), utf8(scene))
  const plaintext = await openHpke(pair, enc, ciphertext, info)
  return (plaintext && readClaims(plaintext)) ?? 'unreadable'
}

/** `[name, document number, insurance]` and zero bytes up to the end of the block; null for anything else. */
function readClaims(plaintext: Bytes): SealedClaims | null {
  const first = firstItem(plaintext)
  if (first === null || !Array.isArray(first.value) || first.value.length !== 3) return null
  const [name, documentNumber, insurance] = first.value
  const padding = plaintext.slice(first.length)
  const isPadded =
    plaintext.length % BLOCK === 0 && padding.length < BLOCK && padding.every(byte => byte === 0)
  if (!isPadded || typeof name !== 'string' || typeof documentNumber !== 'string') return null
  if (typeof insurance !== 'bigint' || insurance < 0n || insurance >= INSURANCES) return null
  return { name, documentNumber, insurance: Number(insurance) }
}

function firstItem(bytes: Bytes) {
  try {
    return decodeFirst(bytes)
  } catch (error) {
    if (error instanceof CborError) return null
    throw error
  }
}

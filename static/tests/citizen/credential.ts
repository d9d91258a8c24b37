/** A credential over a phone's key, as an issuer writes it (docs/token-format.md §1.2). */

import { concat, type Bytes } from '@shared/verify/bytes'
import { encodeBytes, encodeUnsigned } from '@shared/verify/cbor-writer'
import { signatureInput, writeSign1 } from '@shared/verify/cose'

const CURVE = { name: 'ECDSA', namedCurve: 'P-256' }
const ES256 = { name: 'ECDSA', hash: 'SHA-256' }
const KID = Uint8Array.of(0xa1, 0xb2, 0xc3, 0xd4)
const INDEX = 7

export interface Wanted {
  readonly scene: number
  /** Seconds since 1970. */
  readonly issuedAt: number
  readonly expiresAt: number
  readonly x: Bytes
  readonly isOdd: boolean
}

export type Issue = (wanted: Wanted) => Promise<Bytes>

export async function anIssuer(): Promise<Issue> {
  const { privateKey } = await crypto.subtle.generateKey(CURVE, false, ['sign', 'verify'])
  const header = concat(Uint8Array.of(0xa2, 0x01, 0x26, 0x04), encodeBytes(KID))
  return async wanted => {
    const payload = payloadOf(wanted)
    const signature = await crypto.subtle.sign(ES256, privateKey, signatureInput(header, payload))
    return writeSign1(header, payload, new Uint8Array(signature))
  }
}

/** `{4: exp, 6: iat, 8: {1: {1: 2, -1: 1, -2: x, -3: sign}}, -65537: [scene, index]}` */
function payloadOf({ scene, issuedAt, expiresAt, x, isOdd }: Wanted): Bytes {
  return concat(
    concat(
      Uint8Array.of(0xa4, 0x04),
      encodeUnsigned(expiresAt),
      Uint8Array.of(0x06),
      encodeUnsigned(issuedAt),
    ),
    concat(Uint8Array.of(0x08, 0xa1, 0x01, 0xa4, 0x01, 0x02, 0x20, 0x01, 0x21), encodeBytes(x)),
    Uint8Array.of(0x22, isOdd ? 0xf5 : 0xf4),
    concat(Uint8Array.of(0x3a, 0, 1, 0, 0, 0x82), encodeUnsigned(scene), encodeUnsigned(INDEX)),
  )
}

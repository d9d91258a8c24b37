/** Signing with a device's key. */

import type { Bytes } from '../verify/bytes'

/** The 64 bytes `r‖s` of ES256 (RFC 7518 §3.4). */
export async function signBytes(key: CryptoKey, bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, key, bytes))
}

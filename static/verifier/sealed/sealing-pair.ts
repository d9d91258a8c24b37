/** X25519 keys in the browser: this device's own, and those of a sector that were wrapped for it. No script can read the private half. */

import { base64url, concat, fromBase64url, fromHex, type Bytes } from '@shared/verify/bytes'
import type { SealingPair } from './hpke'

export interface SealingJwk {
  readonly kty: 'OKP'
  readonly crv: 'X25519'
  readonly x: string
}

const CURVE = 'X25519'
const USES = ['deriveBits'] as const
/** PKCS #8 of an X25519 key (RFC 8410 §7), up to its 32 bytes: WebCrypto takes no bare private key. */
const PKCS8 = fromHex('302e020100300506032b656e04220420') ?? new Uint8Array()

/** Null where the browser is older than X25519 in WebCrypto: codes are judged all the same. */
export async function createSealingPair(): Promise<SealingPair | null> {
  try {
    const pair = (await crypto.subtle.generateKey(CURVE, false, USES)) as CryptoKeyPair
    const raw = await crypto.subtle.exportKey('raw', pair.publicKey)
    return { privateKey: pair.privateKey, publicKey: new Uint8Array(raw) }
  } catch (error) {
    if (error instanceof DOMException) return null
    throw error
  }
}

/** The pair behind 32 bytes; null for another number of them. */
export async function importSealingPair(secret: Bytes): Promise<SealingPair | null> {
  if (secret.length !== 32) return null
  const document = concat(PKCS8, secret)
  const readable = await crypto.subtle.importKey('pkcs8', document, CURVE, true, USES)
  const { x = '' } = await crypto.subtle.exportKey('jwk', readable)
  const privateKey = await crypto.subtle.importKey('pkcs8', document, CURVE, false, USES)
  document.fill(0)
  return { privateKey, publicKey: fromBase64url(x) ?? new Uint8Array() }
}

export const sealingJwk = ({ publicKey }: SealingPair): SealingJwk => ({
  kty: 'OKP',
  crv: 'X25519',
  x: base64url(publicKey),
})

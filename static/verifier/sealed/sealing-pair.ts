/** This device's own X25519 key, to which the sector's keys are wrapped. No script can read the private half. */

import { base64url, type Bytes } from '@shared/verify/bytes'
import { createSealingKey } from '@shared/verify/seal'

/** The private half cannot be exported, so the public one is kept beside it. */
export interface SealingPair {
  readonly privateKey: CryptoKey
  /** 32 bytes. */
  readonly publicKey: Bytes
}

export interface SealingJwk {
  readonly kty: 'OKP'
  readonly crv: 'X25519'
  readonly x: string
}

/** Null where the browser is older than X25519 in WebCrypto: codes are judged all the same. */
export async function createSealingPair(): Promise<SealingPair | null> {
  try {
    const { privateKey, publicKey } = await createSealingKey()
    return { privateKey, publicKey: new Uint8Array(await crypto.subtle.exportKey('raw', publicKey)) }
  } catch (error) {
    if (error instanceof DOMException) return null
    throw error
  }
}

export const sealingJwk = ({ publicKey }: SealingPair): SealingJwk => ({
  kty: 'OKP',
  crv: 'X25519',
  x: base64url(publicKey),
})

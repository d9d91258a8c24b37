/** The key of a device: made in the browser, never out of it. */

const CURVE = { name: 'ECDSA', namedCurve: 'P-256' }

export interface PublicJwk {
  readonly kty: 'EC'
  readonly crv: 'P-256'
  readonly x: string
  readonly y: string
}

/** A new P-256 pair. The private key signs and cannot be read; IndexedDB keeps the pair as it is. */
export function createHolderKey(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(CURVE, false, ['sign', 'verify'])
}

/** The public key as others read it (RFC 7517), with exactly these four members. */
export async function publicJwk(key: CryptoKey): Promise<PublicJwk> {
  const { x = '', y = '' } = await crypto.subtle.exportKey('jwk', key)
  return { kty: 'EC', crv: 'P-256', x, y }
}

/** What a device signs for the issuer's server: proofs that it holds its key, assertions of who it is. */

import { base64url, utf8 } from '../verify/bytes'
import { signBytes } from './signature'

/** `alg` is written by `signJws`. */
export interface JwsHeader {
  readonly typ: string
  readonly kid?: string
}

/** A compact JWS (RFC 7515, ES256) by a P-256 key. */
export async function signJws(key: CryptoKey, header: JwsHeader, payload: object): Promise<string> {
  const parts = [{ alg: 'ES256', ...header }, payload].map(part => base64url(utf8(JSON.stringify(part))))
  const input = parts.join('.')
  return `${input}.${base64url(await signBytes(key, utf8(input)))}`
}

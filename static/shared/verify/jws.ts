/** JSON Web Signatures (RFC 7515): compact for codes and manifests, general JSON for the key set. */

import { fromBase64url, fromUtf8, utf8, type Bytes } from './bytes'
import { hasExactly, isObject, parseObject, text, type JsonObject } from './json'

export interface Signed {
  readonly header: JsonObject
  readonly signature: Bytes
  /** The bytes that the signature covers. */
  readonly signed: Bytes
}

export interface Compact extends Signed {
  readonly payload: JsonObject
}

export interface General {
  readonly payload: JsonObject
  readonly signatures: readonly Signed[]
}

export const ALGORITHM = 'ES256'

const ECDSA: EcdsaParams = { name: 'ECDSA', hash: 'SHA-256' }
const SIGNATURE_BYTES = 64

export function parseCompact(jws: string): Compact | null {
  const parts = jws.split('.')
  const [header, payload, signature] = parts
  if (parts.length !== 3 || header === undefined || payload === undefined || signature === undefined)
    return null
  const signed = parseSigned(header, payload, signature)
  const members = parseObject(decodeText(payload))
  return signed && members && { ...signed, payload: members }
}

export function parseGeneral(jws: string): General | null {
  const whole = parseObject(jws)
  if (whole === null || !hasExactly(whole, ['payload', 'signatures'])) return null
  const payload = text(whole.payload)
  const members = payload === null ? null : parseObject(decodeText(payload))
  if (payload === null || members === null || !Array.isArray(whole.signatures)) return null
  const signatures: Signed[] = []
  for (const entry of whole.signatures) {
    if (!isObject(entry) || !hasExactly(entry, ['protected', 'signature'])) return null
    const signed = parseSigned(text(entry.protected) ?? '!', payload, text(entry.signature) ?? '!')
    if (signed === null) return null
    signatures.push(signed)
  }
  return { payload: members, signatures }
}

/** Whether a header has the three members of all trust material, with this type. */
export const hasHeader = (header: JsonObject, type: string): boolean =>
  hasExactly(header, ['alg', 'kid', 'typ']) && header.alg === ALGORITHM && header.typ === type

/** Whether the 64 bytes `r‖s` are this P-256 key's signature. */
export async function isSignedBy(key: CryptoKey, signature: Bytes, signed: Bytes): Promise<boolean> {
  return signature.length === SIGNATURE_BYTES && crypto.subtle.verify(ECDSA, key, signature, signed)
}

function parseSigned(header: string, payload: string, signature: string): Signed | null {
  const members = parseObject(decodeText(header))
  const bytes = fromBase64url(signature)
  if (members === null || bytes?.length !== SIGNATURE_BYTES) return null
  return { header: members, signature: bytes, signed: utf8(`${header}.${payload}`) }
}

function decodeText(part: string): string | null {
  const bytes = fromBase64url(part)
  return bytes && fromUtf8(bytes)
}

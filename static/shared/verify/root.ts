/** The root file: the keys that vouch for key sets, handed over once, out of band (token-format §2.1). */

import { isObject, parseObject, text, unsigned, type Json, type JsonObject } from './json'
import { importSigningKey, type NamedKey } from './jwk'
import { hasHeader, isSignedBy, parseGeneral, type Signed } from './jws'
import { isWithin } from './limits'
import { TrustRefusal, trusted } from './refusal'

export interface Root {
  readonly issuer: string
  readonly threshold: number
  readonly keys: ReadonlyMap<string, CryptoKey>
}

/** The most signatures of a key set that are looked at. */
const MAX_SIGNATURES = 16

export async function parseRoot(file: string): Promise<Root> {
  const root = trusted(isWithin(file, 'root') ? parseObject(file) : null, 'root_malformed')
  const issuer = trusted(text(root.issuer), 'root_malformed')
  const threshold = trusted(unsigned(root.threshold), 'root_malformed')
  const entries = Array.isArray(root.keys) ? await Promise.all(root.keys.map(importEntry)) : []
  if (!entries.every(entry => entry !== null)) throw new TrustRefusal('root_malformed')
  const keys = new Map(entries.map(({ kid, key }) => [kid, key]))
  const isReachable = threshold >= 1 && threshold <= keys.size
  if (!isReachable || keys.size !== entries.length) throw new TrustRefusal('root_malformed')
  return { issuer, threshold, keys }
}

/** The payload of a JWS in general JSON serialization that enough root keys have signed; null where it is not such a one. */
export async function openByRoot(file: string, root: Root, type: string): Promise<JsonObject | null> {
  const jws = parseGeneral(file)
  if (jws === null || jws.signatures.length > MAX_SIGNATURES) return null
  const signers = await Promise.all(jws.signatures.map(signed => findSigner(signed, root, type)))
  const distinct = new Set(signers.filter(kid => kid !== null))
  return distinct.size < root.threshold ? null : jws.payload
}

async function findSigner(
  { header, signature, signed }: Signed,
  root: Root,
  type: string,
): Promise<string | null> {
  const kid = text(header.kid) ?? ''
  const key = root.keys.get(kid)
  if (key === undefined || !hasHeader(header, type)) return null
  return (await isSignedBy(key, signature, signed)) ? kid : null
}

async function importEntry(entry: Json): Promise<NamedKey | null> {
  return isObject(entry) ? importSigningKey(entry) : null
}

/** The root file and the key set it signs (token-format §2.1, §2.2; acceptance step T1). */

import { fromBase64url } from './bytes'
import { isObject, parseObject, text, unsigned, type Json, type JsonObject } from './json'
import { isSignedBy, parseGeneral, type Signed } from './jws'
import { parseScene, type Scene } from './scenes'
import { TrustRefusal, trusted } from './refusal'

export interface Root {
  readonly issuer: string
  readonly threshold: number
  readonly keys: ReadonlyMap<string, CryptoKey>
}

export type Purpose = 'code' | 'list'

export interface IssuerKey {
  readonly kid: string
  readonly algorithm: string
  readonly purpose: Purpose
  readonly notBefore: number
  readonly expiresAt: number
  readonly key: CryptoKey
}

export interface KeySet {
  readonly issuer: string
  readonly version: number
  readonly issuedAt: number
  readonly expiresAt: number
  readonly keys: ReadonlyMap<string, IssuerKey>
  readonly scenes: readonly Scene[]
}

const KEY_SET_TYPE = 'ecard-keys+jws'
export const ALGORITHM = 'ES256'
const KID = /^[0-9a-f]{8}$/
const COORDINATE_BYTES = 32

export async function parseRoot(file: string): Promise<Root> {
  const root = trusted(parseObject(file), 'root_malformed')
  const entries = trusted(Array.isArray(root.keys) ? root.keys : null, 'root_malformed')
  const keys = new Map<string, CryptoKey>()
  for (const entry of entries) {
    const jwk = trusted(isObject(entry) ? entry : null, 'root_malformed')
    keys.set(trusted(kidOf(jwk), 'root_malformed'), trusted(await importKey(jwk), 'root_malformed'))
  }
  const threshold = trusted(unsigned(root.threshold), 'root_malformed')
  if (threshold < 1 || threshold > keys.size) throw new TrustRefusal('root_malformed')
  return { issuer: trusted(text(root.issuer), 'root_malformed'), threshold, keys }
}

/** T1, all but version and expiry, which are the caller's: they depend on what was seen before and on the time. */
export async function verifyKeySet(file: string, root: Root): Promise<KeySet> {
  const jws = trusted(parseGeneral(file), 'keys_untrusted')
  const signers = await Promise.all(jws.signatures.map(signed => rootSigner(signed, root)))
  const distinct = new Set(signers.filter(kid => kid !== null))
  if (distinct.size < root.threshold) throw new TrustRefusal('keys_untrusted')
  const keySet = trusted(await parseKeySet(jws.payload), 'keys_untrusted')
  if (keySet.issuer !== root.issuer) throw new TrustRefusal('keys_untrusted')
  return keySet
}

/** The key that signed a manifest or snapshot: a `list` key whose window holds the time of signing. */
export function listKey(keys: KeySet, header: JsonObject, type: string, signedAt: number): CryptoKey | null {
  const key = keys.keys.get(text(header.kid) ?? '')
  if (key?.purpose !== 'list' || header.alg !== key.algorithm || header.typ !== type) return null
  return isInWindow(key, signedAt) ? key.key : null
}

export const isInWindow = (key: IssuerKey, at: number): boolean => key.notBefore <= at && at < key.expiresAt

async function rootSigner({ header, signature, signed }: Signed, root: Root): Promise<string | null> {
  const kid = text(header.kid) ?? ''
  const key = root.keys.get(kid)
  if (key === undefined || header.alg !== ALGORITHM || header.typ !== KEY_SET_TYPE) return null
  return (await isSignedBy(key, signature, signed)) ? kid : null
}

async function parseKeySet(payload: JsonObject): Promise<KeySet | null> {
  const issuer = text(payload.iss)
  const version = unsigned(payload.version)
  const issuedAt = unsigned(payload.iat)
  const expiresAt = unsigned(payload.exp)
  if (issuer === null || version === null || issuedAt === null || expiresAt === null) return null
  if (!Array.isArray(payload.keys) || !Array.isArray(payload.scenes)) return null
  const keys = await Promise.all(payload.keys.map(parseKey))
  const scenes = payload.scenes.map(parseScene)
  if (!keys.every(key => key !== null) || !scenes.every(scene => scene !== null)) return null
  return { issuer, version, issuedAt, expiresAt, keys: new Map(keys.map(key => [key.kid, key])), scenes }
}

async function parseKey(entry: Json): Promise<IssuerKey | null> {
  if (!isObject(entry)) return null
  const kid = kidOf(entry)
  const algorithm = text(entry.alg)
  const { purpose } = entry
  const notBefore = unsigned(entry.nbf)
  const expiresAt = unsigned(entry.exp)
  const key = await importKey(entry)
  if (kid === null || algorithm === null || notBefore === null || expiresAt === null || key === null)
    return null
  return purpose === 'code' || purpose === 'list'
    ? { kid, algorithm, purpose, notBefore, expiresAt, key }
    : null
}

function kidOf(jwk: JsonObject): string | null {
  const kid = text(jwk.kid)
  return kid !== null && KID.test(kid) ? kid : null
}

/** A public P-256 key, or null when the JWK is another kind or its point is not on the curve. */
async function importKey(jwk: JsonObject): Promise<CryptoKey | null> {
  const x = text(jwk.x)
  const y = text(jwk.y)
  if (jwk.kty !== 'EC' || jwk.crv !== 'P-256' || x === null || y === null) return null
  if (![x, y].every(part => fromBase64url(part)?.length === COORDINATE_BYTES)) return null
  const curve = { name: 'ECDSA', namedCurve: 'P-256' }
  return crypto.subtle
    .importKey('jwk', { kty: 'EC', crv: 'P-256', x, y }, curve, true, ['verify'])
    .catch(() => null)
}

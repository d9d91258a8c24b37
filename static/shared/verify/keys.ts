/** The root file and the key set it signs (token-format §2.1, §2.2; acceptance step T1). */

import { fromBase64url, hex, utf8 } from './bytes'
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
const ALGORITHM = 'ES256'
const KID_BYTES = 4
const COORDINATE_BYTES = 32

export async function parseRoot(file: string): Promise<Root> {
  const root = trusted(parseObject(file), 'root_malformed')
  const issuer = trusted(text(root.issuer), 'root_malformed')
  const threshold = trusted(unsigned(root.threshold), 'root_malformed')
  const entries = Array.isArray(root.keys) ? await Promise.all(root.keys.map(importKey)) : []
  if (!entries.every(entry => entry !== null)) throw new TrustRefusal('root_malformed')
  const keys = new Map(entries.map(({ kid, key }) => [kid, key]))
  const isReachable = threshold >= 1 && threshold <= keys.size
  if (!isReachable || keys.size !== entries.length) throw new TrustRefusal('root_malformed')
  return { issuer, threshold, keys }
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
  const keys = await Promise.all(payload.keys.filter(isForKnownPurpose).map(parseKey))
  const scenes = payload.scenes.map(parseScene)
  if (!keys.every(key => key !== null) || !scenes.every(scene => scene !== null)) return null
  const isUnique = [
    keys.map(key => key.kid),
    scenes.map(scene => scene.id),
    scenes.map(scene => scene.name),
  ].every(names => new Set<string | number>(names).size === names.length)
  if (!isUnique) return null
  return { issuer, version, issuedAt, expiresAt, keys: new Map(keys.map(key => [key.kid, key])), scenes }
}

/** A key for something that this version does not know is passed over. */
const isForKnownPurpose = (entry: Json): boolean => !isObject(entry) || isPurpose(entry.purpose)

const isPurpose = (value: Json | undefined): value is Purpose => value === 'code' || value === 'list'

async function parseKey(entry: Json): Promise<IssuerKey | null> {
  const imported = await importKey(entry)
  if (imported === null || !isObject(entry)) return null
  const { purpose } = entry
  const notBefore = unsigned(entry.nbf)
  const expiresAt = unsigned(entry.exp)
  if (entry.alg !== ALGORITHM || entry.use !== 'sig' || !isPurpose(purpose)) return null
  if (notBefore === null || expiresAt === null) return null
  return { ...imported, algorithm: ALGORITHM, purpose, notBefore, expiresAt }
}

/** A public P-256 key under its own name; null for another kind, a point off the curve, or a `kid` not its thumbprint's. */
async function importKey(jwk: Json): Promise<Pick<IssuerKey, 'kid' | 'key'> | null> {
  if (!isObject(jwk) || jwk.kty !== 'EC' || jwk.crv !== 'P-256') return null
  const [kid, x, y] = [jwk.kid, jwk.x, jwk.y].map(text)
  if (!kid || !x || !y || [x, y].some(part => fromBase64url(part)?.length !== COORDINATE_BYTES)) return null
  if (kid !== (await keyId(x, y))) return null
  const curve = { name: 'ECDSA', namedCurve: 'P-256' }
  const key = crypto.subtle.importKey('jwk', { kty: 'EC', crv: 'P-256', x, y }, curve, true, ['verify'])
  return key.then(
    imported => ({ kid, key: imported }),
    () => null,
  )
}

/** The first four bytes of the RFC 7638 thumbprint. */
export async function keyId(x: string, y: string): Promise<string> {
  const digest = await crypto.subtle.digest(
    'SHA-256',
    utf8(JSON.stringify({ crv: 'P-256', kty: 'EC', x, y })),
  )
  return hex(new Uint8Array(digest, 0, KID_BYTES))
}

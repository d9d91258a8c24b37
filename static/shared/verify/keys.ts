/** The key set: which keys sign codes and lists, what claims are sealed to, which scenes there are (token-format §2.2; T1). */

import type { Bytes } from './bytes'
import { isObject, text, unsigned, type Json, type JsonObject } from './json'
import { importSigningKey, readSealingKey } from './jwk'
import { ALGORITHM, hasHeader } from './jws'
import { isWithin } from './limits'
import { TrustRefusal, trusted } from './refusal'
import { openByRoot, type Root } from './root'
import { parseScene, type Scene } from './scenes'

export type Purpose = 'code' | 'list'

export interface IssuerKey {
  readonly kid: string
  readonly algorithm: string
  readonly purpose: Purpose
  readonly notBefore: number
  readonly expiresAt: number
  /** Since when it is known that nothing it signed counts, whenever that was. */
  readonly revokedAt: number | null
  readonly key: CryptoKey
}

/** A sector's X25519 key: claims of its scene are sealed to it. */
export interface SealKey {
  readonly kid: string
  readonly scene: string
  readonly notBefore: number
  readonly expiresAt: number
  readonly revokedAt: number | null
  /** The 32 bytes of the public key. */
  readonly x: Bytes
}

export interface KeySet {
  readonly issuer: string
  readonly version: number
  readonly issuedAt: number
  readonly expiresAt: number
  readonly keys: ReadonlyMap<string, IssuerKey>
  readonly sealKeys: ReadonlyMap<string, SealKey>
  readonly scenes: readonly Scene[]
}

const KEY_SET_TYPE = 'ecard-keys+jws'
const SEALING_ALGORITHM = 'HPKE-3'

/** T1, all but version and expiry, which are the caller's: they depend on what was seen before and on the time. */
export async function verifyKeySet(file: string, root: Root): Promise<KeySet> {
  const payload = isWithin(file, 'keys') ? await openByRoot(file, root, KEY_SET_TYPE) : null
  const keySet = trusted(payload && (await parseKeySet(payload)), 'keys_untrusted')
  if (keySet.issuer !== root.issuer) throw new TrustRefusal('keys_untrusted')
  return keySet
}

/** The key that signed a manifest: a `list` key that is not revoked and whose window holds the time of signing. */
export function listKey(keys: KeySet, header: JsonObject, type: string, signedAt: number): IssuerKey | null {
  const key = findListKey(keys, text(header.kid) ?? '')
  return key !== null && hasHeader(header, type) && isInWindow(key, signedAt) ? key : null
}

/** The list key of this name, unless it is revoked. */
export function findListKey({ keys }: KeySet, kid: string): IssuerKey | null {
  const key = keys.get(kid)
  return key?.purpose === 'list' && key.revokedAt === null ? key : null
}

export const isInWindow = (key: IssuerKey, at: number): boolean => key.notBefore <= at && at < key.expiresAt

async function parseKeySet(payload: JsonObject): Promise<KeySet | null> {
  const issuer = text(payload.iss)
  const version = unsigned(payload.version)
  const issuedAt = unsigned(payload.iat)
  const expiresAt = unsigned(payload.exp)
  if (issuer === null || version === null || issuedAt === null || expiresAt === null) return null
  const keys = await parseEntries(payload.keys, isPurpose, parseKey)
  const sealKeys = await parseEntries(payload.keys, purpose => purpose === 'seal', parseSealKey)
  const scenes = parseScenes(payload.scenes)
  return keys && sealKeys && scenes && { issuer, version, issuedAt, expiresAt, keys, sealKeys, scenes }
}

/** The keys of some purposes by name; one for something that this version does not know is passed over. Null where one is at fault. */
async function parseEntries<Key extends { kid: string }>(
  entries: Json | undefined,
  isWanted: (purpose: Json | undefined) => boolean,
  parse: (jwk: JsonObject) => Promise<Key | null>,
): Promise<ReadonlyMap<string, Key> | null> {
  if (!Array.isArray(entries) || !entries.every(isObject)) return null
  const wanted = await Promise.all(entries.filter(({ purpose }) => isWanted(purpose)).map(parse))
  if (!wanted.every(key => key !== null)) return null
  const keys = new Map(wanted.map(key => [key.kid, key]))
  return keys.size === wanted.length ? keys : null
}

const isPurpose = (value: Json | undefined): value is Purpose => value === 'code' || value === 'list'

async function parseKey(jwk: JsonObject): Promise<IssuerKey | null> {
  const named = await importSigningKey(jwk)
  const life = parseLife(jwk)
  const { purpose } = jwk
  if (named === null || life === null || !isPurpose(purpose)) return null
  return jwk.alg === ALGORITHM && jwk.use === 'sig'
    ? { ...named, ...life, purpose, algorithm: ALGORITHM }
    : null
}

async function parseSealKey(jwk: JsonObject): Promise<SealKey | null> {
  const named = await readSealingKey(jwk)
  const life = parseLife(jwk)
  const scene = text(jwk.scene)
  if (named === null || life === null || scene === null) return null
  return jwk.alg === SEALING_ALGORITHM && jwk.use === 'enc' ? { ...named, ...life, scene } : null
}

function parseLife(jwk: JsonObject): Pick<IssuerKey, 'notBefore' | 'expiresAt' | 'revokedAt'> | null {
  const notBefore = unsigned(jwk.nbf)
  const expiresAt = unsigned(jwk.exp)
  const revokedAt = unsigned(jwk.revoked)
  const isRead = notBefore !== null && expiresAt !== null && (revokedAt !== null || jwk.revoked === undefined)
  return isRead ? { notBefore, expiresAt, revokedAt } : null
}

function parseScenes(entries: Json | undefined): readonly Scene[] | null {
  if (!Array.isArray(entries)) return null
  const scenes = entries.map(parseScene)
  if (!scenes.every(scene => scene !== null)) return null
  const isUnique = [scenes.map(scene => scene.id), scenes.map(scene => scene.name)].every(
    names => new Set<string | number>(names).size === names.length,
  )
  return isUnique ? scenes : null
}

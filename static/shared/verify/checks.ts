/** The checks of a code, one function a step (docs/token-format.md §4). Each returns, or throws the refusal with its code. */

import type { UnverifiedCode } from './code'
import { isSignedBy } from './jws'
import { isInWindow, type IssuerKey } from './keys'
import type { Policy } from './policy'
import type { ReplayMemory } from './replay'
import { readAttributes, type Scene } from './scenes'
import { statusUri, type StatusList } from './status-list'
import type { Trust } from './trust'
import { Refusal, required, type Claims, type Code } from './verdict'

const WEEK = 604_800
const MAX_LIFETIME = WEEK

export const shardOf = (expiresAt: number): number => Math.floor(expiresAt / WEEK)

export function findKey(code: UnverifiedCode, { keys }: Trust): IssuerKey {
  const key = required(keys.keys.get(code.kid), 'unknown_key')
  demand(key.purpose === 'code', 'unknown_key')
  return key
}

export function checkAlgorithm(code: UnverifiedCode, key: IssuerKey): void {
  demand(code.algorithm === key.algorithm, 'wrong_algorithm')
}

export async function checkSignature(code: UnverifiedCode, key: IssuerKey): Promise<void> {
  demand(await isSignedBy(key.key, code.signature, code.signed), 'bad_signature')
}

export function checkKeyWindow(code: UnverifiedCode, key: IssuerKey): void {
  demand(isInWindow(key, code.issuedAt), 'key_not_valid')
}

/** The claims by name, which only a scene of the key set gives them; null without such a scene or with other attributes. */
export function readClaims(code: UnverifiedCode, { keys }: Trust): Claims | null {
  const scene = findScene(code, keys.scenes)
  const attributes = scene && readAttributes(scene, code.attributes)
  if (!scene || !attributes) return null
  const { issuedAt, expiresAt, tokenId } = code
  return { scene: scene.name, issued_at: issuedAt, expires_at: expiresAt, token_id: tokenId, ...attributes }
}

export function checkClaims(code: UnverifiedCode, claims: Claims | null, { keys }: Trust): Claims {
  const { issuer = keys.issuer, statusUri: uri } = code
  demand(issuer === keys.issuer, 'claims_invalid')
  const own = statusUri(keys.issuer, shardOf(code.expiresAt))
  demand(uri === undefined || uri === own, 'claims_invalid')
  return required(claims, 'claims_invalid')
}

export function checkLifetime({ issuedAt, expiresAt }: UnverifiedCode): void {
  demand(issuedAt < expiresAt && expiresAt - issuedAt <= MAX_LIFETIME, 'lifetime_invalid')
}

export function checkClock({ seen }: Trust, policy: Policy, now: number): void {
  demand(now >= seen.timeFloor - policy.leeway, 'clock_behind')
}

export function checkIssued({ issuedAt }: UnverifiedCode, policy: Policy, now: number): void {
  demand(issuedAt <= now + policy.leeway, 'not_yet_valid')
}

export function checkExpiry({ expiresAt }: UnverifiedCode, policy: Policy, now: number): void {
  demand(expiresAt > now - policy.leeway, 'expired')
}

export function checkSceneAccepted({ scene }: Claims, policy: Policy): void {
  demand(policy.scenes === null || policy.scenes.includes(scene), 'scene_not_accepted')
}

export function checkTrustExpiry({ keys, manifest }: Trust, now: number): void {
  demand(now < keys.expiresAt, 'keys_expired')
  demand(now < manifest.expiresAt, 'list_expired')
}

export function checkListAge({ manifest }: Trust, policy: Policy, now: number): void {
  demand(now - manifest.issuedAt <= policy.maxListAge, 'list_stale')
}

export function findList(code: UnverifiedCode, { shards }: Trust): StatusList {
  const list = required(shards.get(shardOf(code.expiresAt)), 'list_missing')
  demand(list.has(code.index), 'claims_invalid')
  return list
}

export function checkNotRevoked(code: UnverifiedCode, list: StatusList): void {
  demand(!list.isRevoked(code.index), 'revoked')
}

export function checkFirstSight(code: UnverifiedCode, replay: ReplayMemory | null, now: number): void {
  demand(replay === null || replay.admit(code.tokenId, code.expiresAt, now), 'replayed')
}

function findScene({ scene }: UnverifiedCode, scenes: readonly Scene[]): Scene | undefined {
  return scenes.find(({ id, name }) => (typeof scene === 'number' ? id === scene : name === scene))
}

function demand(holds: boolean, code: Code): void {
  if (!holds) throw new Refusal(code)
}

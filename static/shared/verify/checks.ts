/** The checks of a code, one function a step (docs/token-format.md §4). Each returns, or throws the refusal with its code. */

import type { UnverifiedCode } from './code'
import { isSignedBy } from './jws'
import { isInWindow, type IssuerKey } from './keys'
import type { Policy } from './policy'
import type { ReplayMemory } from './replay'
import { readAttributes, type Attributes, type Scene } from './scenes'
import { statusUri, type StatusList } from './status-list'
import type { Trust } from './trust'
import { Refusal, required, type Code } from './verdict'

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

export function checkClaims(code: UnverifiedCode, { keys }: Trust): { scene: Scene; attributes: Attributes } {
  demand((code.issuer ?? keys.issuer) === keys.issuer, 'claims_invalid')
  const scene = required(findScene(code, keys.scenes), 'claims_invalid')
  const attributes = required(readAttributes(scene, code.attributes), 'claims_invalid')
  const uri = statusUri(keys.issuer, shardOf(code.expiresAt))
  demand((code.statusUri ?? uri) === uri, 'claims_invalid')
  return { scene, attributes }
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

export function checkSceneAccepted(scene: Scene, policy: Policy): void {
  demand(policy.scenes === null || policy.scenes.includes(scene.name), 'scene_not_accepted')
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

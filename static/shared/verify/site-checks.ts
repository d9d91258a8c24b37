/** Steps 10 and 14–20: what this site accepts, and what its trust material says. Each returns, or throws its refusal. */

import type { Policy } from './policy'
import type { ReplayMemory } from './replay'
import type { RevokedList } from './revoked-list'
import { shardOf } from './shards'
import type { Trust } from './trust'
import type { UnverifiedCode } from './unverified'
import { demand, Refusal, required, type Claims } from './verdict'

/** 10 */
export function checkClock({ seen }: Trust, policy: Policy, now: number): void {
  demand(now >= seen.timeFloor - policy.leeway, 'clock_behind')
}

/** 14 */
export function checkSceneAccepted({ scene }: Claims, policy: Policy): void {
  demand(policy.scenes === null || policy.scenes.includes(scene), 'scene_not_accepted')
}

/** 15 */
export function checkCredentialAge(
  { issuedAt, presentation }: UnverifiedCode,
  policy: Policy,
  now: number,
): void {
  demand(presentation === undefined || now - issuedAt <= policy.maxCredentialAge, 'credential_stale')
}

/** 16 */
export function checkTrustExpiry({ keys, manifest }: Trust, now: number): void {
  demand(now < keys.expiresAt, 'keys_expired')
  demand(now < manifest.expiresAt, 'list_expired')
}

/** 17 */
export function checkListAge({ manifest }: Trust, policy: Policy, now: number): void {
  demand(now - manifest.issuedAt <= policy.maxListAge, 'list_stale')
}

/** 18 */
export function findList({ expiresAt, index }: UnverifiedCode, { lists, manifest }: Trust): RevokedList {
  const list = required(lists.get(shardOf(expiresAt)), 'list_missing')
  demand(index < manifest.size, 'claims_invalid')
  return list
}

/** 19 */
export function checkNotRevoked({ index }: UnverifiedCode, list: RevokedList): void {
  demand(!list.has(index), 'revoked')
}

/** 20 */
export function checkFirstSight(
  { token_id: tokenId, issued_at: issuedAt, expires_at: expiresAt }: Claims,
  policy: Policy,
  now: number,
  replay: ReplayMemory | null,
): void {
  if (replay === null) return
  const sighting = replay.sight({ tokenId, issuedAt, now, forgetAt: expiresAt + policy.leeway })
  if (sighting !== 'first') throw new Refusal(sighting)
}

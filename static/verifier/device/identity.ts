/** Who this device is: the key that never leaves it, and what the unit's administrator named it at enrolment. */

import type { Named, Preset } from '@shared/api/types'
import { PRESETS, type Policy } from '@shared/verify'
import type { SealingPair } from '../sealed/sealing-pair'
import type { DeviceDatabase } from './database'

export interface Identity {
  readonly verifierId: string
  readonly label: string
  readonly preset: Preset
  readonly unit: Named & { kind: string }
  readonly policy: Policy
  /** Non-extractable: the browser signs with it, no script can read it. */
  readonly key: CryptoKey
  readonly enrolledAt: number
  /** What sector keys are wrapped to; null in a browser that cannot, or before there was one. */
  readonly sealing: KnownPair | null
}

export interface KnownPair extends SealingPair {
  /** Since when the server knows the public half; null while it does not. */
  readonly knownSince: number | null
}

export async function readIdentity(database: DeviceDatabase): Promise<Identity | null> {
  const identity = (await database.get('facts', 'identity')) as Identity | undefined
  if (identity === undefined) return null
  const { policy, sealing } = identity
  // One kept before a member was known lacks it.
  return { ...identity, policy: { ...PRESETS[policy.preset], ...policy }, sealing: sealing ?? null }
}

export async function keepIdentity(database: DeviceDatabase, identity: Identity): Promise<void> {
  await database.put('facts', identity, 'identity')
}

/** The keys and all that this device has seen are gone for good; the settings stay. */
export async function forgetIdentity(database: DeviceDatabase): Promise<void> {
  const writing = database.transaction(['facts', 'seen', 'sectorKeys'], 'readwrite')
  const facts = writing.objectStore('facts')
  const cleared = (['seen', 'sectorKeys'] as const).map(name => writing.objectStore(name).clear())
  await Promise.all([facts.delete('identity'), facts.delete('sectors'), ...cleared, writing.done])
}

/** Who this device is: the key that never leaves it, and what the unit's administrator named it at enrolment. */

import type { Named, Preset } from '@shared/api/types'
import { PRESETS, type Policy } from '@shared/verify'
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
}

export async function readIdentity(database: DeviceDatabase): Promise<Identity | null> {
  const identity = (await database.get('facts', 'identity')) as Identity | undefined
  if (identity === undefined) return null
  const { policy } = identity
  return { ...identity, policy: { ...PRESETS[policy.preset], ...policy } } // one kept before a member was known lacks it
}

export async function keepIdentity(database: DeviceDatabase, identity: Identity): Promise<void> {
  await database.put('facts', identity, 'identity')
}

/** The key and all that this device has seen are gone for good; the settings stay. */
export async function forgetIdentity(database: DeviceDatabase): Promise<void> {
  const writing = database.transaction(['facts', 'seen'], 'readwrite')
  const [facts, seen] = [writing.objectStore('facts'), writing.objectStore('seen')]
  await Promise.all([facts.delete('identity'), seen.clear(), writing.done])
}

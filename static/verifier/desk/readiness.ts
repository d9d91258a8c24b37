/** Whether this desk can judge at all, known before the first scan: the steps 10, 16 and 17 that concern no code. */

import type { Code, Policy, Trust } from '@shared/verify'

export type Readiness =
  'ready' | Extract<Code, 'no_trust' | 'clock_behind' | 'keys_expired' | 'list_expired' | 'list_stale'>

export function readinessOf(trust: Trust | null, policy: Policy, now: number): Readiness {
  if (trust === null) return 'no_trust'
  const { seen, keys, manifest } = trust
  if (now < seen.timeFloor - policy.leeway) return 'clock_behind'
  if (now >= keys.expiresAt) return 'keys_expired'
  if (now >= manifest.expiresAt) return 'list_expired'
  return now - manifest.issuedAt > policy.maxListAge ? 'list_stale' : 'ready'
}

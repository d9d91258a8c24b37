/** Enrolment: new keys, the administrator's one-time code, and from then on the pinned root file. */

import { createHolderKey, publicJwk, signJws } from '@shared/device'
import { parsePolicy } from '@shared/verify'
import type { TrustStore } from '@shared/verify/trust-store'
import { createSealingPair, sealingJwk, type SealingPair } from '../sealed/sealing-pair'
import type { DeviceDatabase } from './database'
import { keepIdentity, type Identity } from './identity'
import type { Enrolled, EnrolmentRequest, VerifierApi } from './verifier-api'

export interface Places {
  readonly api: VerifierApi
  readonly store: TrustStore
  readonly database: DeviceDatabase
}

interface Prepared {
  readonly request: EnrolmentRequest
  readonly privateKey: CryptoKey
  readonly sealing: SealingPair | null
}

export class Enrolment {
  /** The very same request is sent again when an answer was lost: the code works once, and may have been used by it. */
  private prepared: Prepared | null = null

  constructor(private readonly places: Places) {}

  async enrol(code: string, key: string, now: number): Promise<Identity> {
    if (this.prepared?.request.code !== code) this.prepared = await prepare(code, now)
    const { request, ...keys } = this.prepared
    const { api, store, database } = this.places
    const enrolled = await api.enrol(request, key)
    const identity = identityOf(enrolled, keys, now)
    await store.pinRoot(JSON.stringify(enrolled.root))
    await keepIdentity(database, identity)
    return identity
  }
}

async function prepare(code: string, now: number): Promise<Prepared> {
  const { privateKey, publicKey } = await createHolderKey()
  const sealing = await createSealingPair()
  const offered = sealing && { encryption_key: sealingJwk(sealing) }
  const proof = await signJws(privateKey, { typ: 'ecard-enrolment+jws' }, { code, iat: now, ...offered })
  const request = { code, public_key: await publicJwk(publicKey), ...offered, proof }
  return { request, privateKey, sealing }
}

function identityOf(
  enrolled: Enrolled,
  { privateKey, sealing }: Omit<Prepared, 'request'>,
  now: number,
): Identity {
  const { label, preset, unit, policy } = enrolled
  return {
    verifierId: String(enrolled.verifier_id),
    label,
    preset,
    unit: { kind: unit.kind, name: unit.name, name_en: unit.name_en },
    policy: parsePolicy(policy),
    key: privateKey,
    enrolledAt: now,
    sealing: sealing && { ...sealing, knownSince: now },
  }
}

/** Enrolment: a new key, the administrator's one-time code, and from then on the pinned root file. */

import { createHolderKey, publicJwk, signJws } from '@shared/device'
import { parsePolicy } from '@shared/verify'
import type { TrustStore } from '@shared/verify/trust-store'
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
}

export class Enrolment {
  /** The very same request is sent again when an answer was lost: the code works once, and may have been used by it. */
  private prepared: Prepared | null = null

  constructor(private readonly places: Places) {}

  async enrol(code: string, key: string, now: number): Promise<Identity> {
    if (this.prepared?.request.code !== code) this.prepared = await prepare(code, now)
    const { request, privateKey } = this.prepared
    const { api, store, database } = this.places
    const enrolled = await api.enrol(request, key)
    const identity = identityOf(enrolled, privateKey, now)
    await store.pinRoot(JSON.stringify(enrolled.root))
    await keepIdentity(database, identity)
    return identity
  }
}

async function prepare(code: string, now: number): Promise<Prepared> {
  const { privateKey, publicKey } = await createHolderKey()
  const proof = await signJws(privateKey, { typ: 'ecard-enrolment+jws' }, { code, iat: now })
  return { request: { code, public_key: await publicJwk(publicKey), proof }, privateKey }
}

function identityOf(enrolled: Enrolled, key: CryptoKey, now: number): Identity {
  const { label, preset, unit, policy } = enrolled
  return {
    verifierId: String(enrolled.verifier_id),
    label,
    preset,
    unit: { kind: unit.kind, name: unit.name, name_en: unit.name_en },
    policy: parsePolicy(policy),
    key,
    enrolledAt: now,
  }
}

/** The server, as a verifier device speaks to it: enrolment, sessions by signed assertion, online verification. */

import { createClient, type Client } from '@shared/api/client'
import type { Named, Preset } from '@shared/api/types'
import { signJws, type PublicJwk } from '@shared/device'
import type { Verdict } from '@shared/verify'
import type { Json } from '@shared/verify/json'
import type { WrappedKey } from '../sealed/sector-keys'
import { sealingJwk, type SealingJwk, type SealingPair } from '../sealed/sealing-pair'
import type { Identity } from './identity'

export interface EnrolmentRequest {
  readonly code: string
  readonly public_key: PublicJwk
  /** What sector keys shall be wrapped to. */
  readonly encryption_key?: SealingJwk
  /** A JWS over the code and the encryption key by the new key: the server enrols no key whose private half the device does not hold. */
  readonly proof: string
}

export interface Enrolled {
  readonly verifier_id: string | number
  readonly label: string
  readonly preset: Preset
  readonly unit: Named & { kind: string }
  readonly root: unknown
  readonly policy: Json
}

export const PURPOSES = ['registration', 'settlement', 'boarding', 'identity_check'] as const
export type Purpose = (typeof PURPOSES)[number]

/** What the unit's grant lets this unit read; the others are missing or null. */
export interface Holder {
  readonly name?: string | null
  readonly document_number?: string | null
  readonly card_number?: string | null
}

export interface OnlineAnswer {
  readonly verdict: Verdict
  readonly holder: Holder | null
}

export interface OnlineQuestion {
  readonly text: string
  readonly purpose: Purpose
  readonly operator: string
  /** The number that was shown and that the code answers. */
  readonly challenge?: number
}

const SESSIONS = '/api/v1/verifiers/sessions'
const ASSERTION_LIFETIME = 55
const OPERATOR_LENGTH = 40

export class VerifierApi {
  private token: string | null = null
  private tokenUntil = 0
  private readonly client: Client

  constructor(
    language: () => string,
    private readonly now: () => number,
    fetch: typeof window.fetch = (input, init) => window.fetch(input, init),
  ) {
    this.client = createClient({
      fetch: (input, init) =>
        fetch(input, { ...init, credentials: 'omit', headers: this.authorise(init.headers) }),
      cookie: () => null,
      isOnline: () => navigator.onLine,
      language,
    })
  }

  enrol(request: EnrolmentRequest, key: string): Promise<Enrolled> {
    return this.client.request('POST', '/api/v1/verifiers/enrolment', { body: request, key, anonymous: true })
  }

  /** Single use: the server answers `replayed` to a code that it has verified before. */
  async verifyOnline(
    identity: Identity,
    question: OnlineQuestion,
    key: string,
    signal?: AbortSignal,
  ): Promise<OnlineAnswer> {
    await this.ensureSession(identity)
    const body = { ...question, operator: question.operator.slice(0, OPERATOR_LENGTH) }
    const options = { body, key, anonymous: true, ...(signal && { signal }) }
    return this.client.request('POST', '/api/v1/verifications', options)
  }

  /** The sector's keys, wrapped to this device's own; none for units that belong to no sector. */
  async sectorKeys(identity: Identity): Promise<readonly WrappedKey[]> {
    await this.ensureSession(identity)
    const path = '/api/v1/verifier/sector-keys'
    const { items } = await this.client.request<{ items: WrappedKey[] }>('GET', path, { anonymous: true })
    return items
  }

  /** Has sector keys wrapped to this pair from now on. */
  async offerEncryptionKey(identity: Identity, pair: SealingPair): Promise<void> {
    await this.ensureSession(identity)
    const encryption_key = sealingJwk(pair)
    const statement = { iss: identity.verifierId, iat: this.now(), encryption_key }
    const proof = await signJws(identity.key, { typ: 'ecard-encryption-key+jws' }, statement)
    const options = { body: { encryption_key, proof }, key: crypto.randomUUID(), anonymous: true }
    await this.client.request('POST', '/api/v1/verifier/encryption-key', options)
  }

  /** Seconds since 1970 by the server's clock. */
  async serverTime(): Promise<number> {
    const answer = await this.client.request<{ epoch: number }>('GET', '/api/v1/public/server-time', {
      anonymous: true,
    })
    return answer.epoch
  }

  private async ensureSession(identity: Identity): Promise<void> {
    if (this.token === null || this.tokenUntil <= this.now()) await this.signIn(identity)
  }

  private async signIn({ verifierId, key }: Identity): Promise<void> {
    const iat = this.now()
    const jti = crypto.randomUUID()
    const payload = {
      iss: verifierId,
      aud: location.origin + SESSIONS,
      iat,
      exp: iat + ASSERTION_LIFETIME,
      jti,
    }
    const assertion = await signJws(key, { typ: 'ecard-assertion+jws', kid: verifierId }, payload)
    this.token = null
    const body = { assertion }
    const answer = await this.client.request<{ access_token: string; expires_in: number }>('POST', SESSIONS, {
      body,
      key: jti,
      anonymous: true,
    })
    this.token = answer.access_token
    this.tokenUntil = iat + answer.expires_in - ASSERTION_LIFETIME
  }

  private authorise(headers: HeadersInit | undefined): Headers {
    const all = new Headers(headers)
    if (this.token !== null) all.set('Authorization', `Bearer ${this.token}`)
    return all
  }
}

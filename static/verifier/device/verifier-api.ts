/** The server, as a verifier device speaks to it: enrolment, sessions by signed assertion, online verification. */

import { createClient, type Client } from '@shared/api/client'
import type { Named, Preset } from '@shared/api/types'
import { signJws, type PublicJwk } from '@shared/device'
import type { Verdict } from '@shared/verify'
import type { Json } from '@shared/verify/json'
import type { Identity } from './identity'

export interface EnrolmentRequest {
  readonly code: string
  readonly public_key: PublicJwk
  /** A JWS over the code by the new key: the server enrols no key whose private half the device does not hold. */
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
    request: { text: string; purpose: Purpose; operator: string },
    key: string,
  ): Promise<OnlineAnswer> {
    if (this.token === null || this.tokenUntil <= this.now()) await this.signIn(identity)
    const body = { ...request, operator: request.operator.slice(0, OPERATOR_LENGTH) }
    return this.client.request('POST', '/api/v1/verifications', { body, key, anonymous: true })
  }

  /** Seconds since 1970 by the server's clock. */
  async serverTime(): Promise<number> {
    const answer = await this.client.request<{ epoch: number }>('GET', '/api/v1/public/server-time', {
      anonymous: true,
    })
    return answer.epoch
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

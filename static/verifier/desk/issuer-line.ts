/** Asks the issuer about a code at once, for a policy that says so: in time, or not at all. */

import { idempotencyKey } from '@shared/api/attempt'
import { ApiError } from '@shared/api/problem'
import type { Policy } from '@shared/verify'
import type { Identity } from '../device/identity'
import type { OnlineAnswer, OnlineQuestion, Purpose, VerifierApi } from '../device/verifier-api'

/** What a site of this kind mostly asks for. */
export const USUAL_PURPOSE: Readonly<Record<Policy['preset'], Purpose>> = {
  hospital: 'registration',
  gate: 'boarding',
  counter: 'identity_check',
}

/** Milliseconds that a person at the window waits; longer where this site has no answer of its own. */
const PATIENCE: Readonly<Record<Policy['online'], number>> = { never: 0, first: 2_000, on_unknown: 5_000 }

export interface LineParts {
  readonly api: Pick<VerifierApi, 'verifyOnline'>
  readonly identity: () => Identity
  /** Who works here; empty for the device's own label. */
  readonly operator: () => string
}

/** A question as it goes on record. */
export function question(
  { identity, operator }: Omit<LineParts, 'api'>,
  text: string,
  challenge: number | null,
): OnlineQuestion {
  const { label, policy } = identity()
  const asked = { text, purpose: USUAL_PURPOSE[policy.preset], operator: operator() || label }
  return challenge === null ? asked : { ...asked, challenge }
}

/** Null where no answer came in time, for whatever reason. */
export function createIssuerLine(parts: LineParts) {
  return async (text: string, challenge: number | null): Promise<OnlineAnswer | null> => {
    const identity = parts.identity()
    const limit = new AbortController()
    const asked = question(parts, text, challenge)
    const answer = parts.api.verifyOnline(identity, asked, idempotencyKey(), limit.signal).catch(noAnswer)
    const timeout = after(PATIENCE[identity.policy.online])
    try {
      return await Promise.race([answer, timeout.over])
    } finally {
      timeout.clear()
      limit.abort()
    }
  }
}

function noAnswer(error: unknown): null {
  if (error instanceof ApiError || error instanceof DOMException) return null
  throw error
}

function after(milliseconds: number) {
  let timer: ReturnType<typeof setTimeout> | undefined
  const over = new Promise<null>(resolve => (timer = setTimeout(resolve, milliseconds, null)))
  return { over, clear: () => clearTimeout(timer) }
}

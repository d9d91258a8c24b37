/** A verifier's challenge in a QR picture: `35C` and its decimal digits (docs/token-format.md §1.4). */

import { fold } from '../verify/digits'

export const MAX_CHALLENGE = Number.MAX_SAFE_INTEGER

const WRITTEN = /^35C(0|[1-9][0-9]{0,15})$/

/** The challenge that the picture's text holds, or null where it is something else. */
export function parseChallenge(text: string): number | null {
  const [, digits] = WRITTEN.exec(fold(text)) ?? []
  const challenge = Number(digits ?? Number.NaN)
  return Number.isSafeInteger(challenge) ? challenge : null
}

/** The text for the picture. */
export const writeChallenge = (challenge: number): string => `35C${challenge}`

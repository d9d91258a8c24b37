/** What the large panel shows. */

import type { Policy, Verdict } from '@shared/verify'
import type { PictureReading } from '../scan/picture'
import type { Signal } from '../verdict/tones'
import type { Judgement } from './judge'

export type Hindrance = Extract<PictureReading, { hindrance: unknown }>['hindrance']
export type Source = 'camera' | 'picture' | 'scanner'

export interface VerdictDisplay extends Judgement {
  readonly kind: 'verdict'
  readonly signal: Signal
  readonly text: string
  readonly id: number
}

export type Display =
  | { readonly kind: 'idle' }
  /** A picture is being read, or the issuer asked. */
  | { readonly kind: 'reading' | 'asking' }
  | {
      readonly kind: 'hindrance'
      readonly hindrance: Hindrance
      readonly source: Source
      readonly id: number
    }
  | VerdictDisplay

/** Milliseconds after which the panel is free for the next; a refusal takes longer to read and to explain, details to copy. */
const SHOWN_FOR = { valid: 5_000, details: 20_000, other: 9_000, hindrance: 8_000, held: 120_000 } as const

export interface Manner {
  /** The person has begun to work with it. */
  readonly isHeld: boolean
  /** The holder's details stand below. */
  readonly hasDetails: boolean
}

export function shownFor(display: Display, { isHeld, hasDetails }: Manner): number | null {
  if (display.kind === 'hindrance') return SHOWN_FOR.hindrance
  if (display.kind !== 'verdict') return null
  if (isHeld) return SHOWN_FOR.held
  if (display.verdict.outcome !== 'valid') return SHOWN_FOR.other
  return hasDetails ? SHOWN_FOR.details : SHOWN_FOR.valid
}

/** Where the policy says so, a person takes over what cannot be told from here. */
export const signalOf = ({ outcome }: Verdict, { onUnknown }: Policy): Signal =>
  outcome === 'unknown' && onUnknown === 'attend' ? 'attend' : outcome

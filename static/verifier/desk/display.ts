/** What the large panel shows. */

import type { Verdict } from '@shared/verify'
import type { PictureReading } from '../scan/picture'

export type Hindrance = Extract<PictureReading, { hindrance: unknown }>['hindrance']
export type Source = 'camera' | 'picture' | 'scanner'

export type Display =
  | { readonly kind: 'idle' }
  | { readonly kind: 'reading' }
  | {
      readonly kind: 'hindrance'
      readonly hindrance: Hindrance
      readonly source: Source
      readonly id: number
    }
  | { readonly kind: 'verdict'; readonly verdict: Verdict; readonly text: string; readonly id: number }

/** Milliseconds after which the panel is free for the next; a refusal takes longer to read and to explain. */
const SHOWN_FOR = { valid: 5_000, other: 9_000, hindrance: 8_000 } as const

export function shownFor(display: Display): number | null {
  if (display.kind === 'hindrance') return SHOWN_FOR.hindrance
  if (display.kind !== 'verdict') return null
  return display.verdict.outcome === 'valid' ? SHOWN_FOR.valid : SHOWN_FOR.other
}

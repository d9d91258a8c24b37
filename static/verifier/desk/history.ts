/** The last scans of this session, without anything about their holders; gone when the page is closed. */

import type { Outcome } from '@shared/verify'

export interface Past {
  readonly id: number
  /** Milliseconds since 1970. */
  readonly at: number
  readonly outcome: Outcome
  readonly code: string
}

const LENGTH = 20

export function remember(history: readonly Past[], { at, outcome, code }: Omit<Past, 'id'>): readonly Past[] {
  return [{ id: (history[0]?.id ?? 0) + 1, at, outcome, code }, ...history].slice(0, LENGTH)
}

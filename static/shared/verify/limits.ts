/** How large trust material may be: more than any honest server serves, and little enough for a small device. */

import type { Bytes } from './bytes'

/** Bytes, by kind of document. A list: four million cards, every tenth of the largest city. */
export const MAX_BYTES = {
  root: 2 ** 16,
  keys: 2 ** 20,
  manifest: 2 ** 18,
  list: 2 ** 22,
  changes: 2 ** 24,
  event: 2 ** 20,
} as const

export type Kind = keyof typeof MAX_BYTES

/** Text counts by UTF-16 units, of which there are never more than bytes. */
export const isWithin = (document: string | Bytes, kind: Kind): boolean => document.length <= MAX_BYTES[kind]

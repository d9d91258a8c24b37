/** What a picture came to: one code to judge, or the reason why there is none. */

import type { Found } from './reader-messages'

export type Hindrance = 'no_code' | 'two_codes' | 'unreadable'
export type Reading = { readonly text: string } | { readonly hindrance: Hindrance }

/** Two different codes are never chosen from: which one was presented is for the person to say. */
export function readingOf(found: readonly Found[]): Reading {
  const texts = new Set(found.filter(each => each.isReadable).map(each => each.text))
  const [text] = texts
  if (texts.size > 1) return { hindrance: 'two_codes' }
  if (text !== undefined) return { text }
  return { hindrance: found.length > 0 ? 'unreadable' : 'no_code' }
}

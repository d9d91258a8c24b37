/** One presentation of a code, however often it is read: scanners read twice, a camera reads on while the code is shown. */

import { fold } from '@shared/verify/digits'

/** A code that was out of sight for this long, in milliseconds, is presented anew. */
const GAP = 2_000
/** A text longer than any code is not kept. */
const MAX_KEPT = 4_096

export class Presentation {
  private text: string | null = null
  private lastRead = 0

  /** True when this reading starts a presentation. `at` is in milliseconds. */
  begins(text: string, at: number): boolean {
    const folded = text.length > MAX_KEPT ? text.slice(0, MAX_KEPT) : fold(text)
    const isSame = folded === this.text && at - this.lastRead < GAP
    this.text = folded
    this.lastRead = at
    return !isSame
  }

  /** The next reading starts a presentation, even of the same code: more is asked of it now. */
  forget(): void {
    this.text = null
  }
}

/** A phone's two clocks, to be moved by a test. */

import type { Hands } from '../../citizen/device/clock'

export function aPhone(start: number) {
  const at = { wall: start, steady: 1_000 }
  const hands: Hands = { wall: () => at.wall, steady: () => at.steady }
  return {
    hands,
    /** Time goes by, on both. */
    pass(milliseconds: number) {
      at.wall += milliseconds
      at.steady += milliseconds
    },
    /** The phone sleeps: on some, the steady clock stands still. */
    sleep(milliseconds: number) {
      at.wall += milliseconds
    },
    /** Somebody, or the network, sets the clock. */
    set(by: number) {
      at.wall += by
    },
    /** The page is opened anew. */
    reload() {
      at.steady = 0
    },
  }
}

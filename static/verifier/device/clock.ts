/** Whether the device's clock can be believed: a verifier judges minutes by it. */

/** Beyond this many seconds codes are refused that are in order (the leeway of every preset). */
export const TOLERATED = 30

/** Seconds by which the device's clock is ahead of the server's (negative: behind), taking half the journey as lost. */
export async function measureOffset(serverTime: () => Promise<number>, clock: () => number): Promise<number> {
  const sent = clock()
  const server = await serverTime()
  const received = clock()
  return Math.round((sent + received) / 2 - server)
}

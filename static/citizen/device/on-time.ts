/** The server believes only what is signed at about the right time, and tells it to those who are wrong. */

import { ApiError } from '@shared/api/problem'
import type { IssuerClock } from './clock'

/** A time in a body is cut to whole seconds: milliseconds. */
export const SECOND = 1000

/** Runs it again, with the right time, when the server refuses the time of the first. */
export async function onTime<Result>(clock: IssuerClock, run: () => Promise<Result>): Promise<Result> {
  const sent = clock.read()
  try {
    return await run()
  } catch (error) {
    if (!(error instanceof ApiError && error.code === 'device_clock_wrong')) throw error
    clock.learn(Date.parse(String(error.facts['server_time'])), sent, SECOND)
    return run()
  }
}

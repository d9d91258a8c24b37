/** When a code is redrawn, and what is left of it. All times are milliseconds since 1970 on the server's clock. */

export interface CodeLife {
  issuedAt: number
  expiresAt: number
}

/** A code is replaced after three quarters of its life, so that a reader never meets its last second. */
const REDRAW_SHARE = 0.75
const LONGEST_RETRY = 15_000

export function redrawTime({ issuedAt, expiresAt }: CodeLife): number {
  return issuedAt + (expiresAt - issuedAt) * REDRAW_SHARE
}

export function isExpired(life: CodeLife, now: number): boolean {
  return now >= life.expiresAt
}

/** The part of the time until its redraw that a code still has, 1 to 0. */
export function shareUntilRedraw(life: CodeLife, now: number): number {
  const redraw = redrawTime(life)
  return Math.min(1, Math.max(0, (redraw - now) / (redraw - life.issuedAt)))
}

/** Whole seconds, as a countdown shows them: the last one ends at 0. */
export function seconds(milliseconds: number): number {
  return Math.max(0, Math.ceil(milliseconds / 1000))
}

/** Whether to ask for a code now: there is none, or its time has come, and no failed try forbids it yet. */
export function isDue(life: CodeLife | null, now: number, notBefore: number): boolean {
  return now >= notBefore && (life === null || now >= redrawTime(life))
}

/** Milliseconds to wait after so many failures in a row: 1, 2, 4, 8, then 15 seconds. */
export function retryDelay(failures: number): number {
  return Math.min(LONGEST_RETRY, 1000 * 2 ** Math.max(0, failures - 1))
}

/** What to add to the phone's clock to get the server's; the answer was on its way for half of the round trip. */
export function clockOffset(serverTime: number, sentAt: number, receivedAt: number): number {
  return serverTime - (sentAt + receivedAt) / 2
}

/** When a code is redrawn, and what is left of it. All times are milliseconds since 1970 on the issuer's clock. */

export interface CodeLife {
  issuedAt: number
  /** When another one is drawn, so that a reader never meets the last second of this one. */
  redrawAt: number
  expiresAt: number
}

/** A server code is replaced after three quarters of its life. */
const REDRAW_SHARE = 0.75
/** A device code costs nothing, so the next comes soon: what is on the screen is always young (token format, 1.4). */
const DEVICE_LIFETIME = 60_000
const DEVICE_REDRAW = 15_000
const LONGEST_RETRY = 15_000
/** An answer's times are cut to seconds and its journey is halved: a code may seem to come from the near future. */
const SKEW = 15_000

export function serverCodeLife(issuedAt: number, expiresAt: number): CodeLife {
  return { issuedAt, redrawAt: issuedAt + (expiresAt - issuedAt) * REDRAW_SHARE, expiresAt }
}

/** `endsAt` is the end of the credential, before which the code ends too. */
export function deviceCodeLife(issuedAt: number, endsAt: number): CodeLife {
  const expiresAt = Math.min(issuedAt + DEVICE_LIFETIME, endsAt)
  return { issuedAt, redrawAt: Math.min(issuedAt + DEVICE_REDRAW, expiresAt), expiresAt }
}

export function isExpired(life: CodeLife, now: number): boolean {
  return now >= life.expiresAt
}

/** The part of the time until its redraw that a code still has, 1 to 0. */
export function shareUntilRedraw({ issuedAt, redrawAt }: CodeLife, now: number): number {
  return Math.min(1, Math.max(0, (redrawAt - now) / (redrawAt - issuedAt)))
}

/** Whole seconds, as a countdown shows them: the last one ends at 0. */
export function seconds(milliseconds: number): number {
  return Math.max(0, Math.ceil(milliseconds / 1000))
}

/** Whether to draw a code now: there is none, or its time has come. One of the future is due too: the clock was moved back. */
export function isDue(life: CodeLife | null, now: number): boolean {
  return life === null || now >= life.redrawAt || now < life.issuedAt - SKEW
}

/** Milliseconds to wait after so many failures in a row: 1, 2, 4, 8, then 15 seconds. */
export function retryDelay(failures: number): number {
  return Math.min(LONGEST_RETRY, 1000 * 2 ** Math.max(0, failures - 1))
}

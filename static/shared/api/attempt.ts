/** One action of a person, however often it has to be sent: its `Idempotency-Key`. */

import { ApiError } from './problem'

/** A random UUID (RFC 9562, version 4); `crypto.randomUUID` is missing on pages that are not served over HTTPS. */
export function idempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

export class Attempt {
  private pending: { subject: string; key: string } | null = null

  constructor(private readonly newKey: () => string = idempotencyKey) {}

  /** Sends with the key of the last attempt if that one's fate is unknown and the subject the same, else with a new one. */
  async send<Result>(subject: unknown, send: (key: string) => Promise<Result>): Promise<Result> {
    const name = JSON.stringify(subject)
    if (this.pending?.subject !== name) this.pending = { subject: name, key: this.newKey() }
    try {
      const result = await send(this.pending.key)
      this.pending = null
      return result
    } catch (error) {
      if (!(error instanceof ApiError && error.isUncertain)) this.pending = null
      throw error
    }
  }
}

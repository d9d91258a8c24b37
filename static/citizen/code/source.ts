/** Where the next code comes from: this phone if it can make one, else the server. */

import { idempotencyKey } from '@shared/api/attempt'
import { ApiError } from '@shared/api/problem'
import type { Code } from '@shared/api/types'
import type { HolderDevice } from '../device/holder-device'
import { SECOND } from '../device/on-time'
import { deviceCodeLife, serverCodeLife, type CodeLife } from './schedule'

export interface LiveCode extends CodeLife {
  readonly text: string
  readonly form: 'device' | 'server'
}

/** A challenge is a number that a verifier shows, or null. */
export type CodeSource = (scene: string, challenge: number | null) => Promise<LiveCode>

/** Fails with an ApiError: that of the server, or `challenge_unanswerable`, since the server's codes answer none. */
export function codeSource(
  device: Pick<HolderDevice, 'present' | 'clock'>,
  fetchCode: (scene: string, key: string) => Promise<Code>,
): CodeSource {
  return async (scene, challenge) => {
    const made = await device.present(scene, challenge ?? undefined)
    if (made) return { text: made.text, form: 'device', ...deviceCodeLife(made.issuedAt, made.endsAt) }
    if (challenge !== null) throw new ApiError('challenge_unanswerable', 0)
    const sent = device.clock.read()
    // A new key each time: a repeated answer would carry an old `server_time`.
    const code = await fetchCode(scene, idempotencyKey())
    device.clock.learn(Date.parse(code.server_time), sent, SECOND)
    const life = serverCodeLife(Date.parse(code.issued_at), Date.parse(code.expires_at))
    return { text: code.text, form: 'server', ...life }
  }
}

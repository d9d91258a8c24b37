/** Fetches credentials: a fresh key for each, a request signed by the device key, and the time that the answer brings. */

import { idempotencyKey } from '@shared/api/attempt'
import type { devicesApi } from '@shared/api/devices'
import { ApiError } from '@shared/api/problem'
import type { IssuedCredential } from '@shared/api/types'
import { fromBase64url } from '@shared/verify/bytes'
import type { IssuerClock } from './clock'
import type { Credential } from './credentials'
import { isAboutScene } from './ends'
import type { Binding } from './memory'
import { onTime, SECOND } from './on-time'
import { askForCredentials, presentationKeys, type PresentationKey } from './requests'

export interface Renewed {
  /** Those of the scenes asked for that could be had. */
  readonly scenes: readonly string[]
  readonly credentials: readonly Credential[]
}

export class Renewal {
  constructor(
    private readonly api: Pick<ReturnType<typeof devicesApi>, 'credentials'>,
    private readonly clock: IssuerClock,
  ) {}

  /** Fails with an ApiError. A scene that cannot be had now does not keep the others away. */
  async fetch(binding: Binding, scenes: readonly string[]): Promise<Renewed> {
    try {
      return { scenes, credentials: await this.request(binding, scenes) }
    } catch (error) {
      if (scenes.length > 1 && isSceneRefusal(error)) return this.fetchOneByOne(binding, scenes)
      throw error
    }
  }

  private async fetchOneByOne(binding: Binding, wanted: readonly string[]): Promise<Renewed> {
    const had: { scene: string; credentials: readonly Credential[] }[] = []
    for (const scene of wanted) {
      try {
        had.push({ scene, credentials: await this.request(binding, [scene]) })
      } catch (error) {
        if (!isSceneRefusal(error)) throw error
      }
    }
    return {
      scenes: had.map(({ scene }) => scene),
      credentials: had.flatMap(({ credentials }) => credentials),
    }
  }

  private request(binding: Binding, scenes: readonly string[]): Promise<Credential[]> {
    return onTime(this.clock, async () => {
      const keys = await presentationKeys(scenes)
      const signed = await askForCredentials(binding, this.clock.now(), keys)
      const sent = this.clock.read()
      const answer = await this.api.credentials(binding.id, signed, idempotencyKey())
      this.clock.learn(Date.parse(answer.server_time), sent, SECOND)
      return withKeys(answer.credentials, keys)
    })
  }
}

const isSceneRefusal = (error: unknown) => error instanceof ApiError && isAboutScene(error.code)

function withKeys(issued: readonly IssuedCredential[], keys: readonly PresentationKey[]): Credential[] {
  return issued.map(({ scene, slot, issued_at, expires_at, credential }) => {
    const key = keys.find(each => each.scene === scene && each.slot === slot)?.key
    const token = fromBase64url(credential)
    if (!key || !token) throw new ApiError('unreadable', 0)
    return { scene, slot, issuedAt: Date.parse(issued_at), expiresAt: Date.parse(expires_at), token, key }
  })
}

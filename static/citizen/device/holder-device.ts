/**
 * This phone as one that shows codes without a network: bound or not, with its credentials. One instance a page, put together when
 * the app starts; IndexedDB is the truth, this is what was last read from it.
 *
 * It ends – key and credentials gone at once – when the holder signs out, unlinks it or reports a loss here, and when the server says
 * that it ended elsewhere.
 */

import { fromBase64url } from '@shared/verify/bytes'
import { presentCode } from '@shared/device'
import { idempotencyKey } from '@shared/api/attempt'
import type { devicesApi } from '@shared/api/devices'
import { ApiError } from '@shared/api/problem'
import type { IssuedCredential, NewDevice } from '@shared/api/types'
import { shallowReactive } from 'vue'
import type { IssuerClock } from './clock'
import { credentialFor, isRenewalDue, lastsUntil, type Credential } from './credentials'
import { endOf, type End } from './ends'
import type { Marker } from './marker'
import type { Binding, DeviceMemory } from './memory'
import { askForCredentials, newKey, presentationKeys, proveKey, type PresentationKey } from './requests'

export interface Parts {
  readonly api: Pick<
    ReturnType<typeof devicesApi>,
    'devices' | 'bindDevice' | 'unlinkDevice' | 'credentials' | 'serverTime'
  >
  /** Null where the browser keeps nothing: private browsing, or storage forbidden. */
  readonly memory: DeviceMemory | null
  readonly marker: Marker
  readonly clock: IssuerClock
  readonly origin: string
}

export interface DeviceState {
  binding: Binding | null
  credentials: readonly Credential[]
  /** The server still knows this phone, but the browser has thrown the keys away. */
  isEvicted: boolean
  /** Why the binding ended, until the holder has read it. */
  end: End | null
}

export type HolderDevice = ReturnType<typeof createHolderDevice>

const FALLBACK_SCENES = ['identity', 'transit', 'medical']
/** An answer's time in a body is cut to whole seconds. */
const SECOND = 1000

export function createHolderDevice({ api, memory, marker, clock, origin }: Parts) {
  const state = shallowReactive<DeviceState>({
    binding: null,
    credentials: [],
    isEvicted: false,
    end: null,
  })
  let renewing: Promise<void> | null = null
  let prepared: { for: string; privateKey: CryptoKey; request: Parameters<typeof api.bindDevice>[0] } | null =
    null

  /** What this phone kept; also when the page is seen again: another page may have signed out meanwhile. */
  async function read(): Promise<void> {
    const kept = await memory?.read()
    if (!kept) return
    clock.resume(kept.clock)
    state.binding = kept.binding && !kept.binding.isUnsettled ? kept.binding : null
    state.credentials = state.binding ? kept.credentials : []
    if (state.binding) marker.set(state.binding.id)
  }

  /** Binds this phone by a code from a text message. Sent again after a lost answer, it is the very same request. */
  async function bind(
    label: string,
    smsCode: string,
    scenes: readonly string[],
    key: string,
  ): Promise<NewDevice> {
    if (!memory) throw new ApiError('storage_unavailable', 0)
    const { privateKey, request } = await prepare(label, smsCode)
    const device = await api.bindDevice(request, key).catch((error: unknown) => {
      if (!(error instanceof ApiError && error.isUncertain)) prepared = null
      throw error
    })
    prepared = null
    const binding: Binding = { id: device.id, label: device.label, key: privateKey, scenes }
    await memory.bind(binding)
    marker.set(device.id)
    Object.assign(state, { binding, credentials: [], isEvicted: false, end: null })
    return device
  }

  async function prepare(label: string, smsCode: string) {
    const name = JSON.stringify([label, smsCode])
    if (prepared?.for === name) return prepared
    const { privateKey, publicKey } = await newKey()
    const proof = await proveKey(privateKey, `${origin}/api/v1/me/devices`, clock.now())
    const request = { label, public_key: publicKey, proof, sms_code: smsCode }
    prepared = { for: name, privateKey, request }
    return prepared
  }

  /** Asks for the time where what was learnt is old or doubtful. */
  async function askTime(): Promise<void> {
    if (!clock.isStale()) return
    const sent = clock.read()
    const { epoch_ms } = await api.serverTime()
    clock.learn(epoch_ms, sent)
  }

  /** Fetches credentials where it is time to, and the time with them. Fails with an ApiError; what is kept stays. */
  async function renew({ scenes, force = false }: { scenes?: readonly string[]; force?: boolean } = {}) {
    const { binding, credentials } = state
    if (!binding) return
    const wanted = scenes ?? (binding.scenes.length > 0 ? binding.scenes : FALLBACK_SCENES)
    if (!force && !isRenewalDue(credentials, wanted, clock.now())) return
    renewing ??= fetchCredentials(binding, wanted).finally(() => (renewing = null))
    await renewing
  }

  async function fetchCredentials(binding: Binding, scenes: readonly string[]): Promise<void> {
    const keys = await presentationKeys(scenes)
    const audience = `${origin}/api/v1/me/devices/${binding.id}/credentials`
    const request = await askForCredentials(binding.key, audience, clock.now(), keys)
    const sent = clock.read()
    try {
      const answer = await api.credentials(binding.id, request, idempotencyKey())
      clock.learn(Date.parse(answer.server_time), sent, SECOND)
      await take(binding, scenes, withKeys(answer.credentials, keys))
    } catch (error) {
      const why = error instanceof ApiError ? endOf(error.code) : null
      if (why) await end(why)
      throw error
    }
  }

  async function take(binding: Binding, scenes: readonly string[], fresh: Credential[]): Promise<void> {
    if (await memory?.keepCredentials(binding.id, fresh, clock.now())) {
      await memory?.amend(binding.id, { scenes })
    }
    await read()
  }

  /** Whether the server still counts this phone among the holder's; asked after signing in and now and then. */
  async function settle(): Promise<void> {
    if (!memory) return
    const kept = (await memory.read()).binding
    const id = kept?.id ?? marker.read()
    if (id === null) return
    const isKnown = (await api.devices()).items.some(each => each.id === id)
    // Somebody else who signed in is told nothing of whose phone it was.
    if (!isKnown) return kept ? end(kept.isUnsettled ? null : 'ended') : marker.clear()
    state.isEvicted = !kept
    if (kept?.isUnsettled) {
      await memory.amend(id, { isUnsettled: false })
      await read()
    }
  }

  /** Somebody has signed in: codes rest until the server has said that this phone is theirs. */
  async function unsettle(): Promise<void> {
    const kept = (await memory?.read())?.binding
    if (kept) await memory?.amend(kept.id, { isUnsettled: true })
    Object.assign(state, { binding: null, credentials: [] })
  }

  /** Removes key and credentials. `why` is told to the holder; null where the holder wanted it. */
  async function end(why: End | null): Promise<void> {
    Object.assign(state, { binding: null, credentials: [], isEvicted: false, end: why })
    marker.clear()
    await memory?.forget()
  }

  /** The digits of a device code for a scene at the issuer's time, or null where no credential lives. Times are milliseconds. */
  async function present(scene: string, challenge?: number) {
    const now = Math.floor(clock.now() / SECOND) * SECOND
    const credential = credentialFor(state.credentials, scene, now)
    if (!credential) return null
    const text = await presentCode({
      credential: credential.token,
      privateKey: credential.key,
      now: now / SECOND,
      challenge,
    })
    return { text, issuedAt: now, endsAt: credential.expiresAt }
  }

  const until = (scene: string, now: number) => lastsUntil(state.credentials, scene, now)

  return {
    state,
    clock,
    canBind: memory !== null,
    read,
    bind,
    askTime,
    renew,
    settle,
    unsettle,
    end,
    present,
    until,
  }
}

function withKeys(issued: readonly IssuedCredential[], keys: readonly PresentationKey[]): Credential[] {
  return issued.flatMap(({ scene, slot, issued_at, expires_at, credential }) => {
    const key = keys.find(each => each.scene === scene && each.slot === slot)?.key
    const token = fromBase64url(credential)
    if (!key || !token) throw new ApiError('unreadable', 0)
    return [{ scene, slot, issuedAt: Date.parse(issued_at), expiresAt: Date.parse(expires_at), token, key }]
  })
}

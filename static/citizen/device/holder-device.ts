/**
 * This phone as one that shows codes without a network: linked or not, with its credentials. One instance a page, put together when
 * the app starts; IndexedDB is the truth, this is what was last read from it.
 *
 * It ends – key and credentials gone at once – when the holder signs out, unlinks it or reports a loss here, and when the server says
 * that it ended elsewhere.
 */

import { idempotencyKey } from '@shared/api/attempt'
import type { devicesApi } from '@shared/api/devices'
import { ApiError } from '@shared/api/problem'
import { presentCode } from '@shared/device'
import { shallowReactive } from 'vue'
import type { IssuerClock } from './clock'
import { credentialFor, isRenewalDue, lastsUntil, type Credential } from './credentials'
import { aftermathOf, type End } from './ends'
import { Enrolment } from './enrolment'
import type { Marker } from './marker'
import type { Binding, DeviceMemory } from './memory'
import { SECOND } from './on-time'
import { Renewal } from './renewal'

export interface Parts {
  readonly api: Pick<
    ReturnType<typeof devicesApi>,
    'devices' | 'linkDevice' | 'unlinkDevice' | 'credentials' | 'serverTime'
  >
  /** Null where the browser keeps nothing: private browsing, or storage forbidden. */
  readonly memory: DeviceMemory | null
  readonly marker: Marker
  readonly clock: IssuerClock
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
/** After an answer that brought not all that was asked for, nothing is asked for so long. */
const REST = 10 * 60_000

export function createHolderDevice({ api, memory, marker, clock }: Parts) {
  const state = shallowReactive<DeviceState>({
    binding: null,
    credentials: [],
    isEvicted: false,
    end: null,
  })
  const enrolment = new Enrolment(api, clock)
  const renewal = new Renewal(api, clock)
  let renewing: Promise<void> | null = null
  let restsUntil = 0
  /** Counts what was decided here, so that a reading that began before does not undo it. */
  let decisions = 0

  /** What this phone kept; also when the page is seen again: another page may have signed out meanwhile. */
  async function read(): Promise<void> {
    const before = decisions
    const kept = await memory?.read()
    if (!kept || before !== decisions) return
    clock.resume(kept.clock)
    state.binding = kept.binding && !kept.binding.isUnsettled ? kept.binding : null
    state.credentials = state.binding ? kept.credentials : []
    if (state.binding) marker.set(state.binding.id)
  }

  function decide(change: Partial<DeviceState>): void {
    decisions += 1
    Object.assign(state, change)
  }

  /** Links this phone by a code from a text message; the phone's evicted former self makes room. Fails with an ApiError. */
  async function bind(label: string, smsCode: string, scenes: readonly string[], idempotency: string) {
    if (!memory) throw new ApiError('storage_unavailable', 0)
    const { device, key } = await enrolment.enrol(label, smsCode, idempotency)
    const ghost = marker.read()
    const binding: Binding = { id: device.id, label: device.label, key, scenes }
    await memory.bind(binding)
    marker.set(device.id)
    decide({ binding, credentials: [], isEvicted: false, end: null })
    if (ghost !== null && ghost !== device.id) await unlinkQuietly(ghost)
    return device
  }

  /** Asks for the time where what was learnt is old or doubtful. */
  async function askTime(): Promise<void> {
    if (!clock.isStale()) return
    const sent = clock.read()
    const { epoch_ms } = await api.serverTime()
    clock.learn(epoch_ms, sent)
  }

  /** Fetches credentials where it is time to. Fails with an ApiError; what is kept stays, unless the server has ended it. */
  async function renew({ scenes, force = false }: { scenes?: readonly string[]; force?: boolean } = {}) {
    const { binding, credentials } = state
    if (!binding) return
    const wanted = scenes ?? (binding.scenes.length > 0 ? binding.scenes : FALLBACK_SCENES)
    const isDue = isRenewalDue(credentials, wanted, clock.now()) && clock.read().steady >= restsUntil
    if (!force && !isDue) return
    renewing ??= fetchCredentials(binding, wanted).finally(() => (renewing = null))
    await renewing
  }

  async function fetchCredentials(binding: Binding, wanted: readonly string[]): Promise<void> {
    try {
      const { scenes, credentials } = await renewal.fetch(binding, wanted)
      if (scenes.length < wanted.length) rest()
      if (await memory?.keepCredentials(binding.id, credentials, clock.now()))
        await memory?.amend(binding.id, { scenes: wanted })
      await read()
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      if (!error.isConnection) rest()
      await suffer(binding, error.code)
      throw error
    }
  }

  function rest(): void {
    restsUntil = clock.read().steady + REST
  }

  async function suffer({ id }: Binding, code: string): Promise<void> {
    const aftermath = aftermathOf(code)
    if (aftermath === 'rest') {
      await memory?.dropCredentials(id)
      await read()
    } else if (aftermath) await end(aftermath)
  }

  /** Whether the server still counts this phone among the holder's; asked when the app starts and after signing in. */
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
    decide({ binding: null, credentials: [] })
  }

  /** The holder signs out here: nothing stays, even if the server cannot be told. */
  async function leave(): Promise<void> {
    const id = state.binding?.id
    await end(null)
    if (id !== undefined) await unlinkQuietly(id)
  }

  /** A phone without its key shows nothing; that it leaves the holder's list as well is tidiness. */
  async function unlinkQuietly(id: string): Promise<void> {
    try {
      await api.unlinkDevice(id, idempotencyKey())
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
    }
  }

  /** Removes key and credentials. `why` is told to the holder; null where the holder wanted it. */
  async function end(why: End | null): Promise<void> {
    decide({ binding: null, credentials: [], isEvicted: false, end: why })
    marker.clear()
    await memory?.forget()
  }

  /** The digits of a device code for a scene at the issuer's time, or null where no credential lives. Times are milliseconds. */
  async function present(scene: string, challenge?: number) {
    const now = Math.floor(clock.now() / SECOND) * SECOND
    const credential = credentialFor(state.credentials, scene, now)
    if (!credential) return null
    const { token, key, expiresAt } = credential
    const text = await presentCode({ credential: token, privateKey: key, now: now / SECOND, challenge })
    return { text, issuedAt: now, endsAt: expiresAt }
  }

  const until = (scene: string, now: number) => lastsUntil(state.credentials, scene, now)
  const canBind = memory !== null

  return {
    state,
    clock,
    canBind,
    read,
    bind,
    askTime,
    renew,
    settle,
    unsettle,
    end,
    leave,
    present,
    until,
  }
}

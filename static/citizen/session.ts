/** Who is signed in on this phone, and the card: in memory only, no name and no number is stored on the phone. */

import { authApi } from '@shared/api/auth'
import { citizenApi } from '@shared/api/citizen'
import type { Client } from '@shared/api/client'
import { ApiError } from '@shared/api/problem'
import { devicesApi } from '@shared/api/devices'
import { publicApi } from '@shared/api/public'
import type { Card, Session } from '@shared/api/types'
import { asProblem } from '@shared/ui/use-action'
import { inject, shallowReactive, type InjectionKey } from 'vue'
import type { HolderDevice } from './device/holder-device'

export type CitizenSession = ReturnType<typeof createSession>

export const sessionKey: InjectionKey<CitizenSession> = Symbol('citizen session')

export function useSession(): CitizenSession {
  const session = inject(sessionKey)
  if (!session) throw new Error('no citizen session was provided')
  return session
}

interface State {
  /** undefined until the server has been asked. */
  session: Session | null | undefined
  card: Card | null
  /** Why the card could not be read, or the session not be restored. */
  problem: ApiError | null
}

export function createSession(client: Client, device: HolderDevice) {
  const api = { ...authApi(client), ...citizenApi(client), ...devicesApi(client), ...publicApi(client) }
  const state = shallowReactive<State>({ session: undefined, card: null, problem: null })
  let restoring: Promise<void> | null = null

  client.onSignedOut(forget)

  function forget(): void {
    state.session = null
    state.card = null
    state.problem = null
  }

  /** Asks the server who this is. A phone without network stays undecided, with the reason in `problem`. */
  function restore(): Promise<void> {
    restoring ??= askWho().finally(() => (restoring = null))
    return restoring
  }

  async function askWho(): Promise<void> {
    state.problem = null
    try {
      state.session = await api.session()
    } catch (error) {
      const problem = asProblem(error)
      if (problem.status === 401) forget()
      else state.problem = problem
    }
  }

  async function loadCard(): Promise<void> {
    state.problem = null
    try {
      state.card = await api.card()
    } catch (error) {
      state.problem = asProblem(error)
      if (state.problem.code === 'not_bound' && state.session)
        state.session = { ...state.session, bound: false }
    }
  }

  /** The codes of whoever was bound here before must not stand under another name. */
  async function begin(session: Session): Promise<void> {
    await device.unsettle()
    state.session = session
    state.card = null
  }

  function showCard(card: Card): void {
    state.card = card
  }

  /** A loss report ends what this phone could show, too. */
  async function reportLoss(key: string): Promise<Card> {
    const card = await api.reportLoss(key)
    await device.end(null)
    return card
  }

  /** The keys go first: whoever signs out wants no codes here, even if the network is gone. */
  async function end(): Promise<void> {
    await device.leave()
    await api.signOut()
    forget()
  }

  return { client, api, device, state, restore, loadCard, begin, showCard, reportLoss, end }
}

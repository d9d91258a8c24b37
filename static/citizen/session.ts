/** Who is signed in on this phone, and the card: in memory only, nothing about a person is stored on the device. */

import { authApi } from '@shared/api/auth'
import { citizenApi } from '@shared/api/citizen'
import type { Client } from '@shared/api/client'
import { ApiError } from '@shared/api/problem'
import { publicApi } from '@shared/api/public'
import type { Card, Session } from '@shared/api/types'
import { asProblem } from '@shared/ui/use-action'
import { inject, shallowReactive, type InjectionKey } from 'vue'

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

export function createSession(client: Client) {
  const api = { ...authApi(client), ...citizenApi(client), ...publicApi(client) }
  const state = shallowReactive<State>({ session: undefined, card: null, problem: null })

  client.onSignedOut(forget)

  function forget(): void {
    state.session = null
    state.card = null
    state.problem = null
  }

  /** Asks the server who this is. A phone without network stays undecided, with the reason in `problem`. */
  async function restore(): Promise<void> {
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

  function begin(session: Session): void {
    state.session = session
    state.card = null
  }

  function showCard(card: Card): void {
    state.card = card
  }

  async function end(): Promise<void> {
    await api.signOut()
    forget()
  }

  return { client, api, state, restore, loadCard, begin, showCard, end }
}

/** Which member of staff works here. */

import { auditApi } from '@shared/api/audit'
import { authApi } from '@shared/api/auth'
import type { Client } from '@shared/api/client'
import { counterApi } from '@shared/api/counter'
import type { ApiError } from '@shared/api/problem'
import type { Session } from '@shared/api/types'
import { unitApi } from '@shared/api/unit'
import { asProblem } from '@shared/ui/use-action'
import { inject, shallowReactive, type InjectionKey } from 'vue'

export type StaffSession = ReturnType<typeof createStaffSession>

export const staffSessionKey: InjectionKey<StaffSession> = Symbol('staff session')

export function useStaff(): StaffSession {
  const staff = inject(staffSessionKey)
  if (!staff) throw new Error('no staff session was provided')
  return staff
}

interface State {
  /** undefined until the server has been asked. */
  session: Session | null | undefined
  problem: ApiError | null
}

export function createStaffSession(client: Client) {
  const api = {
    auth: authApi(client),
    counter: counterApi(client),
    unit: unitApi(client),
    audit: auditApi(client),
  }
  const state = shallowReactive<State>({ session: undefined, problem: null })

  client.onSignedOut(() => begin(null))

  function begin(session: Session | null): void {
    state.session = session
    state.problem = null
  }

  async function restore(): Promise<void> {
    state.problem = null
    try {
      const session = await api.auth.session()
      // A holder's session in the same browser is nobody here.
      begin(session.role === 'citizen' ? null : session)
    } catch (error) {
      const problem = asProblem(error)
      if (problem.status === 401) begin(null)
      else state.problem = problem
    }
  }

  async function end(): Promise<void> {
    await api.auth.signOut()
    begin(null)
  }

  return { client, api, state, begin, restore, end }
}

/** One thing that a person does: busy or not, what went wrong, and the key that makes a second try harmless. */

import { Attempt } from '@shared/api/attempt'
import { ApiError } from '@shared/api/problem'
import { ref, shallowRef } from 'vue'

export function useAction<Args extends unknown[], Result>(
  run: (key: string, ...args: Args) => Promise<Result>,
) {
  const attempt = new Attempt()
  const busy = ref(false)
  const problem = shallowRef<ApiError | null>(null)

  /** Carries it out; undefined when it failed (then `problem` says why) or when it is under way already. */
  async function act(...args: Args): Promise<Result | undefined> {
    if (busy.value) return undefined
    busy.value = true
    problem.value = null
    try {
      return await attempt.send(args, key => run(key, ...args))
    } catch (error) {
      problem.value = asProblem(error)
      return undefined
    } finally {
      busy.value = false
    }
  }

  return { act, busy, problem }
}

/** Anything that is no answer of the API is a fault of ours: it is rethrown to the console, not hidden. */
export function asProblem(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  throw error
}

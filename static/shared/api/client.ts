/** One way to the server for every page: session cookies, CSRF header, refresh, time limit, typed errors. */

import { Attempt } from './attempt'
import { ApiError, readProblem } from './problem'

/** What the client needs from the browser, so that tests can stand in for it. */
export interface Surroundings {
  fetch(input: string, init: RequestInit): Promise<Response>
  cookie(name: string): string | null
  isOnline(): boolean
  language(): string
  /** The counter keeps its session beside a citizen's in the same browser, in cookies of its own. */
  app?: 'counter'
}

export interface RequestOptions {
  body?: unknown
  query?: Record<string, string | number | boolean | null | undefined>
  /** `Idempotency-Key` of the action that this request carries out. */
  key?: string
  signal?: AbortSignal
  /** Milliseconds before the request counts as lost. */
  timeout?: number
  /** A sign-in form words its own 401; everywhere else a 401 ends the session. */
  anonymous?: boolean
}

type Method = 'GET' | 'POST' | 'DELETE'

export interface Client {
  request<Body>(method: Method, path: string, options?: RequestOptions): Promise<Body>
  /** Called when the server no longer knows the session. */
  onSignedOut(listener: () => void): void
}

const REFRESH_PATH = '/api/v1/auth/sessions/refresh'
const TIMEOUT = 15_000

export function createClient(surroundings: Surroundings): Client {
  const listeners = new Set<() => void>()
  const renewal = new Attempt()
  let refreshing: Promise<void> | null = null

  async function send(method: Method, path: string, options: RequestOptions): Promise<Response> {
    if (!surroundings.isOnline()) throw new ApiError('offline', 0)
    const limit = timeLimit(options.timeout ?? TIMEOUT, options.signal)
    try {
      return await surroundings.fetch(path + queryText(options.query), {
        method,
        credentials: 'same-origin',
        cache: 'no-store',
        headers: headersOf(method, path, options, surroundings),
        signal: limit.signal,
        ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      })
    } catch (error) {
      if (options.signal?.aborted) throw error
      if (limit.signal.aborted) throw new ApiError('timeout', 0)
      throw new ApiError(surroundings.isOnline() ? 'unreachable' : 'offline', 0)
    } finally {
      limit.clear()
    }
  }

  /**
   * Many requests may find the session expired at once; the refresh token works only once. Where the answer was lost, its key
   * makes the next one to try get the tokens after all, and not the end of the session.
   */
  function refresh(): Promise<void> {
    refreshing ??= renewal.send(REFRESH_PATH, renew).finally(() => (refreshing = null))
    return refreshing
  }

  async function renew(key: string): Promise<void> {
    const response = await send('POST', REFRESH_PATH, { body: {}, key })
    if (!response.ok) throw await readProblem(response)
  }

  async function answer<Body>(method: Method, path: string, options: RequestOptions): Promise<Body> {
    let response = await send(method, path, options)
    if (response.status === 401 && !options.anonymous) {
      const problem = await readProblem(response)
      if (problem.code !== 'token_expired') throw problem
      await refresh()
      response = await send(method, path, options)
    }
    if (!response.ok) throw await readProblem(response)
    return (await readBody(response)) as Body
  }

  return {
    async request<Body>(method: Method, path: string, options: RequestOptions = {}) {
      try {
        return await answer<Body>(method, path, options)
      } catch (error) {
        if (error instanceof ApiError && error.status === 401 && !options.anonymous) {
          for (const listener of listeners) listener()
        }
        throw error
      }
    },
    onSignedOut: listener => void listeners.add(listener),
  }
}

/** `AbortSignal.any` and `.timeout` are missing in web views that are still about. */
function timeLimit(milliseconds: number, outer?: AbortSignal) {
  const controller = new AbortController()
  const abort = () => controller.abort()
  const timer = setTimeout(abort, milliseconds)
  if (outer?.aborted) abort()
  outer?.addEventListener('abort', abort, { once: true })
  return {
    signal: controller.signal,
    clear() {
      clearTimeout(timer)
      outer?.removeEventListener('abort', abort)
    },
  }
}

function headersOf(
  method: Method,
  path: string,
  options: RequestOptions,
  { app, cookie, language }: Surroundings,
) {
  const headers: Record<string, string> = { Accept: 'application/json', 'Accept-Language': language() }
  if (options.body !== undefined) headers['Content-Type'] = 'application/json'
  if (app) headers['X-Ecard-App'] = app
  if (options.key) headers['Idempotency-Key'] = options.key
  if (method === 'GET') return headers
  const token = cookie(`ecard_${app ? `${app}_` : ''}${path === REFRESH_PATH ? 'refresh_csrf' : 'csrf'}`)
  if (token) headers['X-CSRF-Token'] = token
  return headers
}

function queryText(query: RequestOptions['query'] = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined)
  return given.length > 0
    ? `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`
    : ''
}

async function readBody(response: Response): Promise<unknown> {
  if (response.status === 204) return undefined
  try {
    return await response.json()
  } catch {
    throw new ApiError('unreadable', 0)
  }
}

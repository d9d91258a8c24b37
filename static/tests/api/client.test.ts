import { createClient } from '@shared/api/client'
import { ApiError } from '@shared/api/problem'
import { describe, expect, it, vi } from 'vitest'
import { aServer, json, problem } from './surroundings'

const REFRESH = '/api/v1/auth/sessions/refresh'
const refreshed = () => json(200, { session: { id: 's' } })

async function failure(promise: Promise<unknown>): Promise<ApiError> {
  const error: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!(error instanceof ApiError)) throw new Error('expected an ApiError')
  return error
}

describe('headers', () => {
  it('echoes the CSRF cookie on requests that change something, never on GET', async () => {
    const { surroundings, sent } = aServer({ '/x': [json(200, {})] })
    const client = createClient(surroundings)
    await client.request('POST', '/x', { body: {} })
    await client.request('DELETE', '/x')
    await client.request('GET', '/x')
    expect(sent.map(request => request.headers['X-CSRF-Token'])).toEqual([
      'access-token',
      'access-token',
      undefined,
    ])
  })

  it('keeps the counter in cookies of its own', async () => {
    const cookie = (name: string) => `value of ${name}`
    const { surroundings, sent } = aServer({ '/x': [json(200, {})] }, { cookie, app: 'counter' })
    await createClient(surroundings).request('POST', '/x')
    expect(sent[0]?.headers).toMatchObject({
      'X-CSRF-Token': 'value of ecard_counter_csrf',
      'X-Ecard-App': 'counter',
    })
  })

  it('reads the CSRF cookie at each request, since signing in changes it', async () => {
    let token = 'first'
    const { surroundings, sent } = aServer({ '/x': [json(200, {})] }, { cookie: () => token })
    const client = createClient(surroundings)
    await client.request('POST', '/x')
    token = 'second'
    await client.request('POST', '/x')
    expect(sent.map(request => request.headers['X-CSRF-Token'])).toEqual(['first', 'second'])
  })

  it('names the language and the action', async () => {
    const { surroundings, sent } = aServer({ '/x': [json(200, {})] }, { language: () => 'en' })
    await createClient(surroundings).request('POST', '/x', { body: { a: 1 }, key: 'k-1' })
    expect(sent[0]).toMatchObject({
      headers: { 'Accept-Language': 'en', 'Idempotency-Key': 'k-1', 'Content-Type': 'application/json' },
      body: { a: 1 },
    })
  })

  it('leaves out query members that are not given', async () => {
    const { surroundings, sent } = aServer({ '/x': [json(200, {})] })
    await createClient(surroundings).request('GET', '/x', {
      query: { cursor: null, limit: 20, reveal: undefined },
    })
    expect(sent[0]?.path).toBe('/x?limit=20')
  })
})

describe('an expired session', () => {
  it('is refreshed once for many requests, and each is sent again', async () => {
    const expiredTwice = [
      problem(401, 'token_expired'),
      problem(401, 'token_expired'),
      json(200, { ok: true }),
    ]
    const { surroundings, sent } = aServer({ '/x': expiredTwice, [REFRESH]: [refreshed()] })
    const client = createClient(surroundings)
    const answers = await Promise.all([client.request('GET', '/x'), client.request('GET', '/x')])
    expect(answers).toEqual([{ ok: true }, { ok: true }])
    expect(sent.filter(request => request.path === REFRESH)).toHaveLength(1)
  })

  it('keeps the key of the action when it is sent again', async () => {
    const { surroundings, sent } = aServer({
      '/x': [problem(401, 'token_expired'), json(200, {})],
      [REFRESH]: [refreshed()],
    })
    await createClient(surroundings).request('POST', '/x', { key: 'k-1' })
    const acts = sent.filter(request => request.path === '/x')
    expect(acts.map(request => request.headers['Idempotency-Key'])).toEqual(['k-1', 'k-1'])
  })

  it('is refreshed with the CSRF token of the refresh cookie', async () => {
    const { surroundings, sent } = aServer({
      '/x': [problem(401, 'token_expired'), json(200, {})],
      [REFRESH]: [refreshed()],
    })
    await createClient(surroundings).request('GET', '/x')
    expect(sent[1]?.headers['X-CSRF-Token']).toBe('refresh-token')
  })

  it('is not refreshed in a circle', async () => {
    const { surroundings, sent } = aServer({
      '/x': [problem(401, 'token_expired')],
      [REFRESH]: [refreshed()],
    })
    const error = await failure(createClient(surroundings).request('GET', '/x'))
    expect(error.code).toBe('token_expired')
    expect(sent).toHaveLength(3)
  })

  it('ends when the refresh is refused', async () => {
    const { surroundings } = aServer({
      '/x': [problem(401, 'token_expired')],
      [REFRESH]: [problem(401, 'refresh_reused')],
    })
    const client = createClient(surroundings)
    const signedOut = vi.fn()
    client.onSignedOut(signedOut)
    expect((await failure(client.request('GET', '/x'))).code).toBe('refresh_reused')
    expect(signedOut).toHaveBeenCalledOnce()
  })

  it('survives a refresh that the network lost', async () => {
    const { surroundings } = aServer({
      '/x': [problem(401, 'token_expired'), problem(401, 'token_expired'), json(200, { ok: true })],
      [REFRESH]: [new TypeError('network'), refreshed()],
    })
    const client = createClient(surroundings)
    const signedOut = vi.fn()
    client.onSignedOut(signedOut)
    expect((await failure(client.request('GET', '/x'))).code).toBe('unreachable')
    expect(signedOut).not.toHaveBeenCalled()
    expect(await client.request('GET', '/x')).toEqual({ ok: true })
  })
})

describe('the key of a refresh', () => {
  const expired = problem(401, 'token_expired')
  const ok = json(200, {})

  async function keysOf(refreshes: (Response | Error)[]) {
    const expiries = refreshes.flatMap(answer =>
      answer instanceof Response && answer.ok ? [expired, ok] : [expired],
    )
    const { surroundings, sent } = aServer({ '/x': expiries, [REFRESH]: [...refreshes] })
    const client = createClient(surroundings)
    for (const _ of refreshes) await client.request('GET', '/x').catch(() => null)
    return sent.filter(request => request.path === REFRESH).map(request => request.headers['Idempotency-Key'])
  }

  it.each([
    ['was lost', new TypeError('network')],
    ['was a fault of the server', problem(503, 'database_busy')],
  ])('is sent again when the answer %s: the token may have been exchanged by it', async (_how, lost) => {
    const [first, second, third] = await keysOf([lost, refreshed(), refreshed()])
    expect(first).toMatch(/^[!-~]{8,100}$/)
    expect(second).toBe(first)
    expect(third).not.toBe(first)
  })

  it('is a new one after an answer', async () => {
    const keys = await keysOf([refreshed(), refreshed()])
    expect(new Set(keys).size).toBe(2)
  })
})

describe('another 401', () => {
  it('means that nobody is signed in any more', async () => {
    const { surroundings, sent } = aServer({ '/x': [problem(401, 'token_revoked')] })
    const client = createClient(surroundings)
    const signedOut = vi.fn()
    client.onSignedOut(signedOut)
    await failure(client.request('GET', '/x'))
    expect(signedOut).toHaveBeenCalledOnce()
    expect(sent).toHaveLength(1)
  })

  it('belongs to the form where somebody is signing in', async () => {
    const { surroundings } = aServer({ '/x': [problem(401, 'sms_code_wrong', { tries_left: 4 })] })
    const client = createClient(surroundings)
    const signedOut = vi.fn()
    client.onSignedOut(signedOut)
    const error = await failure(client.request('POST', '/x', { anonymous: true }))
    expect(error).toMatchObject({ code: 'sms_code_wrong', facts: { tries_left: 4 } })
    expect(signedOut).not.toHaveBeenCalled()
  })
})

describe('what goes wrong', () => {
  it('is a typed error with the wait that the server asks for', async () => {
    const { surroundings } = aServer({ '/x': [problem(429, 'rate_limited', {}, { 'Retry-After': '17' })] })
    const error = await failure(createClient(surroundings).request('POST', '/x'))
    expect(error).toMatchObject({ code: 'rate_limited', status: 429, retryAfter: 17, isUncertain: false })
    expect(error.detail).toBe('the server on rate_limited')
  })

  it('has a code even when a proxy answers with a page', async () => {
    const page = new Response('<h1>Bad gateway</h1>', {
      status: 502,
      headers: { 'Content-Type': 'text/html' },
    })
    const { surroundings } = aServer({ '/x': [page] })
    expect(await failure(createClient(surroundings).request('GET', '/x'))).toMatchObject({
      code: 'http_502',
      isUncertain: true,
    })
  })

  it('tells no network from no server', async () => {
    const noNetwork = aServer({}, { isOnline: () => false })
    expect((await failure(createClient(noNetwork.surroundings).request('GET', '/x'))).code).toBe('offline')
    expect(noNetwork.sent).toHaveLength(0)
    const noServer = aServer({ '/x': [new TypeError('refused')] })
    expect((await failure(createClient(noServer.surroundings).request('GET', '/x'))).code).toBe('unreachable')
  })

  it('includes a server that does not answer in time', async () => {
    const { surroundings } = aServer({})
    surroundings.fetch = (_path, init) =>
      new Promise((_resolve, reject) => {
        init.signal?.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')))
      })
    const error = await failure(createClient(surroundings).request('GET', '/x', { timeout: 5 }))
    expect(error).toMatchObject({ code: 'timeout', isUncertain: true })
  })

  it('includes an answer that is no JSON', async () => {
    const { surroundings } = aServer({ '/x': [new Response('{', { status: 200 })] })
    expect((await failure(createClient(surroundings).request('GET', '/x'))).code).toBe('unreadable')
  })
})

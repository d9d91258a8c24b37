// @vitest-environment node
import 'fake-indexeddb/auto'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { PRESETS, verify, type TrustFiles } from '@shared/verify'
import { base64url } from '@shared/verify/bytes'
import { TrustServer } from '@shared/verify/download'
import { TrustSync, type SyncState } from '@shared/verify/sync'
import { TrustStore } from '@shared/verify/trust-store'
import { NOW, SHARD, TestIssuer, words, type Change } from './issuer'

/** A trust server and its stream, in memory. */
class FakeServer {
  isReachable = true
  readonly requested: string[] = []
  readonly streams: FakeStream[] = []

  constructor(public files: TrustFiles) {}

  readonly fetch = async (url: string, init?: RequestInit): Promise<Response> => {
    if (!this.isReachable) throw new TypeError('unreachable')
    const headers = new Headers(init?.headers)
    const range = headers.get('Range')
    this.requested.push(range === null ? url : `${url} ${range}`)
    const etag = `"${this.files.manifest.slice(-12)}"`
    if (url === '/trust/manifest' && headers.get('If-None-Match') === etag)
      return new Response(null, { status: 304 })
    const served: Record<string, [BodyInit | undefined, string]> = {
      '/trust/manifest': [this.files.manifest, 'application/jose'],
      '/trust/keys': [this.files.keys, 'application/jose+json'],
      [`/trust/status/${SHARD}/list`]: [this.files.lists.get(SHARD), 'application/octet-stream'],
    }
    if (url === `/trust/status/${SHARD}/changes`) return this.answerRange(range)
    const [body, type = ''] = served[url] ?? []
    return body === undefined
      ? new Response('', { status: 404 })
      : new Response(body, { headers: { ETag: etag, 'Content-Type': type } })
  }

  /** The changes that led to `files`. */
  changes: readonly Change[] = []
  knowsRanges = true

  private answerRange(range: string | null): Response {
    const [, first = '0', last = ''] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? []
    const bytes = words(this.changes)
    const headers = { 'Content-Type': 'application/octet-stream' }
    if (!this.knowsRanges) return new Response(bytes, { headers })
    return new Response(bytes.slice(Number(first), Number(last) + 1), {
      status: 206,
      headers: { ...headers, 'Content-Range': `bytes ${first}-${last}/${bytes.length}` },
    })
  }

  readonly connect = (url: string): FakeStream => {
    const stream = new FakeStream(url)
    this.streams.push(stream)
    return stream
  }

  /** What the stream tells somebody who knows the first `from` changes. */
  event(from: number): string {
    const news = { from, words: base64url(words(this.changes.slice(from))) }
    return JSON.stringify({ manifest: this.files.manifest, changes: { [SHARD]: news } })
  }
}

class FakeStream extends EventTarget {
  isOpen = true

  constructor(readonly url: string) {
    super()
  }

  close(): void {
    this.isOpen = false
  }

  say(data: string): void {
    this.dispatchEvent(new MessageEvent('manifest', { data }))
  }
}

let issuer: TestIssuer
let server: FakeServer
let store: TrustStore
let sync: TrustSync
let state: SyncState
let updates = 0
let name = 0

beforeEach(async () => {
  issuer = await TestIssuer.create()
  server = new FakeServer(await issuer.material({ version: 1 }))
  store = await TrustStore.open(`sync-${(name += 1)}`)
  await store.pinRoot(issuer.rootFile)
  updates = 0
  sync = new TrustSync({
    store,
    server: new TrustServer('', server.fetch),
    streamUrl: '/trust/events',
    now: () => NOW,
    onTrust: () => (updates += 1),
    onState: next => (state = next),
    connect: server.connect,
  })
})

afterEach(() => {
  sync.stop()
  store.close()
  vi.useRealTimers()
})

/** The server goes on to these changes, which are all that ever happened. */
async function publish(version: number, changes: readonly Change[]): Promise<void> {
  server.changes = changes
  server.files = await issuer.material({ version, changes })
}

const LOST: readonly Change[] = Array.from({ length: 40 }, (_, at) => [at * 3, true])

const until = (condition: () => boolean) =>
  vi.waitFor(() => expect(condition()).toBe(true), { timeout: 2000, interval: 1 })

describe('asking', () => {
  it('joins with one file each, then asks for the manifest alone', async () => {
    expect(await sync.refresh()).toBe(true)
    expect(server.requested).toHaveLength(3)
    expect(await sync.refresh()).toBe(true)
    expect(server.requested.slice(3)).toEqual(['/trust/manifest'])
    expect(updates).toBe(1)
  })

  it('fetches of a list that grew the new changes alone', async () => {
    await publish(1, LOST)
    await sync.refresh()
    const before = server.requested.length
    await publish(2, [...LOST, [7, true], [0, false]])
    expect(await sync.refresh()).toBe(true)
    expect(server.requested.slice(before)).toEqual([
      '/trust/manifest',
      `/trust/status/${SHARD}/changes bytes=160-167`,
    ])
    expect([0, 3, 7].map(index => store.held?.lists.get(SHARD)?.has(index))).toEqual([false, true, true])
  })

  it('reads the changes of a server that cuts nothing', async () => {
    await publish(1, LOST)
    await sync.refresh()
    server.knowsRanges = false
    await publish(2, [...LOST, [7, true]])
    expect(await sync.refresh()).toBe(true)
    expect(server.requested.at(-1)).toContain('/changes')
  })

  it('fetches the list whole where the changes are more, or lead elsewhere', async () => {
    await publish(1, LOST)
    await sync.refresh()
    await publish(2, [...LOST, [7, true]])
    server.changes = [...LOST, [8, true]]
    expect(await sync.refresh()).toBe(true)
    expect(server.requested.at(-1)).toBe(`/trust/status/${SHARD}/list`)
    await publish(3, [...LOST, [7, true], ...LOST, ...LOST])
    const before = server.requested.length
    expect(await sync.refresh()).toBe(true)
    expect(server.requested.slice(before)).toEqual(['/trust/manifest']) // the same set: nothing to fetch
  })

  it('says that it is offline, and keeps what it holds', async () => {
    await sync.refresh()
    server.isReachable = false
    expect(await sync.refresh()).toBe(false)
    expect(state).toEqual({ connection: 'offline', refusal: null })
    expect(store.held?.manifest.version).toBe(1)
  })

  it('says which check a roll-back failed', async () => {
    server.files = await issuer.material({ version: 5 })
    await sync.refresh()
    server.files = await issuer.material({ version: 4 })
    expect(await sync.refresh()).toBe(false)
    expect(state.refusal).toBe('manifest_rollback')
  })

  it('fetches once more when a file was renewed between two requests', async () => {
    const [older, newer] = [server.files, await issuer.material({ version: 2, changes: [[7, true]] })]
    server.files = { ...newer, manifest: older.manifest }
    const { fetch } = server
    const renewing = async (url: string, init?: RequestInit) => {
      const response = await fetch(url, init)
      if (url.endsWith('/list')) server.files = newer
      return response
    }
    const trust = new TrustServer('', renewing)
    const other = new TrustSync({ ...optionsOf(sync), server: trust })
    expect(await other.refresh()).toBe(true)
    expect(store.held?.manifest.version).toBe(2)
  })
})

describe('the stream', () => {
  it('makes a reported card refused at once', async () => {
    await sync.refresh()
    sync.start()
    server.streams[0]?.dispatchEvent(new Event('open'))
    expect(state.connection).toBe('live')
    await publish(2, [[7, true]])
    const before = server.requested.length
    const text = await issuer.digits({ index: 7 })
    const started = performance.now()
    server.streams[0]?.say(server.event(0))
    await until(() => store.held?.manifest.version === 2 || state.refusal !== null)
    const verdict = await verify(text, { trust: store.held, policy: PRESETS.gate, now: NOW })
    expect(verdict.code).toBe('revoked')
    expect(performance.now() - started).toBeLessThan(250)
    expect(server.requested.slice(before)).toEqual([])
  })

  it('fetches the changes that an event leaves out', async () => {
    await publish(1, LOST)
    await sync.refresh()
    sync.start()
    await publish(3, [...LOST, [7, true], [8, true]])
    server.streams[0]?.say(server.event(LOST.length + 1))
    await until(() => store.held?.manifest.version === 3)
    expect(server.requested.at(-1)).toBe(`/trust/status/${SHARD}/changes bytes=160-167`)
  })

  it('tells on connecting what is held', async () => {
    sync.start()
    expect(server.streams[0]?.url).toBe('/trust/events')
    await sync.refresh()
    sync.start()
    expect(server.streams[1]?.url).toBe('/trust/events?since=1')
  })

  it('asks the server when an event does not fit', async () => {
    sync.start()
    server.streams[0]?.say('{"manifest":"x","changes":{}}')
    await until(() => store.held !== null)
    expect(state.refusal).toBeNull()
  })

  it('reconnects after a pause and polls meanwhile', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] })
    sync.start()
    server.isReachable = false
    server.streams[0]?.dispatchEvent(new Event('error'))
    await vi.advanceTimersByTimeAsync(10)
    expect(state.connection).toBe('offline')
    await vi.advanceTimersByTimeAsync(2_000)
    expect(server.streams).toHaveLength(2)
    expect(server.streams[0]?.isOpen).toBe(false)
    server.isReachable = true
    server.streams[1]?.dispatchEvent(new Event('error'))
    await vi.advanceTimersByTimeAsync(60_000)
    expect(server.requested).toContain('/trust/manifest')
  })

  it('takes a silent line for a dead one', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] })
    sync.start()
    server.streams[0]?.dispatchEvent(new Event('open'))
    await vi.advanceTimersByTimeAsync(95_000)
    expect(server.streams.length).toBeGreaterThan(1)
  })
})

it('asks again for a manifest whose list did not come', async () => {
  await sync.refresh()
  const { fetch } = server
  let isBroken = true
  const breaking = (url: string, init?: RequestInit) =>
    url.endsWith('/list') && isBroken ? Promise.resolve(new Response('', { status: 500 })) : fetch(url, init)
  const other = new TrustSync({ ...optionsOf(sync), server: new TrustServer('', breaking) })
  await publish(2, [[7, true]])
  expect(await other.refresh()).toBe(false)
  isBroken = false
  expect(await other.refresh()).toBe(true)
  expect(store.held?.manifest.version).toBe(2)
})

it('takes events in their order', async () => {
  await publish(1, LOST)
  await sync.refresh()
  sync.start()
  const before = server.requested.length
  for (const more of [1, 2, 3]) {
    const changes = [...LOST, ...LOST.slice(0, more).map(([index]) => [index + 1, true] as const)]
    await publish(1 + more, changes)
    server.streams[0]?.say(server.event(changes.length - 1))
  }
  await until(() => store.held?.manifest.version === 4)
  expect(server.requested.slice(before)).toEqual([])
})

describe('a hostile server', () => {
  const HOSTILE: Record<string, () => Response> = {
    'serves a portal': () => new Response('<html>', { headers: { 'Content-Type': 'text/html' } }),
    'serves more than there can be': () =>
      new Response(new Uint8Array(2 ** 23), { headers: { 'Content-Type': 'application/octet-stream' } }),
    'never ends': () => {
      const endless = new ReadableStream({ pull: part => part.enqueue(new Uint8Array(2 ** 16)) })
      return new Response(endless, { headers: { 'Content-Type': 'application/octet-stream' } })
    },
    fails: () => new Response('', { status: 500 }),
    'calls unchanged what was not asked for': () => new Response(null, { status: 304 }),
  }

  it.each(Object.keys(HOSTILE))('that %s is as good as none', async defect => {
    const { fetch } = server
    const hostile = async (url: string, init?: RequestInit) =>
      url.endsWith('/list') ? (HOSTILE[defect]?.() ?? Response.error()) : fetch(url, init)
    const other = new TrustSync({ ...optionsOf(sync), server: new TrustServer('', hostile) })
    expect(await other.refresh()).toBe(false)
    expect(state).toEqual({ connection: 'offline', refusal: null })
    expect(store.held).toBeNull()
  })
})

const optionsOf = (of: TrustSync) =>
  (of as unknown as { options: ConstructorParameters<typeof TrustSync>[0] }).options

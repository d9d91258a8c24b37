// @vitest-environment node
import 'fake-indexeddb/auto'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { PRESETS, verify, type TrustFiles } from '@shared/verify'
import { base64url } from '@shared/verify/bytes'
import { TrustServer } from '@shared/verify/download'
import { TrustSync, type SyncState } from '@shared/verify/sync'
import { TrustStore } from '@shared/verify/trust-store'
import { NOW, SHARD, TestIssuer } from './issuer'

/** A trust server and its stream, in memory. */
class FakeServer {
  isReachable = true
  readonly requested: string[] = []
  readonly streams: FakeStream[] = []

  constructor(public files: TrustFiles) {}

  readonly fetch = async (url: string, init?: RequestInit): Promise<Response> => {
    if (!this.isReachable) throw new TypeError('unreachable')
    this.requested.push(url)
    const etag = `"${this.files.manifest.slice(-12)}"`
    const isKnown = new Headers(init?.headers).get('If-None-Match') === etag
    if (url === '/trust/manifest' && isKnown) return new Response(null, { status: 304 })
    const shard = this.files.shards.get(SHARD)
    const bodies: Record<string, BodyInit | undefined> = {
      '/trust/manifest': this.files.manifest,
      '/trust/keys': this.files.keys,
      [`/trust/status/${SHARD}`]: shard?.snapshot,
      [`/trust/status/${SHARD}/delta`]: shard?.delta,
    }
    const body = bodies[url]
    return body === undefined
      ? new Response('', { status: 404 })
      : new Response(body, { headers: { ETag: etag } })
  }

  readonly connect = (): FakeStream => {
    const stream = new FakeStream()
    this.streams.push(stream)
    return stream
  }

  get event(): string {
    const deltas = Object.fromEntries(
      Array.from(this.files.shards, ([shard, { delta }]) => [shard, base64url(delta)]),
    )
    return JSON.stringify({ manifest: this.files.manifest, deltas })
  }
}

class FakeStream extends EventTarget {
  isOpen = true

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

const until = (condition: () => boolean) =>
  vi.waitFor(() => expect(condition()).toBe(true), { timeout: 2000, interval: 1 })

describe('asking', () => {
  it('joins with one file each, then asks for the manifest alone', async () => {
    expect(await sync.refresh()).toBe(true)
    expect(server.requested).toHaveLength(4)
    expect(await sync.refresh()).toBe(true)
    expect(server.requested.slice(4)).toEqual(['/trust/manifest'])
    server.files = await issuer.material({ version: 2, changes: [[7, true]] })
    expect(updates).toBe(1)
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
      if (url.endsWith('/delta')) server.files = newer
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
    server.files = await issuer.material({ version: 2, changes: [[7, true]] })
    const text = await issuer.digits({ index: 7 })
    const started = performance.now()
    server.streams[0]?.say(server.event)
    await until(() => store.held?.manifest.version === 2 || state.refusal !== null)
    const verdict = await verify(text, { trust: store.held, policy: PRESETS.gate, now: NOW })
    expect(verdict.code).toBe('revoked')
    expect(performance.now() - started).toBeLessThan(250)
  })

  it('asks the server when an event does not fit', async () => {
    sync.start()
    server.streams[0]?.say('{"manifest":"x","deltas":{}}')
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

const optionsOf = (of: TrustSync) =>
  (of as unknown as { options: ConstructorParameters<typeof TrustSync>[0] }).options

/** Keeps the trust store up to date: by the stream at once, without it every minute, and whenever it is asked to. */

import type { TrustServer } from './download'
import { DownloadError } from './fetching'
import { parseManifestEvent, type ManifestEvent } from './manifest-event'
import { TrustRefusal, type TrustCode } from './refusal'
import { ManifestStream, type StreamListener, type StreamSource } from './stream'
import type { Trust } from './trust'
import type { TrustStore } from './trust-store'

/** `live`: told of each change at once. `polling`: asks each minute. `offline`: the last attempt reached nobody. */
export type Connection = 'connecting' | 'live' | 'polling' | 'offline'

export interface SyncState {
  readonly connection: Connection
  /** Why the newest material was refused; null once some was accepted. */
  readonly refusal: TrustCode | null
}

export interface SyncOptions {
  readonly store: TrustStore
  readonly server: TrustServer
  readonly streamUrl: string
  /** Seconds since 1970. */
  readonly now: () => number
  readonly onTrust: (trust: Trust) => void
  readonly onState: (state: SyncState) => void
  readonly connect?: (url: string) => StreamSource
}

const POLL = 60_000
const NO_CHANGES: ManifestEvent['changes'] = new Map()

export class TrustSync {
  private readonly stream: ManifestStream
  private timer: ReturnType<typeof setInterval> | undefined
  private state: SyncState = { connection: 'connecting', refusal: null }
  private isStreaming = false
  /** Each event brings what is new since the one before, so they are taken in their order. */
  private turn: Promise<unknown> = Promise.resolve()

  constructor(private readonly options: SyncOptions) {
    const listener: StreamListener = {
      onManifest: data => this.enqueue(data),
      onConnection: isConnected => this.onConnection(isConnected),
    }
    this.stream = new ManifestStream(() => this.streamUrl(), listener, options.connect)
  }

  start(): void {
    this.stop()
    this.stream.open()
    this.timer = setInterval(() => {
      if (!this.isStreaming) void this.refresh()
    }, POLL)
  }

  stop(): void {
    clearInterval(this.timer)
    this.stream.close()
    this.isStreaming = false
  }

  /** Asks the server now. True when what is held is the newest that it has. */
  async refresh(): Promise<boolean> {
    const isReached = await this.attempt(() => this.fetchNewest())
    if (!this.isStreaming) this.change({ connection: isReached === 'unreachable' ? 'offline' : 'polling' })
    return isReached === 'accepted'
  }

  /** A new network, or the screen lit again: no reason to wait for the next turn. */
  wake(): void {
    if (this.isStreaming) return
    this.stream.open()
    void this.refresh()
  }

  /** Of what happened since the manifest that is held, the server tells at once what it still knows. */
  private streamUrl(): string {
    const { streamUrl, store } = this.options
    return store.held === null ? streamUrl : `${streamUrl}?since=${store.held.manifest.version}`
  }

  private enqueue(data: string): void {
    const taken = this.turn.then(() => this.take(data))
    this.turn = taken.catch(() => undefined)
  }

  private async take(data: string): Promise<void> {
    const event = parseManifestEvent(data)
    const result = event === null ? 'refused' : await this.attempt(() => this.acceptEvent(event))
    if (result !== 'accepted') await this.refresh()
  }

  /** Files may be renewed between two requests: what does not fit together is fetched once more before it is refused. */
  private async fetchNewest(): Promise<void> {
    try {
      await this.fetchOnce()
    } catch (error) {
      if (!(error instanceof TrustRefusal)) throw error
      await this.fetchOnce()
    }
  }

  /** A manifest that was not accepted is no reason for the server to call it known. */
  private async fetchOnce(): Promise<void> {
    const { server, store } = this.options
    try {
      const manifest = await server.manifest(store.held)
      if (manifest !== null) await this.acceptEvent({ manifest, changes: NO_CHANGES })
    } catch (error) {
      server.forget()
      throw error
    }
  }

  private async acceptEvent(event: ManifestEvent): Promise<void> {
    const { store, server, now, onTrust } = this.options
    if (store.rootFile === null) return
    const files = await server.files(store.rootFile, event, store.held)
    onTrust(await store.accept(files, now()))
  }

  private async attempt(action: () => Promise<void>): Promise<'accepted' | 'refused' | 'unreachable'> {
    try {
      await action()
      this.change({ refusal: null })
      return 'accepted'
    } catch (error) {
      if (error instanceof DownloadError) return 'unreachable'
      if (!(error instanceof TrustRefusal)) throw error
      this.change({ refusal: error.code })
      return 'refused'
    }
  }

  private onConnection(isConnected: boolean): void {
    const wasStreaming = this.isStreaming
    this.isStreaming = isConnected
    if (isConnected) return this.change({ connection: 'live' })
    if (wasStreaming || this.state.connection === 'connecting') {
      this.change({ connection: 'connecting' })
      void this.refresh()
    }
  }

  private change(part: Partial<SyncState>): void {
    this.state = { ...this.state, ...part }
    this.options.onState(this.state)
  }
}

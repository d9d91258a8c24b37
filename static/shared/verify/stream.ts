/** The stream of manifests (token-format §2.6): reconnects by itself, more and more patiently, and notices a silent line. */

const FIRST_PAUSE = 1_000
const LONGEST_PAUSE = 60_000
/** A manifest comes each minute; a line without one for longer than this is dead, whatever the socket says. */
const SILENCE = 90_000

export interface StreamListener {
  onManifest(data: string): void
  onConnection(isConnected: boolean): void
}

/** The part of an EventSource that is used. */
export interface StreamSource {
  addEventListener(type: 'open' | 'error' | 'manifest', listener: (event: Event) => void): void
  close(): void
}

export class ManifestStream {
  private source: StreamSource | null = null
  private pause = FIRST_PAUSE
  private timer: ReturnType<typeof setTimeout> | undefined

  constructor(
    /** Asked at each connecting: what is held then decides what there is to hear. */
    private readonly url: () => string,
    private readonly listener: StreamListener,
    private readonly connect: (url: string) => StreamSource = address => new EventSource(address),
  ) {}

  open(): void {
    this.close()
    const source = this.connect(this.url())
    this.source = source
    source.addEventListener('open', () => this.onOpen())
    source.addEventListener('error', () => this.retry())
    source.addEventListener('manifest', event => {
      this.watch()
      this.listener.onManifest(String((event as MessageEvent).data))
    })
    this.watch()
  }

  close(): void {
    clearTimeout(this.timer)
    this.source?.close()
    this.source = null
  }

  private onOpen(): void {
    this.pause = FIRST_PAUSE
    this.listener.onConnection(true)
    this.watch()
  }

  private watch(): void {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.retry(), SILENCE)
  }

  /** Up to a half more than the pause, so that thousands of verifiers do not return in one instant. */
  private retry(): void {
    this.close()
    this.listener.onConnection(false)
    this.timer = setTimeout(() => this.open(), this.pause * (1 + Math.random() / 2))
    this.pause = Math.min(2 * this.pause, LONGEST_PAUSE)
  }
}

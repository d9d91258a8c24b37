/** Takes frames from a running video, one at a time, and hands over what was read in them. */

import { ReaderError, type Reader } from './reader'
import { readingOf, type Reading } from './reading'

export interface FrameReading {
  readonly reading: Reading
  /** When the frame was taken, on the clock of `performance.now()`. */
  readonly takenAt: number
}

export interface FrameListener {
  onReading(reading: FrameReading): void
  /** The reader does not run; no further frame is taken. */
  onBroken(): void
}

/** Spares the battery of a tablet that looks at an empty counter all day. */
const LEAST_INTERVAL = 50
const IDLE = 120

export class FrameLoop {
  private isRunning = false

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly reader: Reader,
    private readonly listener: FrameListener,
  ) {}

  start(): void {
    if (this.isRunning) return
    this.isRunning = true
    void this.run().catch((error: unknown) => this.end(error))
  }

  stop(): void {
    this.isRunning = false
  }

  private async run(): Promise<void> {
    while (this.isRunning) {
      await nextFrame(this.video)
      const takenAt = performance.now()
      await this.readFrame(takenAt)
      await pause(Math.max(0, LEAST_INTERVAL - (performance.now() - takenAt)))
    }
  }

  /** A reader that is gone because the page moved on is no fault. */
  private end(error: unknown): void {
    if (!(error instanceof ReaderError)) throw error
    if (this.isRunning) this.listener.onBroken()
    this.stop()
  }

  private async readFrame(takenAt: number): Promise<void> {
    if (document.hidden || this.video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return pause(IDLE)
    const frame = await createImageBitmap(this.video).catch(() => null)
    if (frame === null) return pause(IDLE)
    const reading = readingOf(await this.reader.read(frame))
    if (this.isRunning) this.listener.onReading({ reading, takenAt })
  }
}

function nextFrame(video: HTMLVideoElement): Promise<void> {
  const isShowing = 'requestVideoFrameCallback' in video && !video.paused && !document.hidden
  if (!isShowing) return pause(IDLE)
  const shown = new Promise<void>(resolve => video.requestVideoFrameCallback(() => resolve()))
  return Promise.race([shown, pause(1_000)])
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise(resolve => setTimeout(resolve, milliseconds))

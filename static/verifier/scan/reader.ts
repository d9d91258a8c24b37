/** The page's side of the reader: one question, one answer. */

import type { Found, ReadAnswer, ReadRequest } from './reader-messages'

/** The part of a Worker that is used. */
export interface ReaderWorker {
  postMessage(request: ReadRequest, transfer: Transferable[]): void
  addEventListener(type: 'message', listener: (event: MessageEvent<ReadAnswer>) => void): void
  addEventListener(type: 'error', listener: () => void): void
  terminate(): void
}

export interface Reader {
  /** The codes in a picture; rejects with a ReaderError where the reader does not run. */
  read(picture: ImageBitmap, options?: { isStill: boolean }): Promise<readonly Found[]>
}

export class ReaderError extends Error {
  override readonly name = 'ReaderError'
}

interface Waiting {
  resolve(found: readonly Found[]): void
  reject(error: ReaderError): void
}

export class WorkerReader implements Reader {
  private readonly waiting = new Map<number, Waiting>()
  private count = 0
  private isBroken = false

  constructor(private readonly worker: ReaderWorker = startWorker()) {
    worker.addEventListener('message', ({ data }) => this.settle(data))
    worker.addEventListener('error', () => this.giveUp())
  }

  read(picture: ImageBitmap, { isStill } = { isStill: false }): Promise<readonly Found[]> {
    if (this.isBroken) return Promise.reject(new ReaderError())
    this.count += 1
    const id = this.count
    const answer = new Promise<readonly Found[]>((resolve, reject) =>
      this.waiting.set(id, { resolve, reject }),
    )
    this.worker.postMessage({ id, picture, isStill }, [picture])
    return answer
  }

  close(): void {
    this.giveUp()
    this.worker.terminate()
  }

  private settle({ id, found }: ReadAnswer): void {
    const waiting = this.waiting.get(id)
    this.waiting.delete(id)
    if (found === null) waiting?.reject(new ReaderError())
    else waiting?.resolve(found)
  }

  private giveUp(): void {
    this.isBroken = true
    for (const { reject } of this.waiting.values()) reject(new ReaderError())
    this.waiting.clear()
  }
}

const startWorker = (): ReaderWorker =>
  new Worker(new URL('./reader.worker.ts', import.meta.url), { type: 'module', name: 'qr-reader' })
